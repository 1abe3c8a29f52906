//! The end of a thread.
//!
//! The heap itself has no destructor. The first registration of a candidate, or the first block
//! that dies, prepares a second thread-local that has one: it runs the last collection and gives
//! the buffers and all spare memory back. Blocks that are still held then (by other thread-locals,
//! by leaked memory) live on as plain counted blocks; nothing is registered any more.

use super::heap::{Exit, Heap, heap};
use super::old_set::OldSet;

struct AtExit;

thread_local! {
    static AT_EXIT: AtExit = const { AtExit };
}

/// Sees to it that the end of the thread is noticed; false if it is past.
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
                crate::local::collector::at_thread_exit(heap);
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
