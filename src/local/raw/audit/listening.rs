//! Records what a value reports while it is traced.

use super::{ASKED, Audit, Report, name, promises};
use crate::local::raw::block::BlockPtr;
use crate::raw::block;
use crate::raw::guards::Guards;
use crate::raw::heaps::Shared;
use crate::raw::tracer::{Pass, Ring};

/// A pass that records the reports to another pass.
pub(super) struct Listening<'a>(pub(super) &'a mut (dyn Pass + 'a));

impl Pass for Listening<'_> {
    fn edge(&mut self, target: BlockPtr) {
        self.0.edge(target);
    }

    fn reported(&mut self, target: BlockPtr, place: usize) {
        if let Some((owner, number)) = ASKED.get() {
            ASKED.set(Some((owner, number + 1)));
            Audit::with(|audit| audit.note(Report { owner, number: number + 1, place, target }));
            promises::reported(owner, || format!("a handle to a `{}`", name(target)));
        }
    }

    fn sync_edge(&mut self, target: block::BlockPtr<Shared>) {
        if let Some((owner, _)) = ASKED.get() {
            promises::reported(owner, || "a handle to a value that threads share".into());
        }
        self.0.sync_edge(target);
    }

    fn note_bytes(&mut self, bytes: usize) {
        self.0.note_bytes(bytes);
    }

    fn note_unread_cell(&mut self) {
        self.0.note_unread_cell();
    }

    fn guards(&mut self) -> Option<&mut Guards> {
        self.0.guards()
    }

    /// The pass is code of this crate, so what it does is no action of the value.
    fn drain(&mut self, ring: &mut Ring) {
        let asked = ASKED.take();
        self.0.drain(ring);
        ASKED.set(asked);
    }
}
