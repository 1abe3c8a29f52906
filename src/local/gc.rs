//! `Gc`: a counted handle, in the shape of `Rc`.
//!
//! A handle is one pointer to a block and owns one count of it (*count*). Everything here that touches memory goes through
//! that pointer, so this file and `weak.rs` use `unsafe`: they are where the invariants of the floor become an API.

mod common;
mod mutate;
mod uninit_block;

pub(crate) use common::from_box;
pub use common::{ByAddress, MakeMut};

use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;

use crate::leaf::Leaf;
use crate::local::collector::pacing;
use crate::local::raw::Block;
use crate::local::raw::BlockPtr;
use crate::local::raw::audit;
use crate::local::raw::heap;
use crate::local::raw::release::release;
use crate::local::raw::side::Side;
use crate::local::weak::Weak;
use crate::policy::bytes;
use crate::raw::pointer::Owns;
use crate::trace::Trace;

/// A counted handle to a value on the heap, like [`Rc`](std::rc::Rc), except that cycles of unreachable values are found
/// and freed.
///
/// `clone` and `drop` cost what they cost in an `Rc`, dereferencing is a load. A value that nobody points to is destroyed
/// at once; a cycle that nobody points to is destroyed by the next collection that looks at it, which happens inside
/// [`Gc::new`] now and then, or when [`collect`](crate::local::collect) is called.
///
/// Differences from `Rc`:
///
/// - What goes into a `Gc` implements [`Trace`], usually by `#[derive(Trace)]`, and owns its data (`'static`).
/// - A traced type does not implement `Drop`; see [`Finalize`](crate::Finalize) for what to do instead.
/// - Destructors and finalizers nest two dozen deep at most. A value whose last handle goes at that
///   depth is destroyed a moment later, before the outermost `drop` returns. So no chain is too long
///   for the stack.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, Trace};
/// use std::cell::RefCell;
///
/// #[derive(Trace)]
/// struct Person {
///     name: &'static str,
///     friends: RefCell<Vec<Gc<Person>>>,
/// }
///
/// let ann = Gc::new(Person { name: "Ann", friends: RefCell::default() });
/// let ben = Gc::new(Person { name: "Ben", friends: RefCell::new(vec![ann.clone()]) });
/// ann.friends.borrow_mut().push(ben.clone());
/// drop((ann, ben)); // an `Rc` would leak both
/// assert_eq!(recyc::collect().reclaimed, 2);
/// ```
pub struct Gc<T: ?Sized> {
    block: NonNull<Block<T>>,
    _owns: Owns<T>,
}

impl<T: Trace> Gc<T> {
    /// Moves a value to the heap and returns the first handle to it.
    ///
    /// May run a collection first, and with it finalizers and destructors of unrelated values: if that is unwelcome in
    /// places, set [`Config::automatic`](crate::Config::automatic) to `false` and collect where it suits.
    ///
    /// A [`RefCell`](std::cell::RefCell) is the lock of a single thread: a finalizer that borrows what the caller of `new` has
    /// borrowed panics, and is not called again. Use [`pause`](crate::pause) while something is borrowed that a finalizer
    /// borrows, or `try_borrow` in the finalizer.
    ///
    /// Takes amortised constant time. The block has 16 bytes besides the value.
    ///
    /// # Panics
    ///
    /// If a destructor or finalizer that the collection runs panics; the value given is dropped then.
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
        let mut value = value;
        let bytes = bytes::of_value(&mut value);
        count_allocation();
        count_bytes(bytes);
        Self::from_block(Block::allocate(value))
    }

    /// [`new`](Gc::new), pinned: the value does not move before it is dropped.
    ///
    /// # Panics
    ///
    /// As [`new`](Gc::new) does.
    #[inline]
    #[must_use]
    pub fn pin(value: T) -> Pin<Self> {
        // SAFETY: a value moves out of its block only through a handle that is not pinned.
        unsafe { Pin::new_unchecked(Self::new(value)) }
    }

    /// Makes a value that holds a [`Weak`] to itself.
    ///
    /// The closure gets the `Weak` before the value exists, so upgrading it there gives `None`; it may clone and keep it.
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
        F: FnOnce(&Weak<T>) -> T,
    {
        let uninit_block = uninit_block::UninitBlock::new();
        let weak = uninit_block.weak();
        let value = make(&weak);
        let this = uninit_block.fill(value);
        drop(weak);
        this
    }
}

