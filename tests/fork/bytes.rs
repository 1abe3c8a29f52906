//! The bytes that make a collection due in a child.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use recyc::Trace;
use recyc::sync::{self, Gc};

use crate::{in_child, is_alone};

/// A value whose size makes a young collection due after 16 of them.
#[derive(Trace)]
struct Large {
    me: Mutex<Option<Gc<Large>>>,
    #[trace(skip)]
    _bytes: [u8; 1 << 16],
    #[trace(skip)]
    ends: Option<WaitsInDrop>,
}

/// Waits in its destructor at two barriers.
struct WaitsInDrop([Arc<Barrier>; 2]);

impl Drop for WaitsInDrop {
    fn drop(&mut self) {
        self.0.iter().for_each(|barrier| _ = barrier.wait());
    }
}

fn large(ends: Option<WaitsInDrop>) {
    let large = Gc::new(Large { me: Mutex::default(), _bytes: [0; 1 << 16], ends });
    *large.me.lock().unwrap() = Some(large.clone());
}

#[test]
fn a_child_is_free_of_bytes_that_its_parent_reclaims() {
    if !is_alone("bytes::a_child_is_free_of_bytes_that_its_parent_reclaims") {
        return;
    }
    let config = recyc::Config::default().with_young_bytes(1 << 20).with_automatic(false);
    sync::configure(config).unwrap();
    let barriers: [Arc<Barrier>; 2] = std::array::from_fn(|_| Arc::new(Barrier::new(2)));
    let theirs = barriers.clone();
    let thread = thread::spawn(move || {
        (0..32).for_each(|_| large(None));
        large(Some(WaitsInDrop(theirs)));
        sync::collect();
    });
    barriers[0].wait();
    in_child(|| {
        sync::enable();
        let before = sync::stats().young.collections;
        let mut made = 0;
        while sync::stats().young.collections == before {
            large(None);
            made += 1;
        }
        assert!((16..=20).contains(&made), "{made} large values were made before a collection");
    });
    barriers[1].wait();
    thread.join().unwrap();
}
