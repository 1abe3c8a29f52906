//! Time that this thread was running: what other programs on the machine take away is not in it.

use rustix::time::{ClockId, clock_gettime};

/// A running stopwatch. Reading it takes some 200 ns, so what is timed should take much longer.
pub struct Clock(f64);

impl Clock {
    pub fn start() -> Self {
        Self(now())
    }

    /// Nanoseconds since the start.
    pub fn ns(&self) -> f64 {
        now() - self.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 104 days")]
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The time of one piece of work, in nanoseconds.
pub fn time(work: impl FnOnce()) -> f64 {
    let clock = Clock::start();
    work();
    clock.ns()
}
