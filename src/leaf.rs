//! The wrapper that makes any type a field of a traced type.
//!
//! `Trace` cannot be implemented for every type: a blanket impl would close the door to impls that
//! do report handles. So a type for which neither this crate nor its own crate implements `Trace`
//! is put into a [`Leaf`].

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A value that is not reported to the collector.
///
/// For types without a [`Trace`](crate::Trace) of their own: a file of a foreign crate, a closure
/// in a box, a guard whose `Drop` does something. It can be used as the value itself by [`Deref`].
///
/// A `Leaf` is always sound. If a [`Gc`](crate::Gc) is inside nevertheless, that handle counts as
/// held from outside: its target lives as long as the leaf does, and a cycle that passes through
/// the leaf is never freed.
///
/// The value is dropped when its owner is destroyed, by a collection too. Its `Drop` may run when
/// the neighbours of the owner are already gone, and cannot reach them: it owns no traced handle.
///
/// # Examples
///
/// ```
/// use recyc::{Gc, Leaf, Trace};
/// use std::cell::RefCell;
///
/// #[derive(Trace)]
/// struct Button {
///     parent: RefCell<Option<Gc<Button>>>,
///     on_click: Leaf<Box<dyn Fn() -> u32>>,
/// }
///
/// let button = Gc::new(Button { parent: RefCell::new(None), on_click: Leaf(Box::new(|| 7)) });
/// *button.parent.borrow_mut() = Some(button.clone());
/// assert_eq!((button.on_click)(), 7);
/// drop(button);
/// assert_eq!(recyc::collect().reclaimed, 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Leaf<T>(pub T);

impl<T> Leaf<T> {
    /// Returns the value.
    #[inline]
    pub fn into_inner(this: Self) -> T {
        this.0
    }
}

impl<T> Deref for Leaf<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Leaf<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Leaf<T> {
    #[inline]
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: fmt::Display> fmt::Display for Leaf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