impl<T: 'static> Gc<T> {
    /// Moves a value to the heap of which the collector is told nothing: [`Gc::new`] for types without a
    /// [`Trace`], as a foreign type or a closure. Handles in it count as held from outside, as in a
    /// [`Leaf`](crate::Leaf): a cycle through the value is never freed.
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
        count_allocation();
        count_bytes(bytes::of_size(size_of::<T>()));
        let block = Block::allocate(Leaf(value));
        // A `Leaf` has the layout of its value, and a block is freed by its layout.
        Self::from_block(block.cast())
    }
}

/// Counts a block that is about to be allocated, and collects if it is time.
#[inline(always)]
pub(crate) fn count_allocation() {
    if heap(|heap| heap.balance.allocated()) {
        pacing::countdown_ended();
    }
}

/// Counts the bytes of a large block, see [`bytes`]; 0 for all others.
#[inline(always)]
fn count_bytes(bytes: usize) {
    if bytes > 0 {
        heap(|heap| heap.pacing.large_block(heap, bytes));
    }
}

impl<T: ?Sized> Gc<T> {
    /// Takes over a count of the block.
    #[inline(always)]
    pub(crate) fn from_block(block: NonNull<Block<T>>) -> Self {
        Self { block, _owns: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn erased(this: &Self) -> BlockPtr {
        // SAFETY: by *count* the block is not freed while the handle exists; no caller keeps the result longer.
        unsafe { BlockPtr::new(this.block) }
    }

    /// Whether both handles are to the same value.
    ///
    /// Compares addresses only, so handles to one value that see it as different traits are equal; so are no two
    /// values, even of size zero.
    #[inline]
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::ptr::addr_eq(this.block.as_ptr(), other.block.as_ptr())
    }

    /// How many handles to the value there are, not counting [`Weak`]. One more while its finalizer runs.
    #[inline]
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        Self::erased(this).header().count() as usize
    }

    /// How many [`Weak`] handles to the value there are.
    #[inline]
    #[must_use]
    pub fn weak_count(this: &Self) -> usize {
        // SAFETY: by *side* the record is alive while the block is.
        Self::erased(this).header().side().map_or(0, |side| unsafe { &*side }.weak_count(true))
    }

    /// A handle that does not keep the value alive.
    ///
    /// The first one for a value allocates a record of 32 bytes.
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
    pub fn downgrade(this: &Self) -> Weak<T> {
        Weak::from_side(Side::downgrade(Self::erased(this)), this.block)
    }

    /// The address of the value. It stays the same for the life of the value.
    #[inline]
    #[must_use]
    pub fn as_ptr(this: &Self) -> *const T {
        // SAFETY: the place is inside the block, which is not freed while the handle exists (*count*).
        unsafe { &raw const (*this.block.as_ptr()).value }
    }
}

impl<T: ?Sized> Clone for Gc<T> {
    /// One more handle to the same value.
    ///
    /// Aborts the program when the count overflows, which takes over 500 million leaked handles.
    #[inline]
    fn clone(&self) -> Self {
        Self::erased(self).header().increment();
        Self::from_block(self.block)
    }
}

impl<T: ?Sized> Drop for Gc<T> {
    /// Gives the handle up. The last one destroys the value; any other may make it a candidate for the next collection.
    /// Never collects.
    #[inline]
    fn drop(&mut self) {
        if audit::AUDITED && audit::promises::forbids_drop(Self::erased(self), std::ptr::from_mut(self).addr()) {
            return;
        }
        // SAFETY: the handle owns one count (*count*), and it ends here.
        unsafe { release(self.block) }
    }
}

impl<T: ?Sized> std::ops::Deref for Gc<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: by *count* the value is whole while a handle exists; `&mut` to it needs this handle by `&mut`.
        unsafe { &(*self.block.as_ptr()).value }
    }
}
