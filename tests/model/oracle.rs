//! The model of the heap: a table of nodes, the edges between them, and the handles of the program.
//!
//! The model has no counts, candidates or ages. The live nodes follow from reachability alone, and
//! each promise of the crate is one comparison with the model. Only the first broken promise is
//! kept, because later ones may be its consequences.

use std::mem::ManuallyDrop;

use super::super::kind::{SHARED, inspect};
use super::node::{Handle, Kind};
use super::op::Action;

/// Where the value of a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On the stack: not yet in its block, or taken out of it. Holds what it owns alive.
    Loose,
    /// In its block.
    Live,
    /// Its destruction has begun.
    Dead,
}

/// One node.
pub struct Entry {
    pub kind: Kind,
    pub state: State,
    /// Counts the blocks that the value has lived in; a `Weak` belongs to one of them.
    pub block: u32,
    pub edges: Vec<usize>,
    pub weaks: Vec<Target>,
    /// The action of the finalizer when it is called.
    pub finalizer: Action,
    addr: usize,
    finalized: bool,
    /// A copy of a handle that owns no count: shows the node while it is alive.
    ghost: Option<ManuallyDrop<Handle>>,
}

impl Entry {
    pub fn ghost(&self) -> &Handle {
        self.ghost.as_ref().expect("the node is in a block")
    }
}

/// What a `Weak` points to: a node in one of its blocks.
pub type Target = (usize, u32);

/// The heap as it should be.
#[derive(Default)]
pub struct Model {
    pub entries: Vec<Entry>,
    /// The handles outside of all nodes.
    pub roots: Vec<usize>,
    /// The weak handles outside of all nodes.
    pub weaks: Vec<Target>,
    /// Nodes whose `&self` is in use without a handle: those being finalized.
    pub visited: Vec<usize>,
    /// Nodes that are mutably borrowed, and must not be read.
    pub locked: Vec<usize>,
    /// Nodes whose trace panics.
    pub armed: Vec<usize>,
    /// User code ran in a destructor or finalizer since this was last cleared.
    pub stirred: bool,
    /// A borrow was leaked: the nodes that it hides may stay forever.
    pub leaky: bool,
    /// There are frozen candidates: what they lead to may stay until they are candidates again.
    pub frozen: bool,
    pub deaths: usize,
    /// How many blocks programs before this one have left in the heap.
    pub strangers: usize,
    pub failure: Option<String>,
}

impl Model {
    pub fn fail(&mut self, what: impl FnOnce() -> String) {
        if self.failure.is_none() {
            self.failure = Some(what());
        }
    }

    /// A value that is about to go into a block.
    pub fn loose(&mut self, kind: Kind) -> usize {
        self.entries.push(Entry {
            kind,
            state: State::Loose,
            block: 0,
            edges: Vec::new(),
            weaks: Vec::new(),
            finalizer: Action::Nothing,
            addr: 0,
            finalized: false,
            ghost: None,
        });
        self.entries.len() - 1
    }

    /// The value is now in the block of this handle.
    pub fn settle(&mut self, id: usize, handle: &Handle) {
        let entry = &mut self.entries[id];
        entry.state = State::Live;
        entry.addr = handle.addr();
        // SAFETY: the copy is never dropped, and read only while the node is alive.
        entry.ghost = Some(ManuallyDrop::new(unsafe { std::ptr::read(handle) }));
    }

    /// The value is no longer in its block.
    pub fn unsettle(&mut self, id: usize) {
        let entry = &mut self.entries[id];
        entry.state = State::Loose;
        entry.block += 1;
        entry.finalized = false;
        entry.ghost = None;
    }

    /// The value has moved to the block of this handle, with the state of its finalizer.
    pub fn moved(&mut self, id: usize, handle: &Handle) {
        let finalized = self.entries[id].finalized;
        self.unsettle(id);
        self.settle(id, handle);
        self.entries[id].finalized = finalized;
    }

    pub fn link(&mut self, from: usize, to: usize) {
        self.entries[from].edges.push(to);
    }

    pub fn unlink(&mut self, from: usize, to: usize) {
        if !remove(&mut self.entries[from].edges, &to) {
            self.fail(|| format!("node {from} held node {to}, unknown to the model"));
        }
    }

