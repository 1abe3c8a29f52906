//! The unsafe floor: the block, its header and what is reached by raw pointers.
//!
//! All other code sees a block as a [`BlockPtr`]: one word, whatever the type of the value.
//!
//! # Invariants
//!
//! By the names that SAFETY comments use. [`crate::raw`] lists those of both heaps: *pointer*,
//! *layout*, *vtable*.
//!
//! - **count**: a block's count is the number of its handles, plus one for a finalizer that runs or
//!   that the program has to ask for. While it is above zero the value is whole and the memory is
//!   not freed. The code that releases the last one ends the block.
//! - **detached**: a block is detached if it has no handle, no list of candidates and no open
//!   `Weak` leads to it, and no collection has captured it. Only the code that detached it, or the
//!   list that it is in, leads to it then, and no other code reads its header. Its value is whole
//!   until that code destroys it.
//! - **to free**: a block in the to-free list is detached, and its first word is the link to the
//!   next.
//! - **young**: an entry of the young buffer is empty or points to a block that is not freed,
//!   quiet, and has the entry's index in its state.
//! - **old**: a block is in the old or the frozen set exactly while its `IN_OLD` tag is set. In the
//!   old set it has the entry's index in its state, so it is not in the young buffer then; a
//!   collection that captures it notes the index aside.
//! - **deferred**: each entry of the list of kept blocks owns one count of its block. A block in
//!   the list of those that have ended is detached.
//! - **idle**: outside a collection no block is in a captured state.
//! - **meta**: see [`Meta`](header), the word that leads to the vtable and the side record.
//! - **side**: while the `SIDE` tag is set, the meta word points to a side record that this block
//!   keeps alive. The record has invariants of its own: *share*, *upgradable*, *kept* and
//!   *observed*, see [`Side`](side::Side).
//! - **unreached**: a value under `&mut` is in no candidate list and no readable handle leads to
//!   it, so no collection traces it.
//! - **thread**: a heap and its lists belong to one thread and live as long as it does. A list is
//!   borrowed only in the file that defines it, by code that calls nothing that leads back there.
//! - **capacity**: an entry is written below the capacity of its list, and the length of the list
//!   covers only entries that were written.

pub(crate) mod audit;
pub(crate) mod balance;
pub(crate) mod block;
pub(crate) mod candidates;
pub(crate) mod check;
pub(crate) mod death;
pub(crate) mod deferred;
pub(crate) mod drop;
pub(crate) mod exit;
pub(crate) mod finalizer;
pub(crate) mod frozen;
pub(crate) mod header;
pub(crate) mod heap;
pub(crate) mod memory;
pub(crate) mod old_set;
pub(crate) mod pacing;
pub(crate) mod register;
pub(crate) mod scratch;
pub(crate) mod side;
pub(crate) mod vtable;
pub(crate) mod wide;

pub(crate) use block::{Block, BlockPtr};
pub(crate) use heap::{Heap, heap};
