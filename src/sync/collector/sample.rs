//! Estimates what new candidates own, by a sample. See the local heap's module of this name.
//!
//! A sample reads values as the first pass of a collection does: under the collector's lock, in
//! frozen blocks, and with their locks taken. It counts no handles and decides nothing.

use super::turn::{Turn, Wait};
use super::{Running, Walk, pacing, raise, trace_as};
use crate::policy::sample;
use crate::raw::guards::Guards;
use crate::sync::raw::thread::local;
use crate::sync::raw::{BlockPtr, candidates};

/// How many blocks are traced for one sample.
const BLOCKS: usize = 4;

/// The pass of one sample.
struct Sample {
    promote_after: u8,
    /// The candidate, and blocks that frozen ones lead to.
    blocks: [Option<BlockPtr>; BLOCKS],
    len: usize,
    bytes: usize,
    guards: Guards,
}

impl Walk for Sample {
    fn edge(&mut self, target: BlockPtr) {
        if self.len == BLOCKS || self.blocks.contains(&Some(target)) {
            return;
        }
        let header = target.header();
        let word = header.word();
        // Old blocks wait for a full collection, and other candidates have samples of their own. A
        // leaf has no entry.
        if header.age() < self.promote_after && (word.is_leaf() || !word.is_buffered()) {
            self.blocks[self.len] = Some(target);
            self.len += 1;
        }
    }

    fn note_bytes(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn guards(&mut self) -> &mut Guards {
        &mut self.guards
    }
}

/// Takes a sample of the new candidates of this thread, if one is due and no collection runs or
/// decides.
///
/// # Panics
///
/// If the `trace` of a value does. Nothing is changed then.
#[cold]
pub(super) fn take() {
    if local(|local| local.must_sample.replace(false)) != Some(true) || std::thread::panicking() {
        return;
    }
    let Some(running) = Running::start() else { return };
    let Some(turn) = Turn::take(Wait::No) else { return };
    let choice = local(|local| sample::choose(&local.choice)).unwrap_or(0);
    let (candidate, new) = candidates::sample(choice);
    let promote_after = pacing::config().promote_after;
    let Some(candidate) = candidate.filter(|block| block.header().age() < promote_after) else {
        return;
    };
    let mut sample =
        Sample { promote_after, blocks: [None; BLOCKS], len: 1, bytes: 0, guards: Guards::new() };
    sample.blocks[0] = Some(candidate);
    let mut traced = 0;
    let mut result = Ok(());
    while let (Some(block), true) = (sample.blocks.get(traced).copied().flatten(), result.is_ok()) {
        let header = block.header();
        // A block that is held belongs to a collection that calls finalizers. That collection
        // relies on a drop to set `CANDIDATE` again, so the flag is not set here.
        let is_held = header.is_held();
        if !is_held && traced > 0 {
            header.allow();
        }
        if is_held || header.freeze().is_none() {
            sample.blocks[traced] = None;
        } else {
            // Another thread may give a leaf the type of its value at this time.
            let vtable = header.acquire_vtable();
            // SAFETY: by *frozen*, the value is whole and not under `&mut` until it is thawed
            // below. A value that was written late was acquired with its vtable.
            result = unsafe { trace_as(vtable, block, &mut sample) };
        }
        traced += 1;
    }
    // The locks stand in frozen values.
    sample.guards.release();
    sample.blocks[..traced].iter().flatten().for_each(|block| block.header().thaw());
    drop(turn);
    drop(running);
    if let Err(payload) = result {
        return raise(payload);
    }
    pacing::sampled(sample.bytes.saturating_mul(new));
}
