//! Containers nested in one value, deeper than the stack: a collection needs no stack for them.

use std::thread;

use recyc::Trace;

use crate::support::shared::alone;

mod disposing;
mod locks;
mod tracing;

const DEEP: usize = if cfg!(miri) { 80 } else { 20_000 };

/// One test at a time: the shared heap is one for all threads. The stack holds some thousand frames
/// at most, or a hundred of those that AddressSanitizer makes.
pub fn alone_on_a_small_stack(act: impl FnOnce() + Send + 'static) {
    let _turn = alone();
    let thread =
        thread::Builder::new().stack_size(1 << 20).spawn(act).expect("a thread can be started");
    thread.join().expect("it ends well");
}

pub trait Shareable: Trace + Send + Sync {}
impl<T: Trace + Send + Sync + ?Sized> Shareable for T {}
