//! The end of a thread.
//!
//! The heap itself has no destructor. The first candidate that goes into a new list, or the first
//! block that dies, prepares a second thread-local that has one. Its destructor runs the last
//! collections, and frees the buffers and the free lists. Blocks that still have handles then (in
//! other thread-locals, in leaked memory) live on as plain counted blocks. No block is registered
//! any more.

use super::heap::{Exit, Heap, heap};
use super::old_set::OldSet;
use crate::raw::heaps::Local;

/// Implemented for [`Local`] above the floor.
pub(crate) trait LastCollections {
    /// Runs the last collections of a thread.
    fn collect_at_exit(heap: &Heap);
}

struct AtExit;

thread_local! {
    static AT_EXIT: AtExit = const { AtExit };
}

/// Registers the thread-exit hook. Returns `false` if the thread is already exiting.
pub(crate) fn prepare(heap: &Heap) -> bool {
    if heap.exit.get() == Exit::Unprepared {
        let prepared = AT_EXIT.try_with(|_| ()).is_ok();
        heap.exit.set(if prepared { Exit::Prepared } else { Exit::Over });
    }
    heap.exit.get() == Exit::Prepared
}

impl Drop for AtExit {
    fn drop(&mut self) {
        heap(|heap| {
            if heap.exit.get() != Exit::Over {
                Local::collect_at_exit(heap);
                give_up(heap);
            }
        });
    }
}

/// Gives up all candidates, and registers none any more.
pub(crate) fn give_up(heap: &Heap) {
    heap.exit.set(Exit::Over);
    let mut list = Vec::new();
    // Without memory for the list the buffers are leaked; no block is ever lost by that.
    if heap.young.drain_into(&mut list).is_ok() {
        list.iter().for_each(|block| block.header().set_idle());
        heap.young.shrink(0);
    }
    let young = list.len();
    if heap.old.drain_into(&mut list).is_ok() {
        list[young..].iter().for_each(|&block| OldSet::leave(block));
        heap.old.release_memory();
    }
    if heap.frozen.drain_into(&mut list).is_ok() {
        heap.frozen.release_memory();
    }
    list.iter().for_each(|block| block.header().arm());
    heap.deferred.forget();
    heap.scratch.take().iter().for_each(|block| block.header().arm());
    heap.free_lists.close();
}