    /// A guard of the node was dropped.
    pub fn destroyed(&mut self, id: usize) {
        let state = self.entries[id].state;
        match state {
            State::Dead => return,
            State::Live if self.reachable()[id] => {
                self.fail(|| format!("node {id} was destroyed while reachable"))
            }
            State::Live if self.entries[id].kind.finalizes() && !self.entries[id].finalized => {
                self.fail(|| format!("node {id} was destroyed before its finalizer ran"));
            }
            State::Loose if self.reachable_handles()[id] > 0 => {
                self.fail(|| format!("node {id} died outside of its block"))
            }
            _ => {}
        }
        let entry = &mut self.entries[id];
        entry.state = State::Dead;
        entry.edges.clear();
        entry.weaks.clear();
        entry.ghost = None;
        // A leaf that only dead nodes hold is found by a local collection; a shared one drops their
        // handles to it.
        self.deaths += usize::from(!SHARED || !self.entries[id].kind.is_leaf());
        self.armed.retain(|&armed| armed != id);
    }

    /// The finalizer of the node was called: only once in a life, and while its neighbours are
    /// whole. A value that was unwrapped begins another.
    pub fn finalized(&mut self, id: usize) {
        if std::mem::replace(&mut self.entries[id].finalized, true) {
            self.fail(|| format!("node {id} was finalized twice"));
        }
        for near in
            self.reach(vec![id]).iter().enumerate().filter_map(|(near, &yes)| yes.then_some(near))
        {
            if self.entries[near].state != State::Live {
                self.fail(|| format!("node {id} was finalized although node {near} is gone"));
                break;
            }
        }
    }

    /// The node is being traced; whether that has to panic.
    pub fn traced(&mut self, id: usize) -> bool {
        if self.entries[id].state == State::Dead || self.locked.contains(&id) {
            let state = self.entries[id].state;
            self.fail(|| format!("node {id} was traced while {state:?} or mutably borrowed"));
        }
        self.armed.contains(&id)
    }

    /// Returns for each node whether it can be reached from `start`.
    fn reach(&self, mut start: Vec<usize>) -> Vec<bool> {
        let mut seen = vec![false; self.entries.len()];
        while let Some(id) = start.pop() {
            if !std::mem::replace(&mut seen[id], true) {
                start.extend(&self.entries[id].edges);
            }
        }
        seen
    }

    /// Everything outside of blocks that keeps nodes alive.
    fn outside(&self) -> Vec<usize> {
        let loose = |id: &usize| self.entries[*id].state == State::Loose;
        self.roots
            .iter()
            .chain(&self.visited)
            .copied()
            .chain((0..self.entries.len()).filter(loose))
            .collect()
    }

    pub fn reachable(&self) -> Vec<bool> {
        self.reach(self.outside())
    }

    /// Whether the program reaches `id` when it does not use one handle to `root`.
    ///
    /// Without that, it has no `&` to `id` while it moves the handle: the borrow checker sees to
    /// it.
    pub fn reachable_without(&self, root: usize, id: usize) -> bool {
        let mut start = self.outside();
        remove(&mut start, &root);
        self.reach(start)[id]
    }

    /// How many handles each node has.
    pub fn handles(&self) -> Vec<usize> {
        let mut count = vec![0; self.entries.len()];
        for &id in self.roots.iter().chain(self.entries.iter().flat_map(|entry| &entry.edges)) {
            count[id] += 1;
        }
        count
    }

    /// Returns for each node the number of its handles from the program and from reachable nodes. A
    /// collection may have dropped those of dead nodes already.
    fn reachable_handles(&self) -> Vec<usize> {
        let reachable = self.reachable();
        let inside = self
            .entries
            .iter()
            .zip(&reachable)
            .filter(|(_, yes)| **yes)
            .flat_map(|(entry, _)| &entry.edges);
        let mut count = vec![0; self.entries.len()];
        self.roots.iter().chain(inside).for_each(|&id| count[id] += 1);
        count
    }

    pub fn weak_handles(&self, id: usize) -> usize {
        let target = (id, self.entries[id].block);
        let inside = self.entries.iter().flat_map(|entry| &entry.weaks);
        self.weaks.iter().chain(inside).filter(|&&weak| weak == target).count()
    }

