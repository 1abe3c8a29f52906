//! Checks the state of all blocks that can be reached: a walk that decides nothing, for tests.
//!
//! The check has the collector's lock, so no other thread freezes a block. It reads each value as a
//! collection does: frozen, and with its locks taken. It pins the blocks that it has found before
//! it releases the locks.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::turn::Turn;
use super::{AsPass, Collector, Running, Walk, give_suspended_up, trace};
use crate::raw::guards::Guards;
use crate::raw::tracer::Ring;
use crate::raw::unwind::Payload;
use crate::sync::raw::header::PIN;
use crate::sync::raw::{BlockPtr, candidates};
use crate::trace::Tracer;

/// Checks each block that can be reached from the handles that `report` reports, or from
/// candidates. Returns the number of these blocks. Does nothing in the middle of a collection.
///
/// # Panics
///
/// If a block violates an invariant, or a `trace` panics.
pub(crate) fn reachable(report: impl FnOnce(&mut Tracer<'_>)) -> usize {
    let Some(running) = Running::start() else { return 0 };
    let mut walk = Reached::default();
    let mut collector = Turn::wait();
    give_suspended_up(&mut collector, false);
    let Collector { young, old, frozen, .. } = &mut *collector;
    young.take_all();
    let listed: BTreeSet<_> = young.iter().chain(old.iter()).chain(frozen.iter()).collect();
    let found = walk.all(report, &listed).map(|()| walk.fault(&listed));
    drop(collector);
    drop(running);
    let all = walk.handles.len();
    drop(walk);
    match found {
        Ok(None) => all,
        Ok(Some(fault)) => panic!("{fault}"),
        Err(payload) => resume_unwind(payload),
    }
}

/// The blocks that were found so far, each with the number of handles that lead to it. The walk has
/// a pin of each block.
#[derive(Default)]
struct Reached {
    handles: BTreeMap<BlockPtr, u32>,
    blocks: Vec<BlockPtr>,
    guards: Guards,
    /// A block that a collection has left frozen. A use of its value would wait forever.
    left_frozen: Option<BlockPtr>,
}

impl Reached {
    fn find(&mut self, block: BlockPtr, handles: u32) {
        let known = self.handles.entry(block).or_insert_with(|| {
            block.header().pin();
            self.blocks.push(block);
            0
        });
        *known += handles;
    }

    fn all(
        &mut self,
        report: impl FnOnce(&mut Tracer<'_>),
        listed: &BTreeSet<BlockPtr>,
    ) -> Result<(), Payload> {
        // A panic is caught before a lock is released, because the lock would be poisoned
        // otherwise.
        let told = catch_unwind(AssertUnwindSafe(|| {
            report(&mut Tracer::new(&mut Ring::new(), &mut AsPass(self)))
        }));
        self.guards.release();
        told?;
        listed.iter().for_each(|&block| self.find(block, 0));
        let mut next = 0;
        while let Some(&block) = self.blocks.get(next) {
            next += 1;
            if block.header().word().is_frozen() {
                self.left_frozen.get_or_insert(block);
            }
            // A leaf owns no handle. Its type may change at this time: a `MaybeUninit` that becomes
            // a `T`.
            if !block.header().word().is_leaf() && block.header().freeze().is_some() {
                // SAFETY: by *frozen*, the value is whole: it was frozen just now, and stays so
                // until the locks that are taken in it are released.
                let traced = unsafe { trace(block, self) };
                self.guards.release();
                block.header().thaw();
                traced?;
            }
        }
        Ok(())
    }

    /// A description of the first invariant that is violated.
    fn fault(&self, listed: &BTreeSet<BlockPtr>) -> Option<String> {
        if let Some(block) = self.left_frozen {
            return Some(format!(
                "a block is frozen, and no collection runs: {:?}",
                block.header().word()
            ));
        }
        self.handles.iter().find_map(|(block, &handles)| {
            let header = block.header();
            let word = header.word();
            // A held block belongs to a collection that calls finalizers, and its entry may belong
            // to that collection too.
            let entry = listed.contains(block) || header.is_held() || candidates::has_given_up();
            Some(match () {
                () if word.count() < handles => {
                    format!("{handles} handles were found, and there are fewer: {word:?}")
                }
                () if word.is_dead() && handles > 0 => {
                    format!("a handle leads to a dead block: {word:?}")
                }
                () if word.entries() > 0 && !word.is_gone() && !entry => {
                    format!("a block is registered nowhere: {word:?}")
                }
                () => return None,
            })
        })
    }
}

impl Walk for Reached {
    fn edge(&mut self, target: BlockPtr) {
        // As in a sample: a collection that calls finalizers relies on a drop to set `CANDIDATE`.
        if !target.header().is_held() {
            target.header().allow();
        }
        self.find(target, 1);
    }

    fn guards(&mut self) -> &mut Guards {
        &mut self.guards
    }
}

impl Drop for Reached {
    fn drop(&mut self) {
        self.guards.release();
        for block in self.blocks.drain(..) {
            // SAFETY: by *pins*, the memory was kept by this pin, which was taken when the block
            // was found.
            unsafe { block.unpin(PIN) };
        }
    }
}
