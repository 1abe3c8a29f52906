//! What a collection may capture.

use crate::local::raw::Heap;
use crate::policy::Kind;

/// The limits of a collection, which its kind decides.
pub(super) struct Limits {
    /// Blocks of this age are not entered, except as roots.
    pub(super) old_age: u8,
    /// The number of blocks that may be captured.
    pub(super) work_limit: usize,
    /// The collection enters old blocks.
    pub(super) is_full: bool,
}

/// An age that no block reaches.
const NEVER: u8 = u8::MAX;

impl Limits {
    pub(super) fn of(heap: &Heap, kind: Kind) -> Self {
        match kind {
            Kind::Young { work_limit } => Self {
                old_age: heap.promote_after.get(),
                work_limit: work_limit.map_or(usize::MAX, |limit| limit.get()),
                is_full: false,
            },
            Kind::Full => Self { old_age: NEVER, work_limit: usize::MAX, is_full: true },
        }
    }
}