    /// Whether an upgrade has to succeed, has to fail, or may do either (`None`: dead, but not
    /// found by a collection yet).
    pub fn upgradable(&self, target: Target) -> Option<bool> {
        match self.is_live(target) {
            true => self.reachable()[target.0].then_some(true),
            false => Some(false),
        }
    }

    /// Whether the value is still in the block that the `Weak` was made for.
    pub fn is_live(&self, (id, block): Target) -> bool {
        self.entries[id].state == State::Live && self.entries[id].block == block
    }

    fn live(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.iter().enumerate().filter(|(_, entry)| entry.state == State::Live)
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        self.live().count()
    }

    /// Checks the promises that hold at any moment, also in the middle of a destructor.
    pub fn check_reachable(&mut self) {
        let (reachable, least) = (self.reachable(), self.reachable_handles());
        let failed = self.live().filter(|(id, _)| reachable[*id]).find_map(|(id, entry)| {
            let count = entry.ghost().strong_count();
            if count < least[id] {
                return Some(format!(
                    "node {id} has count {count} and at least {} handles",
                    least[id]
                ));
            }
            (!self.locked.contains(&id) && entry.ghost().id() != id)
                .then(|| format!("node {id} is not itself"))
        });
        failed.into_iter().for_each(|what| self.fail(|| what));
    }

    /// Checks the promises that hold between two steps of the program, when no destructor is
    /// running.
    pub fn check_between_steps(&mut self) {
        self.check_reachable();
        self.check_counts();
        self.check_witnesses();
    }

    fn check_counts(&mut self) {
        let (handles, reachable) = (self.handles(), self.reachable());
        for id in 0..self.entries.len() {
            let entry = &self.entries[id];
            if entry.state != State::Live {
                if reachable[id] && entry.state == State::Dead {
                    self.fail(|| format!("node {id} is reachable and destroyed"));
                }
                continue;
            }
            let (ghost, found) = (entry.ghost(), handles[id]);
            let (count, weak, kind) = (ghost.strong_count(), ghost.weak_count(), entry.kind);
            let weaks = self.weak_handles(id);
            if found == 0 {
                self.fail(|| {
                    format!("node {id} ({kind:?}) has no handle and was not destroyed at once")
                });
            } else if count != found {
                self.fail(|| format!("node {id} ({kind:?}) has count {count} and {found} handles"));
            } else if weak != weaks {
                self.fail(|| {
                    format!("node {id} ({kind:?}) has weak count {weak} and {weaks} weak handles")
                });
            }
        }
        let (blocks, counted) = (self.blocks(), inspect::live_blocks() - self.strangers);
        if blocks != counted {
            self.fail(|| format!("there are {blocks} nodes and {counted} blocks"));
        }
    }

    /// Every dead node is reachable, through dead nodes, from a candidate.
    fn check_witnesses(&mut self) {
        let mut witnesses = Vec::new();
        for addr in inspect::candidates() {
            let node = self.live().find(|(_, entry)| entry.addr == addr).map(|(id, _)| id);
            match node {
                None => self.fail(|| format!("a candidate at {addr:#x} is no node")),
                Some(id) if self.locked.contains(&id) => {
                    self.fail(|| format!("node {id} is mutably borrowed and a candidate"));
                }
                Some(id) => witnesses.push(id),
            }
        }
        let reachable = self.reachable();
        witnesses.retain(|&id| !reachable[id]);
        let witnessed = self.reach(witnesses);
        let lost: Vec<_> =
            self.live().map(|(id, _)| id).filter(|&id| !reachable[id] && !witnessed[id]).collect();
        if !lost.is_empty() && !self.leaky && !self.frozen {
            self.fail(|| format!("nodes {lost:?} are dead, and no candidate leads to them"));
        }
    }

    /// Checks the promises that hold after a full collection in which no user code ran.
    pub fn check_complete(&mut self) {
        let reachable = self.reachable();
        let left: Vec<_> = self.live().map(|(id, _)| id).filter(|&id| !reachable[id]).collect();
        if !left.is_empty() {
            self.fail(|| format!("nodes {left:?} are dead and were not collected"));
        }
    }
}

/// Removes one occurrence; whether there was one.
pub fn remove<T: PartialEq>(list: &mut Vec<T>, what: &T) -> bool {
    let at = list.iter().position(|each| each == what);
    at.map(|at| list.swap_remove(at)).is_some()
}
