//! A thread that collects, so that the others need not.

pub use thread::Background;
pub(crate) use thread::{Worker, lock_worker, lose_thread, take_over};

mod thread {
    use std::io;
    use std::panic::catch_unwind;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
    use std::thread::{Builder, JoinHandle};
    use std::time::{Duration, Instant};

    use super::super::turn::Wait;
    use super::super::{pacing, run_chosen};
    use crate::policy::By;
    use crate::sync::fork;
    use crate::sync::raw::primitive::lock_unseen;

    /// Has automatic collections run on a thread of their own, for as long as this value lives.
    ///
    /// [`Gc::new`](crate::sync::Gc::new) collects on the thread that calls it, and so runs the
    /// destructors of unrelated garbage there. If that thread holds a lock that such a destructor
    /// takes, it deadlocks with itself. A collector cannot detect this. A program whose destructors
    /// take locks should have a `Background`: then `Gc::new` only signals the background thread,
    /// and the destructors of dead cycles run there.
    ///
    /// [`collect`](crate::sync::collect) still collects where it is called. A panic in a destructor
    /// ends there: its message is printed, and the next collection comes as usual.
    ///
    /// Threads that make garbage faster than it is collected wait for the end of a collection, each
    /// time for [`Config::wait_limit`](crate::Config::wait_limit) at most, and not at all from half
    /// a second after the first wait on: a destructor may be waiting for a lock that one of these
    /// threads has. So collections that take longer, because of slow destructors for example, can
    /// still be outrun.
    ///
    /// A child process after `fork` has no such thread until a collection is due, which starts it
    /// again. That may fail where a thread of the parent was starting or ending at the fork: then
    /// only [`collect`](crate::sync::collect) collects.
    ///
    /// There may be several of these values; they share one thread. Dropping the last one waits for
    /// the thread to end, and so for the collection that it may be running: do not hold a lock then
    /// that a destructor takes.
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

    pub(crate) struct Worker {
        guards: usize,
        /// `None` in a child process, whose parent had the thread, until a collection is due.
        running: Option<Running>,
    }

    struct Running {
        signal: Arc<Signal>,
        thread: JoinHandle<()>,
    }

    /// What the worker waits for.
    #[derive(Default)]
    struct Signal {
        /// The thread runs. In a child process a new thread may never get that far: the standard
        /// library has locks that a thread takes when it starts, and a thread of the parent that
        /// started or ended may have had one at the fork.
        has_begun: AtomicBool,
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

    /// From this time on after the first wait no thread waits for that collection: the destructor
    /// that is running may need a lock that one of the waiting threads has.
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
            let mut worker = lock_worker();
            match &mut *worker {
                Some(worker) => worker.guards += 1,
                None => *worker = Some(Worker { guards: 1, running: Some(Running::start()?) }),
            }
            Ok(Self(()))
        }
    }

    impl Running {
        fn start() -> io::Result<Self> {
            let signal = Arc::new(Signal::default());
            let theirs = signal.clone();
            let thread = Builder::new().name("recyc".into()).spawn(move || theirs.work())?;
            Ok(Self { signal, thread })
        }
    }

    impl Worker {
        /// What the thread waits for. Starts the thread if this process has none; `None` if the
        /// system gives none.
        fn signal(&mut self) -> Option<Arc<Signal>> {
            if self.running.is_none() {
                self.running = Running::start().ok();
            }
            self.running.as_ref().map(|running| running.signal.clone())
        }
    }

    /// Takes the lock of the background thread.
    pub(crate) fn lock_worker() -> MutexGuard<'static, Option<Worker>> {
        lock_unseen(&WORKER)
    }

    /// In a child process: records that the background thread was left to the parent. If this is
    /// that thread, it ends after what it is doing.
    pub(crate) fn lose_thread(worker: &mut Option<Worker>) {
        if let Some(worker) = worker {
            // Never dropped: the handle is that of a thread which does not exist, and another one
            // may have had locks of the signal.
            std::mem::forget(worker.running.take());
        }
    }

    impl Drop for Background {
        fn drop(&mut self) {
            let mut worker = lock_worker();
            let Some(Worker { guards, .. }) = &mut *worker else { return };
            *guards -= 1;
            if *guards > 0 {
                return;
            }
            let Some(Running { signal, thread }) = worker.take().and_then(|worker| worker.running)
            else {
                return;
            };
            drop(worker);
            signal.want(Wanted::End);
            if !signal.has_begun() && fork::generation() > 0 {
                // It may never begin; if it does, it ends at once.
                return;
            }
            // A destructor on the worker itself may drop the last guard: the thread ends by itself
            // after that.
            if thread.thread().id() != std::thread::current().id() {
                // The worker catches what it runs, so there is no panic to pass on.
                _ = thread.join();
            }
        }
    }

    impl Signal {
        fn has_begun(&self) -> bool {
            self.has_begun.load(Relaxed)
        }

        fn want(&self, wanted: Wanted) {
            let mut now = locked(&self.wanted);
            // A collection does not replace the end.
            if !matches!(*now, Wanted::End) {
                *now = wanted;
            }
            self.changed.notify_one();
        }

        fn work(&self) {
            // Relaxed, here and below: publishes nothing.
            self.has_begun.store(true, Relaxed);
            let process = fork::generation();
            loop {
                let mut wanted = locked(&self.wanted);
                while matches!(*wanted, Wanted::Nothing) {
                    wanted = self.changed.wait(wanted).unwrap_or_else(PoisonError::into_inner);
                }
                let Wanted::Collection = *wanted else { break };
                *wanted = Wanted::Nothing;
                drop(wanted);
                if let Err(payload) = catch_unwind(|| {
                    run_chosen(Wait::UntilFree, By::Allocation, &|_| {
                        pacing::automatic_in_background()
                    })
                }) {
                    crate::raw::unwind::swallow(payload);
                }
                if fork::generation() != process {
                    // A destructor has forked, and this is the child. No thread waits for this one,
                    // and a thread of the parent may have had the locks of the signal.
                    return;
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

        /// Waits for the end of a collection, but no longer than `limit`, and not until more than
        /// `HOLD_BACK` after the first wait for that collection.
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

    /// Whether a background thread is there; it then runs the collection. Waits for the end of one,
    /// for a while, if that is wanted.
    pub(crate) fn take_over(wait: Wait) -> bool {
        let Some(signal) = lock_worker().as_mut().map(Worker::signal) else { return false };
        // No collection if the thread cannot be started again: a destructor must not run here. The
        // next need tries again.
        let Some(signal) = signal else { return true };
        signal.want(Wanted::Collection);
        match wait {
            Wait::AtMost(limit) if signal.has_begun() => signal.hold_back(limit),
            _ => (),
        }
        true
    }
}
