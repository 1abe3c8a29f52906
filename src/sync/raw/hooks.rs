//! The functions of the collector that the floor calls.

/// Implemented for [`Shared`](crate::raw::heaps::Shared) above the floor.
pub(crate) trait Hooks {
    /// This thread's list of candidates has reached the given length, at which a sample is due.
    fn buffer_grew(length: usize);

    /// A thread that ends has made this many blocks which it has not reported.
    fn tell(made: usize);

    /// Sweeps all lists of candidates, unless another thread decides, or `is_due` is false when
    /// that is sure.
    fn sweep_if_free(is_due: impl FnOnce() -> bool);

    /// Keeps the locks of the heap usable in a child process that is made by `fork`. Called before
    /// a lock is taken.
    fn prepare_fork();
}
