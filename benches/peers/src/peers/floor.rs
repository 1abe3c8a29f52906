//! The floor: the least that counting with trial deletion can cost, for this node and nothing else.
//!
//! No erased types, no weak handles, no panics caught, no generations, no thread that ends. The
//! node has only the fields that it needs, and there are two passes: count the handles found
//! inside, mark the nodes held from outside. The other nodes are freed in the order of addresses.
//! Nodes are prefetched at the distance that was measured as the fastest.

use std::alloc::{Layout, dealloc};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::ptr::NonNull;

use super::no_edges;
use crate::peer::{Counted, Peer, Scheme, every_ten_thousandth};

pub struct Floor;

#[derive(Clone, Copy, PartialEq)]
enum State {
    Rest,
    Captured,
    Live,
}

/// 16 bytes, then what every peer has.
#[repr(C)]
struct Block {
    count: Cell<u32>,
    /// Handles that the running collection has not found.
    outside: Cell<u32>,
    state: Cell<State>,
    queued: Cell<bool>,
    id: Counted,
    edges: [RefCell<Option<Handle>>; 3],
}

type Pointer = NonNull<Block>;

pub struct Handle(Pointer);

struct Heap {
    candidates: Vec<Pointer>,
    dying: Vec<Pointer>,
    draining: bool,
}

struct OneThread(UnsafeCell<Heap>);

// SAFETY: a measurement has one thread only.
unsafe impl Sync for OneThread {}

static HEAP: OneThread =
    OneThread(UnsafeCell::new(Heap { candidates: Vec::new(), dying: Vec::new(), draining: false }));

fn heap() -> &'static mut Heap {
    // SAFETY: one thread, and no reference is kept over a call that takes one again.
    unsafe { &mut *HEAP.0.get() }
}

fn block<'a>(pointer: Pointer) -> &'a Block {
    // SAFETY: a block is freed when no handle and no list has it any more.
    unsafe { pointer.as_ref() }
}

fn free(pointer: Pointer) {
    // SAFETY: allocated as a box of this type; its value is gone.
    unsafe { dealloc(pointer.as_ptr().cast(), Layout::new::<Block>()) }
}

fn prefetch(pointer: Option<&Pointer>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(pointer) = pointer {
        // SAFETY: a hint reads nothing that the program can observe.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(
                pointer.as_ptr().cast(),
            )
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = pointer;
}

impl Clone for Handle {
    #[inline]
    fn clone(&self) -> Self {
        let count = &block(self.0).count;
        count.set(count.get() + 1);
        Self(self.0)
    }
}

impl Drop for Handle {
    #[inline]
    fn drop(&mut self) {
        let block = block(self.0);
        let count = block.count.get() - 1;
        block.count.set(count);
        if count == 0 {
            die(self.0);
        } else if !block.queued.replace(true) {
            heap().candidates.push(self.0);
        }
    }
}

/// Destroys what lost its last handle, and what that sets free, without recursion.
#[inline(never)]
fn die(first: Pointer) {
    heap().dying.push(first);
    if std::mem::replace(&mut heap().draining, true) {
        return;
    }
    while let Some(mut dead) = heap().dying.pop() {
        // SAFETY: no handle is left; the value is not used again.
        unsafe {
            std::ptr::drop_in_place(&raw mut dead.as_mut().edges);
            std::ptr::drop_in_place(&raw mut dead.as_mut().id);
        }
        if !block(dead).queued.get() {
            free(dead);
        }
    }
    heap().draining = false;
}

/// How far ahead of its use a block is fetched.
const AHEAD: usize = 16;
/// From this many blocks on the heap does not fit into the cache, and waiting for the memory is
/// worth avoiding.
const MANY: usize = 4_096;

/// Goes through a list that grows, and calls `visit` for every edge, a little later than it was
/// found.
fn walk(list: &mut Vec<Pointer>, mut visit: impl FnMut(&mut Vec<Pointer>, Pointer)) {
    let mut ring = [NonNull::dangling(); AHEAD];
    let (mut pushed, mut popped, mut next) = (0, 0, 0);
    loop {
        let lead = if list.len() < MANY || next == list.len() { 0 } else { AHEAD - 3 };
        while pushed - popped > lead {
            visit(list, ring[popped % AHEAD]);
            popped += 1;
        }
        let Some(&pointer) = list.get(next) else { break };
        next += 1;
        prefetch(list.get(next + AHEAD));
        for edge in &block(pointer).edges {
            // SAFETY: no edge is borrowed while a collection runs.
            if let Some(Handle(target)) = unsafe { &*edge.as_ptr() } {
                prefetch(Some(target));
                ring[pushed % AHEAD] = *target;
                pushed += 1;
            }
        }
    }
}

