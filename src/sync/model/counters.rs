//! Takes the place of `raw/thread/counters.rs` in a model: nothing is counted, and so no collection
//! is automatic.

use super::Local;

pub(crate) struct Counters;

impl Counters {
    pub(super) const fn new() -> Self {
        Self
    }
}

impl Local {
    pub(crate) fn count_allocation(&self) -> bool {
        true
    }

    pub(crate) fn count_and_refill(&self, _: usize) -> bool {
        true
    }

    pub(crate) fn made(&self) -> usize {
        0
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
