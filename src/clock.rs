//! The time that a collection takes, on targets with and without a clock.

use std::time::{Duration, Instant};

/// Whether [`Instant::now`] works; where the standard library has no clock, it panics.
const HAS_CLOCK: bool = !cfg!(any(
    all(target_family = "wasm", any(target_os = "unknown", target_os = "none")),
    target_os = "zkvm"
));

/// The start of a collection.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Option<Instant>);

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start() -> Self {
        Self(HAS_CLOCK.then(Instant::now))
    }

    /// The time since the start; zero on a target without a clock.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.map_or(Duration::ZERO, |start| start.elapsed())
    }
}
