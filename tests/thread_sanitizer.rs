//! ThreadSanitizer reports a race in this crate when there is one.
//!
//! A run without a report proves nothing unless the tool can see the accesses. So one ordering of
//! the protocol is switched off in a process of its own, and the tool must report it. Only in a
//! build with ThreadSanitizer and the mutation switches, as `.ci/safety` makes it.

#![cfg(all(recyc_mutants, recyc_tsan))]

use std::cell::UnsafeCell;
use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use recyc::Leaf;
use recyc::sync::{Gc, Mutant, mutants};

/// The exit code of a process in which ThreadSanitizer has reported something.
const REPORTED: i32 = 66;

/// The variable that names the variant for a process to run.
const VARIANT: &str = "RECYC_RACE";

/// A value that a thread reads and the destructor writes, without any synchronisation of its own.
struct Plain(UnsafeCell<u32>);

// SAFETY: the value is read through a shared reference and written by its destructor only, which
// the last handle runs.
unsafe impl Sync for Plain {}

impl Drop for Plain {
    fn drop(&mut self) {
        *self.0.get_mut() = 0;
    }
}

/// One thread reads the value and drops its handle; this thread drops the last one afterwards. Only
/// the orderings of the two drops put the read before the destructor.
fn read_then_destroy(off: &'static [Mutant]) {
    static DROPPED: AtomicBool = AtomicBool::new(false);
    let mine = Gc::new(Leaf(Plain(UnsafeCell::new(7))));
    let theirs = mine.clone();
    let reader = thread::spawn(move || {
        mutants(off);
        // SAFETY: nothing writes the value while a handle to it exists.
        assert_eq!(unsafe { *theirs.0.0.get() }, 7);
        drop(theirs);
        DROPPED.store(true, Relaxed);
    });
    while !DROPPED.load(Relaxed) {
        thread::yield_now();
    }
    drop(mine);
    reader.join().expect("the reader does not panic");
}

/// Runs a test of this file in a process of its own and returns its exit code.
fn exit_code_of(test: &str, variant: &str) -> Option<i32> {
    let this = env::current_exe().expect("the path of the tests");
    let child = Command::new(this)
        .args(["--exact", test, "--test-threads=1"])
        .env(VARIANT, variant)
        .env("TSAN_OPTIONS", format!("exitcode={REPORTED}"))
        .output()
        .expect("a process can be started");
    child.status.code()
}

#[test]
fn a_drop_that_publishes_nothing_is_reported() {
    match env::var(VARIANT).as_deref() {
        Ok("relaxed") => read_then_destroy(&[Mutant::RelaxedDrop]),
        Ok(_) => read_then_destroy(&[]),
        Err(_) => {
            let name = "a_drop_that_publishes_nothing_is_reported";
            assert_eq!(exit_code_of(name, "relaxed"), Some(REPORTED));
            assert_eq!(exit_code_of(name, "as it is"), Some(0));
        }
    }
}
