//! The roots of a collection: candidates that are being captured.

use crate::local::raw::BlockPtr;
use crate::raw::prefetch::{AHEAD, prefetch};

/// The list while the roots are captured: those that stay move up.
pub(super) struct Roots<'a> {
    pub(super) blocks: &'a mut [BlockPtr],
    pub(super) kept: usize,
    /// How many handles they have.
    pub(super) handles: usize,
}

impl Roots<'_> {
    #[inline(always)]
    pub(super) fn at(&self, at: usize) -> BlockPtr {
        if let Some(ahead) = self.blocks.get(at + AHEAD) {
            prefetch(ahead.as_ptr());
        }
        self.blocks[at]
    }

    /// Captures a block. The list has been read up to here, so it has room.
    #[inline(always)]
    pub(super) fn take(&mut self, block: BlockPtr) {
        let count = block.header().count();
        block.header().capture(count);
        self.handles += count as usize;
        self.blocks[self.kept] = block;
        self.kept += 1;
    }
}
