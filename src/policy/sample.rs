//! How often a young candidate is sampled, and which one.

use std::cell::Cell;

use crate::raw::sizes::size;

/// After this number of new candidates the first sample since a collection is taken. The next ones
/// are taken each time when the list has doubled.
pub(crate) const FIRST: usize = 2;

/// The largest number of new candidates between two samples.
pub(crate) const MOST: usize = size(64, 8);

/// Returns a number that chooses a block. The numbers have no short period, as the candidates may
/// have one.
pub(crate) fn choose(last: &Cell<u32>) -> usize {
    let next = last.get().wrapping_mul(0x915f_77f5).wrapping_add(1);
    last.set(next);
    (next >> 16) as usize
}
