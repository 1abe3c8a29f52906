//! Containers inside containers of one value: traced to a bounded depth, and from a list beyond it.
//!
//! A value may own a structure of boxes, vectors and maps that is much deeper than the stack. The
//! trace of a container at depth [`MAX_NESTING`] starts a list, on its own frame. The containers
//! that are found at that depth below it are put into the list and traced when the stack is short
//! again, before the first container returns. So a lock or a borrow that the trace of an outer
//! part holds is held until everything behind it is traced. A lock that is found below that depth
//! stays locked until the list is traced.
//!
//! - **deferred**: while `deferred` is set, it points to the list on the frame of the container
//!   that started it, which clears it before the frame is gone, and no other reference to the list
//!   is in use.
//! - **in place**: a container in the list is a part of the value that is being traced, which by
//!   the contract of `Trace` stays where and as it is until the trace of the whole value returns.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use super::tracer::Tracer;
use crate::raw::guards::Guards;

/// How deep containers are traced or disposed inside each other before a list is used.
pub(crate) const MAX_NESTING: u32 = 32;

/// Whether the code that traces or disposes a container of `T` may be inlined into the function for
/// the type that owns the container.
///
/// An element of one word owns one container at most. A larger element can own several. If the code
/// of each was inlined, the code for a type would contain that for the types of its fields several
/// times, and the time to compile would be exponential in the depth of the types.
#[inline(always)]
pub(crate) const fn inlined_in_container<T>() -> bool {
    size_of::<T>() <= size_of::<usize>()
}

/// The list of a container at the deepest nesting.
pub(crate) type Deferred = NonNull<List>;

/// The containers to trace later, and the guards of the locks behind which they are.
pub(crate) struct List {
    containers: Vec<Container>,
    guards: Guards,
}

/// A container that is traced later, without its type.
#[derive(Clone, Copy)]
pub(crate) struct Container {
    address: NonNull<()>,
    trace: unsafe fn(NonNull<()>, &mut Tracer<'_>),
}

impl Container {
    /// Remembers `F`, which has no state, by its type alone.
    fn new<C, F: Fn(&C, &mut Tracer<'_>) + Copy>(container: &C, _: F) -> Self {
        const { assert!(size_of::<F>() == 0, "a function without captures") };
        Self { address: NonNull::from(container).cast(), trace: call::<C, F> }
    }
}

/// # Safety
///
/// `address` is that of a `C` that is not freed and not mutated during the call, and there is a
/// value of `F`.
unsafe fn call<C, F: Fn(&C, &mut Tracer<'_>) + Copy>(
    address: NonNull<()>,
    tracer: &mut Tracer<'_>,
) {
    // SAFETY: by *in place* the caller has a value of `F`, and a type without size has no bytes to
    // read.
    let trace = unsafe { NonNull::<F>::dangling().as_ref() };
    // SAFETY: by *in place* the container is not freed and not mutated during the call.
    trace(unsafe { address.cast::<C>().as_ref() }, tracer);
}

impl Tracer<'_> {
    /// Calls `trace` on a container of `T`, now or before the trace of the whole value returns.
    ///
    /// # Safety
    ///
    /// The container is a part of the value that is being traced.
    #[doc(hidden)]
    #[inline]
    pub unsafe fn nested<T, C, F: Fn(&C, &mut Tracer<'_>) + Copy>(
        &mut self,
        container: &C,
        trace: F,
    ) {
        if self.ring.nesting >= MAX_NESTING {
            return self.defer(container, trace);
        }
        self.ring.nesting += 1;
        if const { inlined_in_container::<T>() } {
            trace(container, self);
        } else {
            self.call_out_of_line(container, trace);
        }
        self.ring.nesting -= 1;
    }

    #[inline(never)]
    fn call_out_of_line<C, F: Fn(&C, &mut Tracer<'_>)>(&mut self, container: &C, trace: F) {
        trace(container, self);
    }

    #[cold]
    #[inline(never)]
    fn defer<C, F: Fn(&C, &mut Tracer<'_>) + Copy>(&mut self, container: &C, trace: F) {
        if let Some(mut deferred) = self.ring.deferred {
            // SAFETY: by *deferred* the list is alive, and this is the only reference to it.
            let containers = &mut unsafe { deferred.as_mut() }.containers;
            match containers.try_reserve(1) {
                Ok(()) => containers.push(Container::new(container, trace)),
                // Without memory for the list the stack is used.
                Err(_) => trace(container, self),
            }
            return;
        }
        let mut list = List { containers: Vec::new(), guards: Guards::new() };
        let deferred = NonNull::from(&mut list);
        self.ring.deferred = Some(deferred);
        self.ring.nesting = 0;
        // A guard that is dropped while the thread unwinds would poison its lock, though nothing
        // was changed.
        let traced = catch_unwind(AssertUnwindSafe(|| {
            trace(container, self);
            self.trace_deferred(deferred);
        }));
        self.ring.deferred = None;
        self.ring.nesting = MAX_NESTING;
        list.guards.release();
        traced.unwrap_or_else(|payload| resume_unwind(payload));
    }

    /// Traces what is in a list, and what comes into it in the meantime.
    fn trace_deferred(&mut self, mut deferred: Deferred) {
        // SAFETY: by *deferred* the list has no other reference in use.
        while let Some(container) = unsafe { deferred.as_mut() }.containers.pop() {
            self.ring.nesting = 0;
            // SAFETY: by *in place* the container is there and is not mutated. `Container::new` was
            // given a value of the function.
            unsafe { (container.trace)(container.address, self) };
        }
    }

    /// Keeps the guard of a lock until the list that is in use is traced. Returns the guard if
    /// there is no list, or no memory.
    ///
    /// # Safety
    ///
    /// By *in place*, the lock is a part of the value that is being traced.
    #[inline]
    pub(super) unsafe fn keep_deferring<G>(&mut self, guard: G) -> Result<(), G> {
        let Some(mut deferred) = self.ring.deferred else { return Err(guard) };
        // SAFETY: by *deferred* the list is alive, and this is the only reference to it.
        let guards = &mut unsafe { deferred.as_mut() }.guards;
        // SAFETY: by *in place* the lock stays where it is until the list is traced. The guards are
        // released then.
        unsafe { guards.keep(guard) }
    }
}
