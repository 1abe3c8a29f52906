//! The names of the handles to the heap that threads share.

use crate::handle;
use crate::raw::heaps::Shared;
// Brings the constructor `ByAddress(handle)`. The type of that name is the one below.
pub use crate::handle::constructors::*;

/// A counted handle to a value that threads share, like [`Arc`](std::sync::Arc), except that cycles
/// of unreachable values are found and freed.
///
/// `clone` and `drop` cost the same as in an `Arc`, and dereferencing is a load. A value is
/// destroyed at once when its last handle is dropped, by the thread that dropped it. An unreachable
/// cycle is destroyed by the next collection that reaches it. Collections run inside [`Gc::new`]
/// now and then, and when [`collect`](crate::sync::collect) is called.
///
/// Differences from `Arc`:
///
/// - What goes into a `Gc` implements [`Trace`](crate::Trace), usually by `#[derive(Trace)]`, and
///   owns its data (`'static`). It has to be `Send` and `Sync` from the start.
/// - A traced type does not implement `Drop`; see [`Finalize`](crate::Finalize) for what to do
///   instead. A finalizer may run while another thread, which has upgraded a [`Weak`], uses the
///   value.
/// - Destructors and finalizers nest two dozen deep at most. A value whose last handle goes at that
///   depth is destroyed a moment later, before the outermost `drop` returns. So no chain is too
///   long for the stack.
/// - [`Gc::new`] may run destructors of unrelated values: see
///   [`Background`](crate::sync::Background).
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
///
/// # Methods on handles
///
/// Only the types of the standard library may stand for `self` in `self: Rc<Self>`. A method that
/// needs the handle of its value, and not just the value, is one of a trait of yours that is
/// implemented for `Gc<Node>`. It is called as `node.add(child)`:
///
/// ```
/// use recyc::{Trace, sync::{Gc, Weak}};
/// use std::sync::Mutex;
///
/// #[derive(Trace)]
/// struct Node {
///     parent: Mutex<Weak<Node>>,
///     children: Mutex<Vec<Gc<Node>>>,
/// }
///
/// trait NodeExt {
///     fn add(&self, child: Gc<Node>);
/// }
///
/// impl NodeExt for Gc<Node> {
///     fn add(&self, child: Gc<Node>) {
///         *child.parent.lock().unwrap() = Gc::downgrade(self);
///         self.children.lock().unwrap().push(child);
///     }
/// }
///
/// let new = || Gc::new(Node { parent: Default::default(), children: Default::default() });
/// let (node, child) = (new(), new());
/// node.add(child.clone());
/// assert!(Gc::ptr_eq(&child.parent.lock().unwrap().upgrade().unwrap(), &node));
/// ```
///
/// An alias: [`handle::Gc`] lists the methods.
pub type Gc<T> = handle::Gc<T, Shared>;

/// A handle that does not keep the value alive, from [`Gc::downgrade`]; like [`std::sync::Weak`].
///
/// A value is gone from the moment its destruction starts, whether the last [`Gc`] was dropped or a
/// collection found it unreachable; before that, while its finalizer runs, it can still be
/// upgraded. A `Weak` keeps the memory of the value, unlike a local one.
///
/// An alias: [`handle::Weak`] lists the methods.
pub type Weak<T> = handle::Weak<T, Shared>;

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
/// use recyc::sync::{ByAddress, Gc};
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
pub type ByAddress<T> = handle::ByAddress<T, Shared>;
