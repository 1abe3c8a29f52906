//! The first walk: from the candidates to all they reach, one value at a time, while other threads run on.
//!
//! Breadth first. The captured blocks and the edges between them are kept in two lists, so that the decision needs no
//! second look at the values. What is found is a guess: a handle may move from a value that was not read yet to one that
//! was, and be missed, or the other way and be counted twice.
//!
//! Two things are exact. A block is held by a pin from the moment its handle was seen, while that handle could not go; and
//! a value is read only while it is frozen.

use super::{Collector, Walk, trace};
use crate::collector::{Kind, Payload};
use crate::stats::Collected;
use crate::sync::collector::pacing;
use crate::sync::raw::BlockPtr;
use crate::sync::raw::candidates::{Entries, take_all};
use crate::sync::raw::guards::Guards;
use crate::sync::raw::header::{HELD, Header, MAX_PLACE, PIN};
use crate::sync::raw::release::Handle;
use crate::sync::raw::sabotage::{Sabotage, is_sabotaged};

/// A captured block.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) block: BlockPtr,
    /// What the first round of a commit has read.
    pub(crate) census: u64,
    /// How many handles there were when the value was read.
    pub(crate) count: u32,
    /// How many of them were found in captured blocks.
    pub(crate) found: u32,
    /// Where in the list of edges those of this block are.
    pub(crate) edges: (u32, u32),
    state: u8,
}

impl Node {
    /// The entry of a candidate list is in our hands, and its pin.
    const ENTRY: u8 = 1;
    /// The collection has its own pin.
    const HELD: u8 = 2;
    /// The value was read.
    const TRACED: u8 = 4;
    /// Presumed dead, or waiting for its finalizer and then for another look.
    const DEAD: u8 = 8;
    /// Frozen by the commit that runs.
    const GROUP: u8 = 16;
    /// Dead for sure.
    const CONDEMNED: u8 = 32;
    /// All its handles lead to the dead, and no cell in it could be filled after it was looked at.
    const SETTLED: u8 = 64;

    fn new(block: BlockPtr, state: u8) -> Self {
        Self { block, census: 0, count: 0, found: 0, edges: (0, 0), state }
    }

    pub(crate) fn is_traced(&self) -> bool {
        self.state & Self::TRACED != 0
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state & Self::DEAD != 0
    }

    pub(crate) fn presume_dead(&mut self) {
        self.state |= Self::DEAD;
    }

    pub(crate) fn presume_alive(&mut self) {
        self.state &= !(Self::DEAD | Self::GROUP);
    }

    /// Whether the running commit has frozen the block.
    pub(crate) fn is_in_group(&self) -> bool {
        self.state & Self::GROUP != 0
    }

    /// Frozen by a commit, with no handles found so far.
    pub(crate) fn join_group(&mut self) {
        self.state = self.state & !Self::SETTLED | Self::GROUP;
        (self.found, self.edges) = (0, (0, 0));
    }

    pub(crate) fn settle(&mut self) {
        self.state |= Self::SETTLED;
    }

    /// The commit has come to its verdict.
    pub(crate) fn leave_group(&mut self, condemned: bool) {
        self.state = self.state & !Self::GROUP | if condemned { Self::CONDEMNED } else { 0 };
    }

    fn corpse(&self) -> Corpse {
        let entry = if self.state & Self::ENTRY != 0 { PIN } else { 0 };
        let held = if self.state & Self::HELD != 0 { HELD } else { 0 };
        Corpse { block: self.block, pins: PIN + entry + held, settled: self.state & Self::SETTLED != 0 }
    }
}

/// A condemned block, which nobody but us reaches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Corpse {
    pub(crate) block: BlockPtr,
    /// The pins that end with the block: ours, that of the entry, and that of the handles.
    pub(crate) pins: u32,
    /// It has no handles to the living.
    pub(crate) settled: bool,
}

