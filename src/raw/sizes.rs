//! The sizes at which the collectors change how they work, lowered for tests.
//!
//! Many steps behave otherwise from some number of blocks on: a list is sorted, a window is closed,
//! a group is split, memory is given back. A random program has a few dozen blocks and reaches none
//! of these sizes. A build with `RUSTFLAGS="--cfg recyc_small"` lowers them, so that it reaches
//! all.

/// Returns `usual`, or `small` in a build with `--cfg recyc_small`.
pub(crate) const fn size(usual: usize, small: usize) -> usize {
    if cfg!(recyc_small) { small } else { usual }
}
