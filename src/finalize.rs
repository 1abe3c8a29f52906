//! Last words.

/// Code that runs once before a value is destroyed, with all its neighbours still whole.
///
/// For `#[derive(Trace)] #[trace(finalize)]` types. A traced type cannot implement `Drop`: in a
/// dead cycle some neighbour would already be gone. A finalizer is called before that, in the order
/// of PEP 442:
///
/// 1. The finalizers of all members of a dead cycle run, in no particular order. Every handle in
///    reach leads to a whole value, and every [`Weak`](crate::Weak) to a member can be upgraded.
/// 2. The members are decided again. What a finalizer has made reachable from outside is
///    *resurrected*: it lives on, and so does all that it reaches.
/// 3. `Weak` handles to what is still dead are cleared, and the values are destroyed.
///
/// It also runs before the value of a block dies by counting, inside the drop of the last handle.
/// Two cases are later, before the outermost `drop` returns: inside two dozen other destructors and
/// finalizers, and, for a local [`Gc`](crate::Gc), while the thread unwinds inside one of those. It
/// runs **at most once** in the life of a value: a resurrected value dies later without another
/// call. While it runs, [`Gc::strong_count`](crate::Gc::strong_count) of the dead is one higher
/// than the number of their handles. It may allocate, drop, clone, and panic: the panic goes on
/// after the collection has done the rest, and
/// [`CollectionReport::panicked_finalizer`](crate::CollectionReport::panicked_finalizer) has the
/// name of the type. A collection that it starts does nothing.
///
/// A collection calls finalizers inside [`Gc::new`](crate::Gc::new) or
/// [`sync::Gc::new`](crate::sync::Gc::new), wherever the program makes a value. A lock that the
/// program holds there cannot be taken in a finalizer: a `Mutex` waits forever, and a
/// [`RefCell`](std::cell::RefCell), which is the lock of a single thread, panics. Use `try_lock` or
/// `try_borrow`, or [`pause`](crate::pause) automatic collections while the lock is held. Or set
/// [`Config::finalize_on_demand`](crate::Config::finalize_on_demand): finalizers of dead cycles
/// then wait for a point that the program chooses.
///
/// There is no promise *when* a finalizer runs, nor that it does: process exit runs none. To
/// release a resource at a certain point, use a scope; to release it with the value, put a guard
/// with a `Drop` of its own into a field.
///
/// # Examples
///
/// ```
/// use recyc::{Finalize, Gc, GcCell, Trace};
/// use std::cell::Cell;
/// thread_local!(static GOODBYES: Cell<u32> = const { Cell::new(0) });
///
/// #[derive(Trace)]
/// #[trace(finalize)]
/// struct Session {
///     user: String,
///     peer: GcCell<Option<Gc<Session>>>,
/// }
///
/// impl Finalize for Session {
///     fn finalize(&self) {
///         let peer = self.peer.get().expect("every session has a peer");
///         println!("{} leaves {}", self.user, peer.user); // the neighbour is whole
///         GOODBYES.set(GOODBYES.get() + 1);
///     }
/// }
///
/// let ann = Gc::new(Session { user: "Ann".into(), peer: GcCell::new(None) });
/// let ben = Gc::new(Session { user: "Ben".into(), peer: GcCell::new(Some(ann.clone())) });
/// ann.peer.set(Some(ben.clone()));
/// drop((ann, ben));
/// recyc::collect();
/// assert_eq!(GOODBYES.get(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`#[trace(finalize)]` asks for `impl Finalize for {Self}`",
    label = "`Finalize` is not implemented for `{Self}`"
)]
pub trait Finalize {
    /// Called once before the value is destroyed.
    fn finalize(&self);
}
