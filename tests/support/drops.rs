//! Guards that count their drops, for values of either heap.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use recyc::Leaf;

/// How many guards were made, and how many of them were dropped.
#[derive(Clone, Default)]
pub struct Drops(Arc<Counts>);

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Drops {
    pub fn guard(&self) -> Leaf<Guard> {
        self.0.made.fetch_add(1, Relaxed);
        Leaf(Guard(self.clone()))
    }

    /// How many guards were dropped.
    pub fn count(&self) -> usize {
        self.0.dropped.load(Relaxed)
    }

    /// How many guards exist.
    pub fn live(&self) -> usize {
        self.0.made.load(Relaxed) - self.count()
    }
}

/// A part of a value that counts its drop.
pub struct Guard(Drops);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.dropped.fetch_add(1, Relaxed);
    }
}

impl Clone for Guard {
    fn clone(&self) -> Self {
        self.0.guard().0
    }
}
