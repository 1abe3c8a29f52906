//! The names of the handles to the heap of a thread.

use crate::handle;
use crate::raw::heaps::Local;
// Brings the constructor `ByAddress(handle)`. The type of that name is the one below.
pub use crate::handle::constructors::*;

/// A counted handle to a value on the heap, like [`Rc`](std::rc::Rc), except that cycles of
/// unreachable values are found and freed.
///
/// `clone` and `drop` cost the same as in an `Rc`, and dereferencing is a load. A value is
/// destroyed at once when its last handle is dropped. An unreachable cycle is destroyed by the next
/// collection that reaches it. Collections run inside [`Gc::new`] now and then, and when
/// [`collect`](crate::collect()) is called.
///
/// Differences from `Rc`:
///
/// - What goes into a `Gc` implements [`Trace`](crate::Trace), usually by `#[derive(Trace)]`, and
///   owns its data (`'static`).
/// - A traced type does not implement `Drop`; see [`Finalize`](crate::Finalize) for what to do
///   instead.
/// - Destructors and finalizers nest two dozen deep at most. A value whose last handle goes at that
///   depth is destroyed a moment later, before the outermost `drop` returns. So no chain is too
///   long for the stack.
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
///
/// # Methods on handles
///
/// Only the types of the standard library may stand for `self` in `self: Rc<Self>`. A method that
/// needs the handle of its value, and not just the value, is one of a trait of yours that is
/// implemented for `Gc<Node>`. It is called as `node.add(child)`:
///
/// ```
/// use recyc::{Gc, Trace, Weak};
/// use std::cell::RefCell;
///
/// #[derive(Trace)]
/// struct Node {
///     parent: RefCell<Weak<Node>>,
///     children: RefCell<Vec<Gc<Node>>>,
/// }
///
/// trait NodeExt {
///     fn add(&self, child: Gc<Node>);
/// }
///
/// impl NodeExt for Gc<Node> {
///     fn add(&self, child: Gc<Node>) {
///         *child.parent.borrow_mut() = Gc::downgrade(self);
///         self.children.borrow_mut().push(child);
///     }
/// }
///
/// let new = || Gc::new(Node { parent: Default::default(), children: Default::default() });
/// let (node, child) = (new(), new());
/// node.add(child.clone());
/// assert!(Gc::ptr_eq(&child.parent.borrow_mut().upgrade().unwrap(), &node));
/// ```
///
/// An alias: [`handle::Gc`] lists the methods.
pub type Gc<T> = handle::Gc<T, Local>;

/// A handle that does not keep the value alive, from [`Gc::downgrade`]; like [`std::rc::Weak`].
///
/// A value is gone from the moment its destruction starts, whether the last [`Gc`] was dropped or a
/// collection found it unreachable; before that, while its finalizer runs, it can still be
/// upgraded. Unlike with `Rc`, a `Weak` does not keep the memory of the value either, only a record
/// of 32 bytes that all `Weak` handles of a value share. The memory is kept only once the address
/// of the value was read from a `Weak`, by [`as_ptr`](Self::as_ptr) or
/// [`into_raw`](Self::into_raw).
///
/// An alias: [`handle::Weak`] lists the methods.
pub type Weak<T> = handle::Weak<T, Local>;

/// A handle that is compared, ordered and hashed by the address of its value: a key for sets of
/// nodes.
///
/// The order is that of the addresses: it differs from run to run.
///
/// # Examples
///
/// Which nodes of a graph were seen already:
///
/// ```
/// use recyc::{ByAddress, Gc};
/// use std::collections::HashSet;
///
/// let node = Gc::new("a");
/// let mut seen = HashSet::from([ByAddress(node.clone())]);
/// assert!(!seen.insert(ByAddress(node)));
/// assert!(seen.insert(ByAddress(Gc::new("a"))));
/// ```
///
/// [`ByAddress::from_ref`] looks a handle up without a clone.
///
/// An alias: [`handle::ByAddress`] lists the methods.
pub type ByAddress<T> = handle::ByAddress<T, Local>;