/// The blocks that a collection looks at.
#[derive(Default)]
pub(crate) struct Capture {
    pub(crate) nodes: Vec<Node>,
    /// Places in `nodes`.
    pub(crate) edges: Vec<u32>,
    /// The presumed dead, places in `nodes`; those that hang together stand together.
    pub(crate) dead: Vec<u32>,
    /// Where in `dead` each group of them ends.
    pub(crate) group_ends: Vec<u32>,
    /// The group that is being looked at.
    pub(crate) group: Vec<u32>,
    pub(crate) corpses: Vec<Corpse>,
    /// Places in `nodes` that are still to be looked at, in a walk along the edges.
    pub(crate) queue: Vec<u32>,
    /// Entries that no walk starts from.
    kept: Vec<BlockPtr>,
    guards: Guards,
    /// What the dead held of the living before the verdict, see [`Sabotage::RecordedEdges`].
    #[cfg(recyc_sabotage)]
    pub(crate) recorded: Vec<BlockPtr>,
    /// Blocks of this age are not entered, except as roots.
    old_age: u8,
    promote_after: u8,
    work_limit: usize,
    first_round: bool,
    no_memory: bool,
    /// Some captured block was entered whose finalizer may be due.
    pub(crate) finalizes: bool,
    /// Some captured block was entered that cannot be disposed.
    pub(crate) drops: bool,
}

/// An age that no block reaches.
const NEVER: u8 = u8::MAX;

impl Capture {
    /// Takes the candidates from all lists.
    pub(crate) fn start(&mut self, collector: &mut Collector, kind: Kind) {
        self.promote_after = pacing::config().promote_after;
        (self.old_age, self.work_limit) = match kind {
            Kind::Minor { work_limit } => (self.promote_after, work_limit.map_or(usize::MAX, |limit| limit.get())),
            _ => (NEVER, usize::MAX),
        };
        self.first_round = true;
        self.drops = false;
        let mut entries = std::mem::take(&mut self.kept);
        collector.young.move_to(&mut entries);
        take_all(&mut entries);
        if self.old_age == NEVER {
            collector.old.move_to(&mut entries);
        }
        self.no_memory = self.nodes.try_reserve(entries.len()).is_err();
        entries.retain(|&block| !self.take_root(block));
        self.kept = entries;
    }

    /// Makes a root of an entry, or lets go of it if its block is gone; false if the entry is to stay an entry.
    fn take_root(&mut self, block: BlockPtr) -> bool {
        let header = block.header();
        let word = header.word();
        if word.is_no_candidate() {
            // SAFETY: the entry's pin is given up with the entry.
            unsafe { block.unpin(PIN) };
            return true;
        }
        // Without `CANDIDATE` the block was under `&mut`, and the next drop of a handle makes it a root again. Held, it
        // belongs to a collection that calls finalizers. In both cases it may yet be entered along an edge, or not.
        if !word.is_candidate() || header.is_held() || self.no_memory || self.nodes.len() > MAX_PLACE {
            return false;
        }
        header.set_place(self.nodes.len());
        self.nodes.push(Node::new(block, Node::ENTRY));
        true
    }

    /// Traces the roots and all that they reach; what a `trace` panicked with, or nothing if memory is missing, if the
    /// collection has to be given up.
    pub(crate) fn trace_all(&mut self) -> Result<(), Option<Payload>> {
        self.edges.clear();
        let mut at = 0;
        while at < self.nodes.len().min(self.work_limit) {
            let block = self.nodes[at].block;
            let start = self.edges.len() as u32;
            if let Some(word) = block.header().freeze() {
                self.finalizes |= !word.is_finalized();
                self.drops |= block.header().vtable().kind.drops();
                // SAFETY: frozen just now.
                let traced = unsafe { trace(block, self) };
                self.guards.release();
                block.header().thaw();
                if is_sabotaged(Sabotage::CountPins) {
                    drop(Handle(block));
                }
                traced.map_err(Some)?;
                self.nodes[at].count = word.count();
                self.nodes[at].state |= Node::TRACED;
            }
            self.nodes[at].edges = (start, self.edges.len() as u32);
            if self.no_memory {
                return Err(None);
            }
            at += 1;
        }
        Ok(())
    }

    /// The place of a captured block.
    #[inline]
    pub(crate) fn find(&self, block: BlockPtr) -> Option<usize> {
        let place = block.header().place();
        (self.nodes.get(place)?.block == block).then_some(place)
    }

    /// After the last round: who waits for a finalizer lives until the next collection.
    pub(crate) fn revive_all(&mut self) {
        self.nodes.iter_mut().for_each(Node::presume_alive);
    }

