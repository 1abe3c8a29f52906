//! Spare memory: that of freed blocks, kept for the next ones of the same size.
//!
//! Blocks die one by one or thousands at a time, and new ones of the same few sizes are wanted at once. An allocator that
//! serves every size and thread takes about 60 instructions for each such piece and more for a batch; a list of pieces
//! of one size takes six. So a short list for each size stands before the allocator.
//!
//! Each piece came from the global allocator with the layout that its size stands for (*spare*), and goes back with that
//! layout: when its list is full, when it was not needed between two collections, or at the end of the thread.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ptr::NonNull;

use crate::local::raw::exit;
use crate::local::raw::header::Header;
use crate::local::raw::heap::{Exit, Heap, heap};

/// Larger blocks are left to the allocator; what it costs is little beside filling them.
const LARGEST: usize = 512;

/// Sizes of blocks differ by this much at least.
const STEP: usize = align_of::<Header>();

const SIZES: usize = LARGEST / STEP + 1;

/// The lists of one thread.
pub(crate) struct Spare([List; SIZES]);

/// The spare pieces of one size.
///
/// - **length**: the pieces are a chain of `length` links, each in the first word of a piece; `head` is the first.
/// - **spare**: each was allocated with the layout of this size, is not used, and belongs to this list alone.
struct List {
    head: Cell<*mut Link>,
    length: Cell<u32>,
    /// How long the list may become; zero until somebody sees to the end of the thread.
    limit: Cell<u32>,
}

struct Link {
    next: *mut Link,
}

/// The list for a layout; the same for equal layouts, and known when the program is compiled if the layout is.
#[inline(always)]
fn size_class(layout: Layout) -> Option<usize> {
    (layout.align() == STEP && layout.size() <= LARGEST).then_some(layout.size() / STEP)
}

fn layout_of(class: usize) -> Layout {
    match Layout::from_size_align(class * STEP, STEP) {
        Ok(layout) => layout,
        Err(_) => unreachable!("a small multiple of an alignment"),
    }
}

/// Memory for a block of this layout. Aborts if there is none, as `Box` does.
#[inline(always)]
pub(crate) fn allocate(layout: Layout) -> NonNull<u8> {
    heap(|heap| heap.spare.take(layout)).unwrap_or_else(|| allocate_anew(layout))
}

#[inline(never)]
fn allocate_anew(layout: Layout) -> NonNull<u8> {
    // SAFETY: a block has a header, so its size is not zero.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Frees the memory of a block, or keeps it for another.
///
/// # Safety
///
/// It came from [`allocate`] with the same layout and is not used again.
#[inline(always)]
pub(crate) unsafe fn free(heap: &Heap, memory: NonNull<u8>, layout: Layout) {
    // SAFETY: as the caller promises.
    if unsafe { heap.spare.put(memory, layout) } {
        return;
    }
    if heap.spare.is_open() {
        // SAFETY: as the caller promises, and equal layouts are freed alike.
        unsafe { dealloc(memory.as_ptr(), layout) }
    } else {
        // SAFETY: as the caller promises.
        unsafe { free_first(heap, memory, layout) }
    }
}

/// Frees memory when the lists are not open, and opens them if that may be.
///
/// # Safety
///
/// As for [`free`].
#[cold]
#[inline(never)]
unsafe fn free_first(heap: &Heap, memory: NonNull<u8>, layout: Layout) {
    // SAFETY: as the caller promises.
    if !(heap.spare.open(heap) && unsafe { heap.spare.put(memory, layout) }) {
        // SAFETY: as in `free`.
        unsafe { dealloc(memory.as_ptr(), layout) }
    }
}

impl Spare {
    pub(crate) const fn new() -> Self {
        Self(
            [const { List { head: Cell::new(std::ptr::null_mut()), length: Cell::new(0), limit: Cell::new(0) } };
                SIZES],
        )
    }

    #[inline(always)]
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let list = &self.0[size_class(layout)?];
        let length = list.length.get();
        if length == 0 {
            return None;
        }
        list.length.set(length - 1);
        let head = list.head.get();
        // SAFETY: by *length* there is a first piece, and by *spare* its first word is ours.
        list.head.set(unsafe { (*head).next });
        NonNull::new(head.cast())
    }

    /// Keeps a piece if there is room for it.
    ///
    /// # Safety
    ///
    /// As for [`free`].
    #[inline(always)]
    unsafe fn put(&self, memory: NonNull<u8>, layout: Layout) -> bool {
        let Some(class) = size_class(layout) else { return false };
        let list = &self.0[class];
        let length = list.length.get();
        if length >= list.limit.get() {
            return false;
        }
        list.length.set(length + 1);
        let link = memory.cast::<Link>().as_ptr();
        // SAFETY: the piece is larger than a header, aligned as one, and not used, as the caller promises.
        unsafe { (*link).next = list.head.get() };
        list.head.set(link);
        true
    }

    #[inline]
    fn is_open(&self) -> bool {
        self.0[SIZES - 1].limit.get() > 0
    }

    /// Lets the lists be used from now on, if the configuration wants it and the end of the thread can be noticed.
    #[inline(never)]
    fn open(&self, heap: &Heap) -> bool {
        let bytes = heap.pacing.config.get().free_list_limit;
        // Once the thread ends nobody would free what is kept.
        let opens = bytes > 0 && heap.exit.get() != Exit::Over && exit::prepare(heap);
        if opens {
            self.limit(bytes);
        }
        opens
    }

    /// About how many blocks of usual size will be kept and not given to the allocator.
    pub(crate) fn room(&self) -> usize {
        const USUAL: usize = 64 / STEP;
        let list = &self.0[USUAL];
        list.limit.get().saturating_sub(list.length.get()) as usize
    }

    fn limit(&self, bytes: usize) {
        for (class, list) in self.0.iter().enumerate().skip(1) {
            list.limit.set(u32::try_from(bytes / (class * STEP)).unwrap_or(u32::MAX));
        }
    }

    /// Gives all pieces back and keeps none, until a block dies under a configuration that wants it.
    pub(crate) fn close(&self) {
        self.limit(0);
        for (class, list) in self.0.iter().enumerate() {
            list.shorten(class, 0);
        }
    }

    /// Gives back half of what lies here: it was not needed since the last collection. Each piece that was kept is given
    /// back once at most, so this costs what freeing it at once would have cost.
    pub(crate) fn trim(&self) {
        for (class, list) in self.0.iter().enumerate() {
            list.shorten(class, list.length.get() / 2);
        }
    }
}

impl List {
    fn shorten(&self, class: usize, length: u32) {
        while self.length.get() > length {
            let head = self.head.get();
            // SAFETY: by *length* there is a first piece, and by *spare* its first word is ours.
            self.head.set(unsafe { (*head).next });
            self.length.set(self.length.get() - 1);
            // SAFETY: by *spare* it was allocated with this layout, and it is in no list any more.
            unsafe { dealloc(head.cast(), layout_of(class)) }
        }
    }
}
