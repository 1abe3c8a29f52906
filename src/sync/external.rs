//! Memory that a shared value holds elsewhere, so that the pacing can see it.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::collector::pacing;

/// Declares that the shared value which has it as a field holds memory elsewhere: an image, a
/// mapped file, an object behind an FFI handle.
///
/// As the [local one](crate::ExternalMemory), for the heap that threads share: 1,024 bytes count as
/// one block. The budget that shrinks is that of the thread which makes it, the budget that grows
/// back is that of the thread which drops it.
///
/// # Examples
///
/// ```standalone_crate
/// use recyc::{Leaf, Trace, sync::{self, ExternalMemory, Gc}};
/// use std::sync::OnceLock;
/// # mod foreign { pub struct Pixels; }
///
/// #[derive(Trace)]
/// struct Image {
///     pixels: Leaf<foreign::Pixels>,
///     size: ExternalMemory,
///     thumbnail_of: OnceLock<Gc<Image>>,
/// }
///
/// for _ in 0..100 {
///     let image = Gc::new(Image { pixels: Leaf(foreign::Pixels), size: ExternalMemory::new(4_000_000), thumbnail_of: OnceLock::new() });
///     _ = image.thumbnail_of.set(image.clone());
/// }
/// // Far less than two thousand blocks were allocated, and the cycles were collected all the same.
/// assert!(sync::stats().live < 10);
/// ```
#[derive(Debug)]
pub struct ExternalMemory {
    bytes: AtomicUsize,
}

impl ExternalMemory {
    /// Declares `bytes` bytes.
    #[must_use = "dropping it takes the declaration back"]
    pub fn new(bytes: usize) -> Self {
        pacing::external_changes(0, bytes, || true);
        Self { bytes: AtomicUsize::new(bytes) }
    }

    /// The number of bytes that are declared.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // Relaxed: a number that publishes nothing.
        self.bytes.load(Relaxed)
    }

    /// Declares another number of bytes: the buffer has grown or shrunk.
    pub fn resize(&self, bytes: usize) {
        loop {
            let before = self.bytes();
            // AcqRel: a thread that replaces a number subtracts it from the sum, which must come
            // after the addition by another thread. Relaxed: as above.
            let change = || self.bytes.compare_exchange(before, bytes, AcqRel, Relaxed).is_ok();
            if pacing::external_changes(before, bytes, change) {
                break;
            }
        }
    }
}

impl Drop for ExternalMemory {
    fn drop(&mut self) {
        pacing::external_changes(*self.bytes.get_mut(), 0, || true);
    }
}