    /// Lets go of all captured blocks but the dead: the entries of survivors go back into lists, our pins end. The condemned
    /// become corpses, and who waits for finalizers stays.
    pub(crate) fn release_survivors(&mut self, collector: &mut Collector, report: &mut Collected) {
        let (young, old) = (&mut collector.young, &mut collector.old);
        let all = self.nodes.len() + self.kept.len();
        let room = young.reserve(all) && old.reserve(all);
        for node in &self.nodes {
            report.captured += usize::from(node.is_traced());
            if node.state & Node::CONDEMNED != 0 {
                // There is room: it was made before somebody could be condemned.
                self.corpses.push(node.corpse());
                continue;
            }
            if node.is_dead() {
                continue;
            }
            let header = node.block.header();
            let gone = header.word().is_gone();
            report.survivors += usize::from(node.is_traced() && !gone);
            report.resurrected += usize::from(!self.first_round && node.state & Node::ENTRY != 0 && !gone);
            if self.first_round && node.is_traced() {
                header.grow_older();
            }
            if node.state & Node::ENTRY != 0 {
                put_back(node.block, if header.age() >= self.promote_after && room { old } else { young });
            }
            if node.state & Node::HELD != 0 {
                // SAFETY: the pin is ours, and the node goes.
                unsafe { node.block.unpin(HELD) };
            }
        }
        for block in self.kept.drain(..) {
            put_back(block, young);
        }
        old.sweep_if_doubled();
        self.nodes.retain(|node| node.is_dead() && node.state & Node::CONDEMNED == 0);
        self.finalizes = false;
    }

    /// Lets other collections know that these are ours while their finalizers run: they could be found along edges.
    pub(crate) fn hold_dead(&mut self) {
        for node in &mut self.nodes {
            if node.state & Node::HELD == 0 && node.block.header().hold() {
                node.state |= Node::HELD;
            }
        }
    }

    /// Makes the dead of this round, whose finalizers were called, the roots of the next.
    pub(crate) fn next_round(&mut self) {
        self.first_round = false;
        self.work_limit = usize::MAX;
        for (place, node) in self.nodes.iter_mut().enumerate() {
            node.block.header().set_place(place);
            node.state &= Node::ENTRY | Node::HELD;
            node.found = 0;
        }
    }

    #[inline]
    fn enter(&mut self, header: &Header, block: BlockPtr) {
        let place = self.nodes.len();
        // Room comes first, so that there is nothing to undo after the pin.
        if place > MAX_PLACE || self.nodes.try_reserve(1).is_err() || !self.has_room_for_edge() {
            self.no_memory = true;
        } else if header.hold() {
            header.allow();
            header.set_place(place);
            self.nodes.push(Node { found: 1, ..Node::new(block, Node::HELD) });
            self.edges.push(place as u32);
        }
        // Otherwise it belongs to a collection that calls finalizers: our handle counts as one from outside there.
    }

    #[inline]
    fn has_room_for_edge(&mut self) -> bool {
        self.edges.len() < u32::MAX as usize && self.edges.try_reserve(1).is_ok()
    }

    pub(crate) fn guards_mut(&mut self) -> &mut Guards {
        &mut self.guards
    }

    /// Empties all lists, and keeps the memory that a usual collection needs.
    pub(crate) fn clear(&mut self) {
        fn empty<T>(list: &mut Vec<T>) {
            list.clear();
            list.shrink_to(1 << 14);
        }
        empty(&mut self.nodes);
        empty(&mut self.corpses);
        empty(&mut self.kept);
        for list in [&mut self.edges, &mut self.dead, &mut self.group_ends, &mut self.group, &mut self.queue] {
            empty(list);
        }
    }
}

/// Puts the entry of a survivor into a list, unless the block has died in the meantime.
fn put_back(block: BlockPtr, entries: &mut Entries) {
    let forget = is_sabotaged(Sabotage::ForgetEntry);
    if forget {
        block.header().forget_entry();
    }
    if forget || block.header().word().is_no_candidate() {
        // SAFETY: the entry's pin is given up with the entry.
        unsafe { block.unpin(PIN) };
    } else {
        // There is room: it was made before.
        entries.push(block);
    }
}

impl Walk for Capture {
    #[inline]
    fn edge(&mut self, target: BlockPtr) {
        let header = target.header();
        if header.word().is_leaf() {
            return;
        }
        let Some(place) = self.find(target) else {
            if header.age() < self.old_age {
                self.enter(header, target);
            }
            return;
        };
        header.allow();
        self.nodes[place].found = self.nodes[place].found.saturating_add(1);
        if self.has_room_for_edge() {
            self.edges.push(place as u32);
        } else {
            self.no_memory = true;
        }
    }

    fn guards(&mut self) -> &mut Guards {
        &mut self.guards
    }
}
