//! What a handle has in common with its twin for threads: see `handles`.

use super::Gc;
use super::uninit_block::UninitBlock;
use crate::local::raw::Block;
use crate::local::raw::BlockPtr;
use crate::local::raw::block::block_of;
use crate::local::raw::vtable::Vtable;
use crate::local::weak::Weak;

crate::handles::handles!("recyc", []);

/// The block has a value of another type from now on.
fn retype(block: BlockPtr, vtable: &'static Vtable) {
    block.header().retype(vtable);
}
