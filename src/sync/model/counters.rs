//! Takes the place of `raw/thread/counters.rs` in a model: nothing is counted, and so no collection
//! is automatic.

use super::Local;
use crate::sync::raw::candidates;

pub(crate) struct Counters {
    made: usize,
}

impl Counters {
    pub(super) const fn new() -> Self {
        Self { made: 0 }
    }
}

impl Local {
    pub(crate) fn count_allocation(&self) -> bool {
        true
    }

    /// Never called in a model, as [`count_allocation`](Self::count_allocation) always counts.
    pub(crate) fn count_and_refill(&self, _: usize) -> bool {
        match self.member() {
            Some(member) => member.count(1),
            None => candidates::count_of_no_thread(1),
        }
        true
    }

    pub(crate) fn made(&self) -> usize {
        self.counters.made
    }

    pub(crate) fn take_made(&self) -> usize {
        0
    }

    pub(crate) fn set_limit(&self, _: usize) {}

    pub(crate) fn ask(&self) {}

    pub(crate) fn ask_for_sample(&self) {}

    pub(crate) fn resume(&self) -> bool {
        false
    }

    pub(crate) fn freed(&self) {}

    pub(crate) fn freed_many(&self, _: usize) {}

    pub(crate) fn spend(&self, _: usize) -> bool {
        true
    }

    pub(crate) fn give_back(&self, _: usize) {}
}
