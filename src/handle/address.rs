//! Values by identity: two handles are the same if they lead to the same value, whatever is in it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use super::heap::Heap;
use super::raw::KeyOf;
use super::{Gc, Local};
use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

impl<T: ?Sized, H: Heap> Gc<T, H> {
    /// The address of the value as a number. It is the value's alone as long as a handle to it
    /// exists, even if it has size zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::Gc;
    ///
    /// let (one, other) = (Gc::new(()), Gc::new(()));
    /// assert_ne!(Gc::address(&one), Gc::address(&other));
    /// ```
    #[inline]
    #[must_use]
    pub fn address(this: &Self) -> usize {
        Self::as_ptr(this).addr()
    }
}

/// A handle that is compared, ordered and hashed by the address of its value.
///
/// Programs name it [`recyc::ByAddress`](crate::ByAddress) or
/// [`recyc::sync::ByAddress`](crate::sync::ByAddress).
#[repr(transparent)]
pub struct ByAddress<T: ?Sized, H: Heap = Local>(pub Gc<T, H>);

impl<T: ?Sized, H: Heap> ByAddress<T, H> {
    /// Sees a handle as a key, without a clone: for lookups in maps and sets.
    ///
    /// A key cannot be borrowed as a `Gc<T>`, because a `Gc` is hashed and compared by its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::{ByAddress, Gc};
    /// use std::collections::HashMap;
    ///
    /// let node = Gc::new("a");
    /// let depths = HashMap::from([(ByAddress(node.clone()), 3)]);
    /// assert_eq!(depths.get(ByAddress::from_ref(&node)), Some(&3));
    /// assert_eq!(depths.get(ByAddress::from_ref(&Gc::new("a"))), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn from_ref(handle: &Gc<T, H>) -> &Self {
        KeyOf::from_handle(handle)
    }
}

// SAFETY: *transparent*, as the handle is the only field of a type that is `repr(transparent)`.
unsafe impl<T: ?Sized, H: Heap> KeyOf<Gc<T, H>> for ByAddress<T, H> {}

impl<T: ?Sized, H: Heap> Clone for ByAddress<T, H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized, H: Heap> PartialEq for ByAddress<T, H> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        Gc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: ?Sized, H: Heap> Eq for ByAddress<T, H> {}

impl<T: ?Sized, H: Heap> PartialOrd for ByAddress<T, H> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: ?Sized, H: Heap> Ord for ByAddress<T, H> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        Gc::address(&self.0).cmp(&Gc::address(&other.0))
    }
}

impl<T: ?Sized, H: Heap> Hash for ByAddress<T, H> {
    #[inline]
    fn hash<S: Hasher>(&self, state: &mut S) {
        Gc::address(&self.0).hash(state);
    }
}

impl<T: ?Sized, H: Heap> Deref for ByAddress<T, H> {
    type Target = Gc<T, H>;

    #[inline]
    fn deref(&self) -> &Gc<T, H> {
        &self.0
    }
}

impl<T: ?Sized, H: Heap> From<Gc<T, H>> for ByAddress<T, H> {
    #[inline]
    fn from(handle: Gc<T, H>) -> Self {
        Self(handle)
    }
}

impl<T: ?Sized, H: Heap> fmt::Debug for ByAddress<T, H> {
    /// The address only, as the value may lead back here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByAddress({:p})", self.0)
    }
}

// SAFETY: the handle is the only part, and it is reported once.
unsafe impl<T: ?Sized + 'static, H: Heap> Trace for ByAddress<T, H> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    #[inline]
    unsafe fn dispose(&mut self, disposer: &Disposer) {
        // SAFETY: by *given up*, as the caller promises for the value, which is its handle.
        unsafe { self.0.dispose(disposer) }
    }

    #[inline]
    fn shape<D: Depth>() -> Shape<impl Promise> {
        Gc::<T, H>::shape::<D>()
    }
}
