//! The handles of both heaps.
//!
//! A handle of one thread and one that threads share are the same code: [`Gc`] and [`Weak`] have
//! the heap as a parameter. Programs use the names that fix it: [`recyc::Gc`](crate::Gc) leads to
//! the heap of its thread, and [`recyc::sync::Gc`](crate::sync::Gc) to the heap that all threads
//! share. Compilers print the types of this module: `Gc<Node>` is a `recyc::Gc<Node>`, and
//! `Gc<Node, Shared>` is a `recyc::sync::Gc<Node>`.
//!
//! The types of this module are for code that serves both heaps:
//!
//! ```
//! use recyc::handle::{Gc, Heap};
//! use recyc::sync;
//!
//! fn is_shared_by_many<T, H: Heap>(handle: &Gc<T, H>) -> bool {
//!     Gc::strong_count(handle) > 10
//! }
//!
//! assert!(!is_shared_by_many(&recyc::Gc::new(1)));
//! assert!(!is_shared_by_many(&sync::Gc::new(1)));
//! ```

// A handle is one pointer to a block. The code that touches memory through that pointer is in the
// floor of the handles, see `raw`. Some modules here are not `forbid(unsafe_code)` because they
// implement `Trace` for a handle, or have unsafe functions that programs call.

mod address;
mod convert;
mod heap;
#[forbid(unsafe_code)]
mod make_mut;
mod mutate;
mod raw;
#[cfg(feature = "serde")]
#[forbid(unsafe_code)]
mod serde;
#[forbid(unsafe_code)]
mod slices;
#[forbid(unsafe_code)]
mod strings;
mod traits;
mod uninit;
mod unsize;
mod weak;

/// The constructors of tuple structs, for the modules that name the types with their heap: an alias
/// has no constructor.
pub(crate) mod constructors {
    pub use super::address::ByAddress;
}

use std::pin::Pin;

pub use self::address::ByAddress;
pub(crate) use self::heap::{Admitted, HeapOps};
pub use self::heap::{Heap, LivesIn};
pub use self::make_mut::MakeMut;
pub(crate) use self::raw::ShareRef;
use self::raw::{Counted, UninitBlock};
pub use self::weak::Weak;
use crate::policy::bytes;
pub use crate::raw::heaps::{Local, Shared};
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// A counted handle to a value of the heap `H`.
///
/// Programs name it [`recyc::Gc`](crate::Gc) or [`recyc::sync::Gc`](crate::sync::Gc), whose pages
/// say what holds for each heap. These names fix the heap, as in `Gc::new(5)`. With this name the
/// heap has to be written.
///
/// # Drop
///
/// Dropping a handle gives it up. The last one destroys the value; any other may make it a
/// candidate for the next collection. A drop never collects. The last handle to a shared value
/// waits for a collection that reads the value.
#[repr(transparent)]
pub struct Gc<T: ?Sized, H: Heap = Local> {
    counted: Counted<T, H>,
}

// SAFETY: a handle on another thread shares the value (`Sync`), and may be the last one, which
// destroys it there (`Send`). The header is made of atomics, and of cells that are touched in turn.
unsafe impl<T: ?Sized + Send + Sync> Send for Gc<T, Shared> {}
// SAFETY: as above: a shared handle can be cloned.
unsafe impl<T: ?Sized + Send + Sync> Sync for Gc<T, Shared> {}
// SAFETY: a `Weak` can become a handle, so the same holds as for one.
unsafe impl<T: ?Sized + Send + Sync> Send for Weak<T, Shared> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send + Sync> Sync for Weak<T, Shared> {}

impl<T: Trace + LivesIn<H>, H: Heap> Gc<T, H> {
    /// Moves a value to the heap and returns the first handle to it.
    ///
    /// May run a collection first, and with it finalizers and destructors of unrelated values. They
    /// cannot use what the caller has locked:
    ///
    /// - In the heap of a thread, a finalizer that borrows a [`RefCell`](std::cell::RefCell) which
    ///   the caller has borrowed panics, and is not called again. Use [`pause`](crate::pause) while
    ///   something is borrowed that a finalizer borrows, or `try_borrow` in the finalizer.
    /// - In the heap that threads share, a destructor that takes a lock which the caller holds
    ///   waits forever. Use a [`Background`](crate::sync::Background) where that can be.
    ///
    /// In either heap, [`Config::automatic`](crate::Config::automatic) set to `false` leaves
    /// collections to the program.
    ///
    /// Takes amortised constant time. The block has 16 bytes in addition to the value, and 24 in
    /// the heap that threads share.
    ///
    /// # Panics
    ///
    /// If a destructor or finalizer that the collection runs panics, or the `trace` of a value in a
    /// collection or a sample of the young candidates; the value given is dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let five = Gc::new(5);
    /// assert_eq!(*five + 1, 6);
    /// ```
    #[inline]
    pub fn new(value: T) -> Self {
        Self { counted: Counted::allocate(value) }
    }

    /// [`new`](Gc::new), pinned: the value does not move before it is dropped.
    ///
    /// # Panics
    ///
    /// As [`new`](Gc::new) does.
    #[inline]
    #[must_use]
    pub fn pin(value: T) -> Pin<Self> {
        // SAFETY: a value moves out of its block only through a handle that is not pinned, and this
        // is the only one.
        unsafe { Pin::new_unchecked(Self::new(value)) }
    }

