//! The unsafe floor: the block, its header and what is reached by raw pointers.
//!
//! Everything above sees a block as a [`BlockPtr`]: one word, whatever the type of the value. The invariants that the
//! floor keeps, by the names that SAFETY comments use:
//!
//! - **count**: a block's count is the number of its handles, plus one for a finalizer that runs or that the program has to
//!   ask for. While it is above zero the value is whole and the memory is not freed.
//! - **young**: an entry of the young buffer is empty or points to a block that is not freed, quiet, and has the entry's
//!   index in its state.
//! - **old**: a block is in the old or the frozen set exactly while its `IN_OLD` tag is set. In the
//!   old set it has the entry's index in its state, so it is not in the young buffer then; a
//!   collection that captures it notes the index aside.
//! - **deferred**: each entry of the list of kept blocks owns one count of its block. A block in the list of those that have
//!   ended has no handle, no open `Weak`, and is in no other list.
//! - **idle**: outside a collection no block is in a captured state.
//! - **side**: while the `SIDE` tag is set, the meta word points to a side record that this block
//!   keeps alive.
//! - **unreached**: a value under `&mut` is in no candidate list and no readable handle leads to it, so no collection
//!   traces it.

pub(crate) mod audit;
pub(crate) mod block;
pub(crate) mod candidates;
pub(crate) mod check;
pub(crate) mod deferred;
pub(crate) mod exit;
pub(crate) mod frozen;
pub(crate) mod header;
pub(crate) mod heap;
pub(crate) mod memory;
pub(crate) mod release;
pub(crate) mod scratch;
pub(crate) mod side;
pub(crate) mod vtable;
pub(crate) mod wide;

pub(crate) use block::{Block, BlockPtr};
pub(crate) use heap::{Heap, heap};