fn collect() {
    // Roots: what lost a handle and lives. What died as a candidate has waited for this to be
    // freed.
    let mut captured = std::mem::take(&mut heap().candidates);
    let mut unexplained = 0_usize;
    let mut kept = 0;
    for at in 0..captured.len() {
        prefetch(captured.get(at + AHEAD));
        let pointer = captured[at];
        let root = block(pointer);
        if root.count.get() == 0 {
            free(pointer);
            continue;
        }
        root.queued.set(false);
        root.state.set(State::Captured);
        root.outside.set(root.count.get());
        unexplained += root.count.get() as usize;
        captured[kept] = pointer;
        kept += 1;
    }
    captured.truncate(kept);
    // First pass: every handle found inside is explained.
    walk(&mut captured, |captured, pointer| {
        let target = block(pointer);
        if target.state.get() == State::Rest {
            target.state.set(State::Captured);
            target.outside.set(target.count.get());
            unexplained += target.count.get() as usize;
            captured.push(pointer);
        }
        target.outside.set(target.outside.get() - 1);
        unexplained -= 1;
    });
    if unexplained > 0 {
        captured = keep_live(captured);
    }
    if captured.len() >= 1_024 && is_shuffled(&captured) {
        captured.sort_unstable();
    }
    for (at, &(mut dead)) in captured.iter().enumerate() {
        prefetch(captured.get(at + AHEAD));
        // SAFETY: dead; its edges are not dropped, for their targets are dead or have lost the
        // count already.
        unsafe { std::ptr::drop_in_place(&raw mut dead.as_mut().id) };
        free(dead);
    }
}

/// Whether sorting is worth it: not for what was allocated in the order in which it is found, or
/// the reverse. A look costs next to nothing.
fn is_shuffled(blocks: &[Pointer]) -> bool {
    let falls = blocks.windows(2).filter(|pair| pair[0] > pair[1]).count();
    let few = blocks.len() / 8;
    falls > few && blocks.len() - falls > few
}

/// Second pass: what is held from outside lives, with all that it reaches. Returns the dead.
fn keep_live(captured: Vec<Pointer>) -> Vec<Pointer> {
    let mut live = Vec::new();
    for (at, &pointer) in captured.iter().enumerate() {
        prefetch(captured.get(at + AHEAD));
        if block(pointer).outside.get() > 0 {
            block(pointer).state.set(State::Live);
            live.push(pointer);
        }
    }
    walk(&mut live, |live, pointer| {
        if block(pointer).state.get() == State::Captured {
            block(pointer).state.set(State::Live);
            live.push(pointer);
        }
    });
    let mut dead = captured;
    if live.len() < dead.len() {
        dead.retain(|pointer| block(*pointer).state.get() == State::Captured);
        walk(&mut dead, |_, pointer| {
            let target = block(pointer);
            if target.state.get() == State::Live {
                target.count.set(target.count.get() - 1);
            }
        });
    } else {
        dead.clear();
    }
    live.iter().for_each(|pointer| block(*pointer).state.set(State::Rest));
    dead
}

impl Peer for Floor {
    const SCHEME: Scheme = Scheme::Counts;

    type Node = Handle;

    fn new(id: u64) -> Handle {
        Handle(NonNull::from(Box::leak(Box::new(Block {
            count: Cell::new(1),
            outside: Cell::new(0),
            state: Cell::new(State::Rest),
            queued: Cell::new(false),
            id: Counted(id),
            edges: no_edges(),
        }))))
    }

    fn id(node: &Handle) -> u64 {
        block(node.0).id.number()
    }

    fn look<R>(node: &Handle, slot: usize, look: impl FnOnce(Option<&Handle>) -> R) -> R {
        look(block(node.0).edges[slot].borrow().as_ref())
    }

    fn replace(node: &Handle, slot: usize, target: Option<Handle>) -> Option<Handle> {
        block(node.0).edges[slot].replace(target)
    }

    fn collect(_: &[Handle]) {
        collect();
    }

    fn safepoint(held: &[Handle]) {
        every_ten_thousandth(|| Self::collect(held));
    }
}
