//! A thread that collects, so that the others need not.

/// Whether a background thread is there; it then runs the collection.
#[cfg(loom)]
pub(crate) fn take_over(_: super::turn::Wait) -> bool {
    false
}

#[cfg(not(loom))]
pub use thread::Background;
#[cfg(not(loom))]
pub(crate) use thread::take_over;

#[cfg(not(loom))]
mod thread {
    use std::io;
    use std::panic::catch_unwind;
    use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
    use std::thread::{Builder, JoinHandle};
    use std::time::{Duration, Instant};

    use super::super::turn::Wait;
    use super::super::{pacing, run_chosen};

    /// Has automatic collections run on a thread of their own, for as long as this value lives.
    ///
    /// [`Gc::new`](crate::sync::Gc::new) collects on the thread that calls it, and so runs the destructors of unrelated garbage
    /// there. If that thread holds a lock that such a destructor takes, it waits for itself for ever. No collector can
    /// know; so a program whose destructors take locks should have one of these: then `Gc::new` only gives a sign, and
    /// the destructors of dead cycles run on the background thread.
    ///
    /// [`collect`](crate::sync::collect) still collects where it is called. A panic in a destructor ends there: its message
    /// is printed, and the next collection comes as usual.
    ///
    /// Threads that make garbage faster than it is collected wait for the end of a collection, each time for
    /// [`Config::wait_limit`](crate::Config::wait_limit) at most, and not at all from half a second after the first wait on: a
    /// destructor may be waiting for a lock that one of these threads has. So collections that take longer, because of
    /// slow destructors for example, can still be outrun.
    ///
    /// There may be several of these values; they share one thread. Dropping the last one waits for the thread to end,
    /// and so for the collection that it may be running: do not hold a lock then that a destructor takes.
    ///
    /// # Examples
    ///
    /// ```
    /// use recyc::sync::{Background, Gc};
    ///
    /// let background = Background::start()?;
    /// let value = Gc::new(5); // never collects on this thread
    /// drop(background);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[derive(Debug)]
    #[must_use = "the thread ends when this value is dropped"]
    pub struct Background(());

    struct Worker {
        guards: usize,
        signal: Arc<Signal>,
        thread: JoinHandle<()>,
    }

    /// What the worker waits for.
    #[derive(Default)]
    struct Signal {
        wanted: Mutex<Wanted>,
        changed: Condvar,
        ends: Mutex<Ends>,
        one_ended: Condvar,
    }

    /// What a thread that is held back waits for.
    #[derive(Default)]
    struct Ends {
        /// How many collections have ended.
        so_far: usize,
        /// When a thread first waited for the collection that runs.
        first_wait: Option<Instant>,
        /// There will be no other collection.
        is_last: bool,
    }

    #[derive(Clone, Copy, Default)]
    enum Wanted {
        #[default]
        Nothing,
        Collection,
        End,
    }

    /// From this time on after the first wait no thread waits for that collection: the destructor that is running may need a
    /// lock that one of the waiting threads has.
    const HOLD_BACK: Duration = Duration::from_millis(500);

    static WORKER: Mutex<Option<Worker>> = Mutex::new(None);

    fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    impl Background {
        /// Starts the thread, or shares the one that is running.
        ///
        /// # Errors
        ///
        /// If the system gives no thread.
        pub fn start() -> io::Result<Self> {
            let mut worker = locked(&WORKER);
            match &mut *worker {
                Some(worker) => worker.guards += 1,
                None => {
                    let signal = Arc::new(Signal::default());
                    let theirs = signal.clone();
                    let thread = Builder::new().name("recyc".into()).spawn(move || theirs.work())?;
                    *worker = Some(Worker { guards: 1, signal, thread });
                }
            }
            Ok(Self(()))
        }
    }

    impl Drop for Background {
        fn drop(&mut self) {
            let mut running = locked(&WORKER);
            let Some(worker) = &mut *running else { return };
            worker.guards -= 1;
            if worker.guards > 0 {
                return;
            }
            let Some(worker) = running.take() else { return };
            drop(running);
            worker.signal.want(Wanted::End);
            // A destructor on the worker itself may drop the last guard: the thread ends by itself after that.
            if worker.thread.thread().id() != std::thread::current().id() {
                // The worker catches what it runs, so there is no panic to pass on.
                _ = worker.thread.join();
            }
        }
    }

    impl Signal {
        fn want(&self, wanted: Wanted) {
            let mut now = locked(&self.wanted);
            // A collection does not replace the end.
            if !matches!(*now, Wanted::End) {
                *now = wanted;
            }
            self.changed.notify_one();
        }

        fn work(&self) {
            loop {
                let mut wanted = locked(&self.wanted);
                while matches!(*wanted, Wanted::Nothing) {
                    wanted = self.changed.wait(wanted).unwrap_or_else(PoisonError::into_inner);
                }
                let Wanted::Collection = *wanted else { break };
                *wanted = Wanted::Nothing;
                drop(wanted);
                if let Err(payload) = catch_unwind(|| run_chosen(Wait::UntilFree, &pacing::automatic_in_background)) {
                    crate::raw::release::swallow(payload);
                }
                self.record_end(false);
            }
            self.record_end(true);
        }

        fn record_end(&self, is_last: bool) {
            let mut ends = locked(&self.ends);
            *ends = Ends { so_far: ends.so_far + 1, first_wait: None, is_last };
            self.one_ended.notify_all();
        }

        /// Waits for the end of a collection, but no longer than `limit`, and not until more than `HOLD_BACK` after the first
        /// wait for that collection.
        fn hold_back(&self, limit: Duration) {
            let mut ends = locked(&self.ends);
            if ends.is_last {
                return;
            }
            let before = ends.so_far;
            let first_wait = *ends.first_wait.get_or_insert_with(Instant::now);
            let rest = HOLD_BACK.saturating_sub(first_wait.elapsed()).min(limit);
            // Poisoned or not: nothing is read from it.
            _ = self.one_ended.wait_timeout_while(ends, rest, |ends| ends.so_far == before);
        }
    }

    /// Whether a background thread is there; it then runs the collection. Waits for the end of one, for a while, if that is wanted.
    pub(crate) fn take_over(wait: Wait) -> bool {
        let Some(signal) = locked(&WORKER).as_ref().map(|worker| worker.signal.clone()) else { return false };
        signal.want(Wanted::Collection);
        if let Wait::AtMost(limit) = wait {
            signal.hold_back(limit);
        }
        true
    }
}
