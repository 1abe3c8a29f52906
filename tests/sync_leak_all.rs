//! What `leak_all` promises of the heap that threads share. There is no way back, so it has a
//! process of its own.
#![cfg(not(loom))]

use std::sync::{Mutex, OnceLock};
use std::thread;

use recyc::sync::{self, Gc};
use recyc::{Finalize, Trace};

/// A value that its finalizer saves while another thread calls `leak_all`.
#[derive(Trace)]
#[trace(finalize)]
struct Saved(OnceLock<Gc<Saved>>);

static PLACE: Mutex<Option<Gc<Saved>>> = Mutex::new(None);

impl Finalize for Saved {
    fn finalize(&self) {
        *PLACE.lock().unwrap() = self.0.get().cloned();
        thread::spawn(sync::leak_all).join().unwrap();
    }
}

/// What a collection has captured when `leak_all` runs is not traced again.
#[test]
fn leak_all_during_a_collection_leaves_its_blocks_alone() {
    let saved = Gc::new(Saved(OnceLock::new()));
    assert!(saved.0.set(saved.clone()).is_ok());
    drop(saved);
    let report = sync::collect();
    assert_eq!((report.resurrected, report.reclaimed), (1, 0));
    let saved = PLACE.lock().unwrap().take().expect("the finalizer has saved it");
    drop(saved.clone());
    assert_eq!((sync::collect().captured, sync::inspect::candidates().len()), (0, 0));
    assert_eq!(sync::inspect::check_reachable(&saved), 1);
}