    /// Makes a value that holds a [`Weak`] to itself.
    ///
    /// The closure gets the `Weak` before the value exists, so upgrading it there gives `None`; it
    /// may clone and keep it.
    ///
    /// # Panics
    ///
    /// If the closure does; nothing is leaked then.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{Gc, Trace, Weak};
    ///
    /// #[derive(Trace)]
    /// struct Widget {
    ///     me: Weak<Widget>,
    /// }
    ///
    /// let widget = Gc::new_cyclic(|me| Widget { me: me.clone() });
    /// assert!(Gc::ptr_eq(&widget.me.upgrade().unwrap(), &widget));
    /// ```
    pub fn new_cyclic<F>(make: F) -> Self
    where
        F: FnOnce(&Weak<T, H>) -> T,
    {
        let uninit_block = UninitBlock::new();
        let weak = Weak { share: uninit_block.share() };
        let value = make(&weak);
        let counted = uninit_block.fill(value);
        drop(weak);
        Self { counted }
    }
}

impl<T: Trace, H: Heap> Gc<T, H> {
    /// [`new`](Gc::new), for the files of this module: the type of the value may be one that is
    /// known to live in the heap, such as an array of elements that do.
    #[inline(always)]
    fn allocate(value: T) -> Self {
        Self { counted: Counted::allocate(value) }
    }
}

impl<T: LivesIn<H> + 'static, H: Heap> Gc<T, H> {
    /// Moves a value to the heap that is not reported to the collector: [`Gc::new`] for types
    /// without a [`Trace`], as a foreign type or a closure. Handles in it count as held from
    /// outside, as in a [`Leaf`](crate::Leaf): a cycle through the value is never freed.
    ///
    /// # Panics
    ///
    /// As [`new`](Gc::new) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{Gc, unsize};
    ///
    /// let offset = 3;
    /// let add: Gc<dyn Fn(u32) -> u32> = unsize!(Gc::new_leaf(move |n| n + offset) => dyn Fn(u32) -> u32);
    /// assert_eq!(add(4), 7);
    /// ```
    #[inline]
    #[must_use]
    pub fn new_leaf(value: T) -> Self {
        H::count_allocation();
        H::count_bytes(bytes::of_size(size_of::<T>()));
        Self { counted: Counted::allocate_leaf(value) }
    }
}

impl<T: ?Sized, H: Heap> Gc<T, H> {
    /// Whether both handles are to the same value.
    ///
    /// Compares addresses only, so handles to one value that see it as different traits are equal;
    /// so are no two values, even of size zero.
    #[inline]
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.counted.ptr_eq(&other.counted)
    }

    /// How many handles to the value there are, not counting [`Weak`]. A collection adds one while
    /// the finalizer of the value runs. The handles of dead values are counted until a collection
    /// has ended that reclaims these values.
    ///
    /// If threads share the value, another thread may change the number at any time, also between
    /// this call and what is done with its result.
    #[inline]
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        this.counted.strong_count()
    }

    /// How many [`Weak`] handles to the value there are.
    ///
    /// If threads share the value, another thread may change the number at any time. While another
    /// thread drops a handle for the first time, the number may be too high by one for a moment.
    #[inline]
    #[must_use]
    pub fn weak_count(this: &Self) -> usize {
        this.counted.weak_count()
    }

    /// A handle that does not keep the value alive.
    ///
    /// In the heap of a thread, the first one for a value allocates a record of 32 bytes. In the
    /// heap that threads share it keeps the memory of the value, as with `Arc`.
    ///
    /// # Examples
    ///
    /// A cache that does not keep its entries alive:
    ///
    /// ```
    /// # use recyc::{Gc, Weak};
    /// let page = Gc::new(String::from("…"));
    /// let cached: Weak<String> = Gc::downgrade(&page);
    /// assert!(cached.upgrade().is_some());
    /// drop(page);
    /// assert!(cached.upgrade().is_none());
    /// ```
    #[must_use = "this makes a new Weak handle"]
    pub fn downgrade(this: &Self) -> Weak<T, H> {
        Weak { share: this.counted.downgrade() }
    }

    /// The address of the value. It stays the same for the life of the value.
    #[inline]
    #[must_use]
    pub fn as_ptr(this: &Self) -> *const T {
        this.counted.as_ptr()
    }
}

impl<T: ?Sized, H: Heap> Clone for Gc<T, H> {
    /// One more handle to the same value. Never waits.
    ///
    /// Aborts the program when the count overflows, which takes over 500 million leaked handles, or
    /// two billion if threads share the value.
    #[inline]
    fn clone(&self) -> Self {
        Self { counted: self.counted.clone() }
    }
}

impl<T: ?Sized, H: Heap> std::ops::Deref for Gc<T, H> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.counted.value()
    }
}

// SAFETY: a handle owns itself and is reported once. A collection that took notice of the report
// does not drop the handle when it disposes it, so no dead value is touched there.
//
// There is no bound on `T`: with one, recursive generic nodes would not compile, and neither would
// `Gc<dyn Any>`. The header of the block knows how to trace its value.
unsafe impl<T: ?Sized + 'static, H: Heap> Trace for Gc<T, H> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.counted.report(tracer);
    }

    #[inline(always)]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        if const { H::MAY_BE_UNREPORTED } && H::is_unreported(disposer) {
            // SAFETY: by *given up*, as the caller promises.
            unsafe { std::ptr::drop_in_place(self) }
        }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}
