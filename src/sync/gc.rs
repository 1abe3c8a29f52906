//! `Gc`: a counted handle that threads share, in the shape of `Arc`.
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

use super::Weak;
use super::collector::pacing;
use super::raw::release::release;
use super::raw::thread::{Local, local};
use super::raw::{Block, BlockPtr};
use crate::leaf::Leaf;
use crate::policy::bytes;
use crate::raw::pointer::Owns;
use crate::trace::Trace;

/// A counted handle to a value that threads share, like [`Arc`](std::sync::Arc), except that cycles of unreachable values
/// are found and freed.
///
/// `clone` and `drop` cost what they cost in an `Arc`, dereferencing is a load. A value that nobody points to is destroyed at
/// once, by the thread that dropped the last handle; a cycle that nobody points to is destroyed by the next collection
/// that looks at it, which happens inside [`Gc::new`] now and then, or when [`collect`](crate::sync::collect) is called.
///
/// Differences from `Arc`:
///
/// - What goes into a `Gc` implements [`Trace`], usually by `#[derive(Trace)]`, and owns its data (`'static`). It has to be
///   `Send` and `Sync` from the start.
/// - A traced type does not implement `Drop`; see [`Finalize`](crate::Finalize) for what to do instead. A finalizer may run
///   while another thread, which has upgraded a [`Weak`], uses the value.
/// - Destructors and finalizers nest two dozen deep at most. A value whose last handle goes at that depth is destroyed a
///   moment later, before the outermost `drop` returns. So no chain is too long for the stack.
/// - [`Gc::new`] may run destructors of unrelated values: see [`Background`](crate::sync::Background).
///
/// # Examples
///
/// ```
/// use recyc::{Trace, sync::Gc};
/// use std::sync::RwLock;
///
/// #[derive(Trace)]
/// struct Person {
///     name: &'static str,
///     friends: RwLock<Vec<Gc<Person>>>,
/// }
///
/// let ann = Gc::new(Person { name: "Ann", friends: RwLock::default() });
/// let ben = Gc::new(Person { name: "Ben", friends: RwLock::new(vec![ann.clone()]) });
/// ann.friends.write().unwrap().push(ben.clone());
/// drop((ann, ben)); // an `Arc` would leak both
/// assert_eq!(recyc::sync::collect().reclaimed, 2);
/// ```
pub struct Gc<T: ?Sized> {
    block: NonNull<Block<T>>,
    _owns: Owns<T>,
}

// SAFETY: a handle on another thread shares the value (`Sync`), and may be the last one, which destroys it there (`Send`).
// The header is made of atomics, and of cells that are touched in turn.
unsafe impl<T: ?Sized + Send + Sync> Send for Gc<T> {}
// SAFETY: as above: a shared handle can be cloned.
unsafe impl<T: ?Sized + Send + Sync> Sync for Gc<T> {}

impl<T: Trace + Send + Sync> Gc<T> {
    /// Moves a value to the heap and returns the first handle to it.
    ///
    /// May run a collection first, and with it finalizers and destructors of unrelated values. If one of those takes a lock
    /// that this thread holds, it waits for ever: where that can be, have a [`Background`](crate::sync::Background), or set
    /// [`Config::automatic`](crate::Config::automatic) to `false` and collect where it suits.
    ///
    /// Takes amortised constant time. The block has 24 bytes besides the value.
    ///
    /// # Panics
    ///
    /// If a destructor or finalizer that the collection runs panics; the value given is dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::sync::Gc;
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
        // SAFETY: a value moves out of its block only through a handle that is not pinned, and this is the only one.
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
    /// use recyc::{Trace, sync::{Gc, Weak}};
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

impl<T: Send + Sync + 'static> Gc<T> {
    /// A value that is not looked into, of a type that is no [`Trace`] or need not be; as if it were in a
    /// [`Leaf`](crate::Leaf): a cycle through it is never freed.
    ///
    /// # Panics
    ///
    /// As [`new`](Gc::new) does.
    #[inline]
    #[must_use]
    pub fn new_leaf(value: T) -> Self {
        count_allocation();
        count_bytes(bytes::of_size(size_of::<T>()));
        // A `Leaf` has the layout of its value, and the block is destroyed by the vtable of the `Leaf`.
        Self::from_block(Block::allocate(Leaf(value)).cast())
    }
}

/// Counts a block that is about to be allocated, and collects if it is time.
#[inline(always)]
fn count_allocation() {
    // Under the model checker nothing is automatic.
    if cfg!(not(loom)) && local(Local::count_allocation) == Some(false) {
        pacing::budget_spent();
    }
}

/// Counts the bytes of a large block, see [`bytes`]; 0 for all others.
#[inline(always)]
fn count_bytes(bytes: usize) {
    if cfg!(not(loom)) && bytes > 0 {
        pacing::large_block(bytes);
    }
}

impl<T: ?Sized> Gc<T> {
    /// Takes over a count of the block.
    #[inline(always)]
    pub(super) fn from_block(block: NonNull<Block<T>>) -> Self {
        Self { block, _owns: PhantomData }
    }

    #[inline(always)]
    pub(super) fn erased(this: &Self) -> BlockPtr {
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

    /// How many handles to the value there are, not counting [`Weak`]. Collections add nothing to it, except that a
    /// finalizer that runs has one.
    ///
    /// Another thread may change it at any time, also between this call and what is done with its result.
    #[inline]
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        Self::erased(this).header().word().count() as usize
    }

    /// How many [`Weak`] handles to the value there are.
    ///
    /// Another thread may change it at any time. While another thread drops a handle for the first time, the number may
    /// be too high by one for a moment.
    #[inline]
    #[must_use]
    pub fn weak_count(this: &Self) -> usize {
        Self::erased(this).header().weak_count()
    }

    /// A handle that does not keep the value alive. It keeps the memory, as with `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use recyc::sync::{Gc, Weak};
    /// let page = Gc::new(String::from("…"));
    /// let cached: Weak<String> = Gc::downgrade(&page);
    /// assert!(cached.upgrade().is_some());
    /// drop(page);
    /// assert!(cached.upgrade().is_none());
    /// ```
    #[must_use = "this makes a new Weak handle"]
    pub fn downgrade(this: &Self) -> Weak<T> {
        Self::erased(this).header().pin();
        Weak::from_block(this.block)
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
    /// One more handle to the same value. Waits for nobody.
    ///
    /// Aborts the program when the count overflows, which takes two billion leaked handles.
    #[inline]
    fn clone(&self) -> Self {
        Self::erased(self).header().increment();
        Self::from_block(self.block)
    }
}

impl<T: ?Sized> Drop for Gc<T> {
    /// Gives the handle up. The last one destroys the value, and waits for a collection that is reading it; any other may
    /// make it a candidate for the next collection. Never collects.
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the handle owns one count (*count*), and it ends here.
        unsafe { release(BlockPtr::new(self.block)) }
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
