//! Memory that a value holds elsewhere, so that the pacing can see it.

use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::local::raw::heap;

/// Says that the value it is a field of holds memory elsewhere: an image, a mapped file, an object
/// behind an FFI handle.
///
/// Collections are triggered by the number of allocated blocks, and by the bytes that blocks and
/// the fields of traced values own, see [`Config::young_bytes`](crate::Config::young_bytes). Memory
/// that no field with a [`Trace`](crate::Trace) owns is not known to the collector. An
/// `ExternalMemory` makes its bytes count as well, 1,024 of them as one block: by creating it the
/// budget until the next collection shrinks, by dropping it the bytes are given back. It never
/// collects by itself: the next [`Gc::new`](crate::Gc::new) does.
///
/// Bytes that live in the block itself, or in a `Vec`, `String`, `Box` or map that is a traced
/// field, need not be declared.
///
/// # Examples
///
/// ```
/// use recyc::{ExternalMemory, Gc, GcCell, Leaf, Trace};
/// # mod foreign { pub struct Pixels; }
///
/// #[derive(Trace)]
/// struct Image {
///     pixels: Leaf<foreign::Pixels>,
///     size: ExternalMemory,
///     thumbnail_of: GcCell<Option<Gc<Image>>>,
/// }
///
/// let image = |bytes: usize| {
///     Gc::new(Image { pixels: Leaf(foreign::Pixels), size: ExternalMemory::new(bytes), thumbnail_of: GcCell::new(None) })
/// };
/// for _ in 0..100 {
///     let (big, small) = (image(4_000_000), image(1_000));
///     small.thumbnail_of.set(Some(big.clone()));
///     big.thumbnail_of.set(Some(small));
/// }
/// // Far less than two thousand blocks were allocated, and the cycles were collected all the same.
/// assert!(recyc::stats().live < 10);
/// ```
#[derive(Debug)]
pub struct ExternalMemory {
    bytes: Cell<usize>,
    /// The bytes are counted on this thread.
    _local: PhantomData<Rc<()>>,
}

impl ExternalMemory {
    /// Declares `bytes` bytes.
    #[must_use = "dropping it takes the declaration back"]
    pub fn new(bytes: usize) -> Self {
        heap(|heap| heap.pacing.external_grows(heap, bytes));
        Self { bytes: Cell::new(bytes), _local: PhantomData }
    }

    /// How many bytes are declared.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// Declares another number of bytes: the buffer has grown or shrunk.
    pub fn resize(&self, bytes: usize) {
        let before = self.bytes.replace(bytes);
        heap(|heap| {
            if bytes > before {
                heap.pacing.external_grows(heap, bytes - before);
            } else {
                heap.pacing.external_shrinks(heap, before - bytes);
            }
        });
    }
}

impl Drop for ExternalMemory {
    fn drop(&mut self) {
        heap(|heap| heap.pacing.external_shrinks(heap, self.bytes.get()));
    }
}
