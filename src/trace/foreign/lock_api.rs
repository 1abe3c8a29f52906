//! `lock_api`: the locks of parking_lot, spin and others.
//!
//! The rules are those of the locks of the standard library: what cannot be read without waiting reports nothing, and
//! dispose, which asks the same question, really drops it.
//!
//! The raw lock is code of another crate that runs during a collection. Its traits are `unsafe` to implement, and a lock that
//! calls back into the program when it is taken or let go of is none that this crate could be used with.

use std::mem::ManuallyDrop;
use std::ptr;

use lock_api::{Mutex, RawMutex, RawRwLock, RwLock};

use crate::trace::{Depth, Disposer, Shape, Trace, Tracer};

macro_rules! locks {
    ($($lock:ident: $raw:ident, $read:ident;)+) => {
        $(
            // SAFETY: the lock owns its value alone and it is asked once or, when it cannot be read, not at all; dispose
            // decides by the same question. Nothing waits.
            unsafe impl<R: $raw + 'static, T: Trace> Trace for $lock<R, T> {
                #[inline]
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    match self.$read() {
                        // SAFETY: the lock is part of the value, and the raw lock does nothing but lock, see above.
                        Some(guard) => unsafe { tracer.lock(guard) },
                        None => tracer.unsettled(),
                    }
                }

                #[inline]
                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    let unreadable = self.$read().is_none();
                    // SAFETY: the caller gives up the lock, so this copy is the only owner; no guard is in use any more.
                    let lock = unsafe { ptr::read(self) };
                    if !unreadable {
                        let mut value = ManuallyDrop::new(lock.into_inner());
                        // SAFETY: the value was moved here and is not dropped after.
                        unsafe { Trace::dispose(&mut *value, disposer) }
                    }
                }

                #[inline]
                fn shape<D: Depth>() -> Shape {
                    T::shape::<D>()
                }
            }
        )+
    };
}

locks! {
    Mutex: RawMutex, try_lock;
    RwLock: RawRwLock, try_read;
}
