//! The last words of the dead; as in the local collector, while other threads run on.
//!
//! The dead are not condemned yet: a `Weak` may be upgraded, so each finalizer is called under a handle of its own, got in
//! the same way and dropped like any other. Then the dead are the roots of a new walk and a new verdict. Another
//! collection that comes across them sees that they are held, and does not enter them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::capture::Capture;
use crate::collector::{Payload, keep_first};
use crate::sync::raw::release::Handle;
use crate::sync::raw::sabotage::{Sabotage, is_sabotaged};

/// Calls the finalizers of the dead.
pub(crate) fn finalize_dead(capture: &Capture, panic: &mut Option<Payload>) {
    for node in &capture.nodes {
        let header = node.block.header();
        if header.word().is_finalized() {
            continue;
        }
        let handle = if is_sabotaged(Sabotage::NoFinalizerHandle) {
            None
        } else if header.try_increment() {
            Some(Handle(node.block))
        } else {
            // Somebody upgraded a `Weak` and dropped the value: its finalizer was called then.
            continue;
        };
        if !header.claim_finalizer() {
            continue;
        }
        let call = || {
            let _handle = handle;
            // SAFETY: the handle keeps the value whole, and nobody has `&mut` to it: that would be the only handle.
            unsafe { (header.vtable().finalize)(node.block) };
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
            keep_first(panic, payload);
        }
    }
}
