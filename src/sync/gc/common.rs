//! What a handle has in common with its twin of one thread: see `handles`.

use super::uninit_block::UninitBlock;
use super::{Gc, Weak};
use crate::sync::raw::block::block_of;
use crate::sync::raw::candidates;
use crate::sync::raw::vtable::Vtable;
use crate::sync::raw::{Block, BlockPtr};

crate::handles::handles!("recyc::sync", [+ Send + Sync]);

/// The block has a value of another type from now on.
fn retype(block: BlockPtr, vtable: &'static Vtable) {
    if block.header().retype(vtable) {
        candidates::push(block);
    }
}
