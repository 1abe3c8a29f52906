//! Values by identity: two handles are the same if they lead to the same value, whatever is in it.

/// Writes the address of a value, and `ByAddress`.
macro_rules! by_address {
    ($heap:literal) => {
        impl<T: ?Sized> Gc<T> {
            /// The address of the value as a number. It is the value's alone as long as a handle to it exists, even if it has
            /// size zero.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use ", $heap, "::Gc;")]
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

        /// A handle that is compared, ordered and hashed by the address of its value: a key for sets of nodes.
        ///
        /// The order is that of the addresses: it differs from run to run.
        ///
        /// # Examples
        ///
        /// Which nodes of a graph were seen already:
        ///
        /// ```
        #[doc = concat!("use ", $heap, "::{ByAddress, Gc};")]
        /// use std::collections::HashSet;
        ///
        /// let node = Gc::new("a");
        /// let mut seen = HashSet::from([ByAddress(node.clone())]);
        /// assert!(!seen.insert(ByAddress(node)));
        /// assert!(seen.insert(ByAddress(Gc::new("a"))));
        /// ```
        #[repr(transparent)]
        pub struct ByAddress<T: ?Sized>(pub Gc<T>);

        impl<T: ?Sized> Clone for ByAddress<T> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<T: ?Sized> PartialEq for ByAddress<T> {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                Gc::ptr_eq(&self.0, &other.0)
            }
        }

        impl<T: ?Sized> Eq for ByAddress<T> {}

        impl<T: ?Sized> PartialOrd for ByAddress<T> {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl<T: ?Sized> Ord for ByAddress<T> {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                Gc::address(&self.0).cmp(&Gc::address(&other.0))
            }
        }

        impl<T: ?Sized> Hash for ByAddress<T> {
            #[inline]
            fn hash<H: Hasher>(&self, state: &mut H) {
                Gc::address(&self.0).hash(state);
            }
        }

        impl<T: ?Sized> Deref for ByAddress<T> {
            type Target = Gc<T>;

            #[inline]
            fn deref(&self) -> &Gc<T> {
                &self.0
            }
        }

        impl<T: ?Sized> From<Gc<T>> for ByAddress<T> {
            #[inline]
            fn from(handle: Gc<T>) -> Self {
                Self(handle)
            }
        }

        impl<T: ?Sized> fmt::Debug for ByAddress<T> {
            /// The address only, as the value may lead back here.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "ByAddress({:p})", self.0)
            }
        }

        // SAFETY: the handle is the only part, and it is reported once.
        unsafe impl<T: ?Sized + 'static> Trace for ByAddress<T> {
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'_>) {
                self.0.trace(tracer);
            }

            #[inline]
            unsafe fn dispose(&mut self, disposer: &Disposer) {
                // SAFETY: the caller gives up the value, which is its handle.
                unsafe { self.0.dispose(disposer) }
            }

            #[inline]
            fn shape<D: Depth>() -> Shape<impl Promise> {
                Gc::<T>::shape::<D>()
            }
        }
    };
}
pub(crate) use by_address;
