//! The parts of a node that record what happens to it in the model: its guards and its spy.
//!
//! A guard is a leaf field with a destructor, as a file or a socket would be. Each node has one
//! before its handles and one after them, so that user code runs at both ends of a destruction. The
//! spy stands among the traced fields and sees every trace. Their memory holds a canary that is
//! spoilt on drop, so a value that is destroyed twice, or used afterwards, is noticed even where
//! the allocator has not reused it.

use std::thread::{self, ThreadId};

use super::super::kind::{Cell, Depth, Disposer, Promise, SHARED, Shape, Trace, Tracer};
use super::heap::{self, Planned};
use super::op::Action;

const INTACT: u64 = 0x600D_600D_600D_600D;
const SPOILT: u64 = 0xDEAD_DEAD_DEAD_DEAD;

/// A leaf field that strikes its node off the model when it is dropped, and then does its action.
pub struct Guard {
    id: usize,
    program: ThreadId,
    canary: Cell<u64>,
    action: Action,
}

impl Guard {
    pub fn new(id: usize, action: Action) -> Self {
        Self { id, program: thread::current().id(), canary: Cell::new(INTACT), action }
    }

    /// Whether the program is over that it belongs to. What a leak has hidden may be found by the
    /// next one, if they share a heap.
    pub fn is_of_the_past(&self) -> bool {
        heap::is_over() || SHARED && self.program != thread::current().id()
    }

    /// The node it belongs to.
    pub fn id(&self) -> usize {
        if self.canary.get() != INTACT {
            heap::fail(|| format!("a destroyed value was used: canary {:x}", self.canary.get()));
        }
        self.id
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.is_of_the_past() {
            return;
        }
        if self.canary.replace(SPOILT) != INTACT {
            return heap::fail(|| {
                format!("a value was destroyed twice: canary {:x}", self.canary.get())
            });
        }
        heap::with(|world| world.model.destroyed(self.id));
        heap::perform(self.id, self.action, false);
    }
}

/// A traced field without handles: it learns when its node is traced.
pub struct Spy {
    pub id: usize,
    pub program: ThreadId,
}

// SAFETY: it owns no handle and reports none; it needs no destruction, so `dispose` has nothing to
// do. The shape claims less than is true, so that the collector asks.
unsafe impl Trace for Spy {
    fn trace(&self, _: &mut Tracer<'_>) {
        let is_of_the_past = heap::is_over() || SHARED && self.program != thread::current().id();
        if !is_of_the_past && heap::with(|world| world.model.traced(self.id)) {
            std::panic::resume_unwind(Box::new(Planned));
        }
    }

    unsafe fn dispose(&mut self, _: &Disposer) {}

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}
