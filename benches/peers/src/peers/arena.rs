//! gc-arena: mark and sweep in steps, from one root object.
//!
//! Its handles may not leave a closure, so that the compiler can check where they are. The
//! workloads keep handles in variables as with a counted pointer, so here the brand is taken off,
//! and the promise is kept by hand: whatever the workload still holds is put into the root before
//! the arena may collect.

use std::cell::UnsafeCell;
use std::mem::transmute;
use std::sync::LazyLock;

use gc_arena::barrier::Unlock;
use gc_arena::collect::Trace;
use gc_arena::lock::RefLock;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};

use super::no_edges;
use crate::peer::{Counted, Peer, Scheme, every};

pub struct GcArena;

pub struct Node<'gc> {
    id: Counted,
    edges: [RefLock<Option<Gc<'gc, Node<'gc>>>>; 3],
}

// SAFETY: the edges are all the handles that a node has; `GcArena::replace` calls the barrier.
unsafe impl<'gc> Collect<'gc> for Node<'gc> {
    fn trace<T: Trace<'gc>>(&self, tracer: &mut T) {
        tracer.trace(&self.edges);
    }
}

type Handle = Gc<'static, Node<'static>>;
type Roots = Arena<Rootable![Vec<Gc<'_, Node<'_>>>]>;

struct OneThread(UnsafeCell<Roots>);

// SAFETY: a measurement has one thread only.
unsafe impl Sync for OneThread {}
// SAFETY: as above.
unsafe impl Send for OneThread {}

static ARENA: LazyLock<OneThread> =
    LazyLock::new(|| OneThread(UnsafeCell::new(Arena::new(|_| Vec::new()))));

fn mutate<R>(work: impl FnOnce(&'static Mutation<'static>) -> R) -> R {
    // SAFETY: one thread, and no call into the arena is made while another one runs.
    let arena = unsafe { &*ARENA.0.get() };
    // SAFETY: the arena lives as long as the process, and what is made with this lifetime is rooted
    // by `hold`.
    arena.mutate(|mutation, _| {
        work(unsafe { transmute::<&Mutation<'_>, &'static Mutation<'static>>(mutation) })
    })
}

/// Makes the handles the roots, and lets the arena collect.
fn hold(held: &[Handle], collect: impl FnOnce(&mut Roots)) {
    // SAFETY: as in `mutate`.
    let arena = unsafe { &mut *ARENA.0.get() };
    arena.mutate_root(|_, roots| {
        roots.clear();
        // SAFETY: the brand goes back on: all handles come from this arena.
        roots.extend(
            held.iter().map(|handle| unsafe { transmute::<Handle, Gc<'_, Node<'_>>>(*handle) }),
        );
    });
    collect(arena);
}

impl Peer for GcArena {
    const SCHEME: Scheme = Scheme::Traces;

    type Node = Handle;

    fn new(id: u64) -> Handle {
        mutate(|mutation| Gc::new(mutation, Node { id: Counted(id), edges: no_edges() }))
    }

    fn id(node: &Handle) -> u64 {
        node.id.number()
    }

    fn look<R>(node: &Handle, slot: usize, look: impl FnOnce(Option<&Handle>) -> R) -> R {
        look(node.edges[slot].borrow().as_ref())
    }

    fn replace(node: &Handle, slot: usize, target: Option<Handle>) -> Option<Handle> {
        mutate(|mutation| {
            mutation.backward_barrier(Gc::erase(*node), None);
            // SAFETY: the barrier was called, and no collection comes between.
            unsafe { node.edges[slot].unlock_unchecked() }.replace(target)
        })
    }

    fn collect(held: &[Handle]) {
        hold(held, |arena| {
            // The first may only end a cycle that began when more was reachable.
            arena.finish_cycle();
            arena.finish_cycle();
        });
    }

    /// The arena collects in small steps. Taking over the roots for each step would cost more.
    fn safepoint(held: &[Handle]) {
        every(1_000, || hold(held, Arena::collect_debt));
    }
}
