//! Memory of freed blocks, kept for the next blocks of the same size.
//!
//! Blocks die one by one or by the thousand, and new ones of the same few sizes are allocated soon
//! after. An allocator that serves every size and every thread takes about 60 instructions for each
//! such piece of memory, and more for a batch. A list of pieces of one size takes six. So a short
//! list for each size is tried before the allocator.
//!
//! The lists belong to a thread. The heap that owns them decides when they open, and closes them
//! before the thread ends.
//!
//! - **length**: the pieces of a list are a chain of `length` links, each in the first word of a
//!   piece. `head` is the first.
//! - **spare**: each piece was allocated by the global allocator with the layout of its list, is
//!   not used, and belongs to this list alone.

#![expect(
    clippy::disallowed_methods,
    reason = "the memory that is kept comes from the memory module"
)]

use std::alloc::{Layout, dealloc};
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// Larger blocks are left to the allocator. Its cost is small compared to that of filling them.
const LARGEST: usize = 512;

/// The alignment of blocks, by which their sizes differ at least.
pub(crate) const STEP: usize = align_of::<usize>();

const SIZES: usize = LARGEST / STEP + 1;

/// The lists of one thread.
pub(crate) struct FreeLists([List; SIZES]);

/// The pieces of one size.
struct List {
    head: Cell<*mut Link>,
    length: Cell<u32>,
    /// How long the list may become. Zero while the lists are closed.
    limit: Cell<u32>,
}

struct Link {
    next: *mut Link,
}

/// The list for a layout: the same for equal layouts, and known when the program is compiled if the
/// layout is.
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

impl FreeLists {
    /// Lists without memory, which are closed.
    pub(crate) const fn new() -> Self {
        Self(
            [const {
                List { head: Cell::new(ptr::null_mut()), length: Cell::new(0), limit: Cell::new(0) }
            }; SIZES],
        )
    }

    /// Takes a piece with this layout, if there is one.
    #[inline(always)]
    pub(crate) fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let list = &self.0[size_class(layout)?];
        let length = list.length.get();
        if length == 0 {
            return None;
        }
        list.length.set(length - 1);
        let head = list.head.get();
        // SAFETY: by *length* there is a first piece, and by *spare* its first word belongs to this
        // list.
        list.head.set(unsafe { (*head).next });
        NonNull::new(head.cast())
    }

    /// Keeps a piece and returns `true`, if there is room for it.
    ///
    /// # Safety
    ///
    /// The piece was allocated by the global allocator with this layout, has at least the size of a
    /// pointer, and is not used again.
    #[inline(always)]
    pub(crate) unsafe fn put(&self, memory: NonNull<u8>, layout: Layout) -> bool {
        let Some(class) = size_class(layout) else { return false };
        let list = &self.0[class];
        let length = list.length.get();
        if length >= list.limit.get() {
            return false;
        }
        list.length.set(length + 1);
        let link = memory.cast::<Link>().as_ptr();
        // SAFETY: by *spare*, which the caller establishes, the piece is not used; it has room for
        // a link, and is aligned as one because `STEP` is.
        unsafe { (*link).next = list.head.get() };
        list.head.set(link);
        true
    }

    /// Returns whether freed memory is kept.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.0[SIZES - 1].limit.get() > 0
    }

    /// Keeps up to this many bytes of each size from now on.
    pub(crate) fn open(&self, bytes: usize) {
        for (class, list) in self.0.iter().enumerate().skip(1) {
            list.limit.set(u32::try_from(bytes / (class * STEP)).unwrap_or(u32::MAX));
        }
    }

    /// About how many more blocks of usual size are kept instead of being freed.
    pub(crate) fn room(&self) -> usize {
        const USUAL: usize = 64 / STEP;
        let list = &self.0[USUAL];
        list.limit.get().saturating_sub(list.length.get()) as usize
    }

    /// Frees all pieces, and keeps none until the lists are opened again.
    pub(crate) fn close(&self) {
        self.open(0);
        for (class, list) in self.0.iter().enumerate() {
            list.shorten(class, 0);
        }
    }

    /// Frees half of the pieces, which were not needed since the last collection.
    ///
    /// Each piece that was kept is freed once at most, so this costs what freeing it at once would
    /// have cost.
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
            // SAFETY: by *length* there is a first piece, and by *spare* its first word belongs to
            // this list.
            self.head.set(unsafe { (*head).next });
            self.length.set(self.length.get() - 1);
            // SAFETY: by *spare* it was allocated with this layout, and it is in no list now.
            unsafe { dealloc(head.cast(), layout_of(class)) }
        }
    }
}
