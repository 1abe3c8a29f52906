//! The memory of a capture, which moves from phase to phase.

use std::ops::{Deref, DerefMut};

use super::Capture;
use crate::raw::fallible::try_box;

/// A boxed capture. It is a slice of one, since only lists may be refused memory.
pub(crate) struct CaptureBox(Box<[Capture]>);

impl CaptureBox {
    /// A capture without contents, or `None` if there is no memory.
    pub(super) fn new() -> Option<Self> {
        try_box(Capture::default()).ok().map(Self)
    }
}

impl Deref for CaptureBox {
    type Target = Capture;

    #[inline]
    fn deref(&self) -> &Capture {
        &self.0[0]
    }
}

impl DerefMut for CaptureBox {
    #[inline]
    fn deref_mut(&mut self) -> &mut Capture {
        &mut self.0[0]
    }
}
