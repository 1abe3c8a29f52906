//! What `#[derive(Trace)]` writes: every handle is found whatever the form of the type, and every
//! field is destroyed once.

use std::cell::RefCell;
use std::rc::Rc;

use recyc::{Gc, Trace, collect, inspect};

mod forms;
mod leaf;
mod options;
mod shape;

/// A place for the handle that closes a cycle.
type Slot<T> = RefCell<Option<Gc<T>>>;

/// The names of the dropped values, in order.
#[derive(Clone, Default, Trace)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn note(&self, name: &'static str) -> Note {
        Note(self.clone(), name)
    }

    fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }
}

/// A field that records its drop in the log.
#[derive(Trace)]
// SAFETY: it owns no handle.
#[trace(unsafe_drop)]
struct Note(Log, &'static str);

impl Drop for Note {
    fn drop(&mut self) {
        self.0.0.borrow_mut().push(self.1);
    }
}

/// Points a value at itself, drops the handle and returns how many values a collection then
/// destroys.
///
/// Also asserts that the value was alive until that collection.
fn freed_in_a_ring<T: Trace>(value: T, slot: impl Fn(&T) -> &Slot<T>, log: &Log) -> usize {
    collect();
    let ring = Gc::new(value);
    *slot(&ring).borrow_mut() = Some(ring.clone());
    drop(ring);
    assert_eq!(log.take(), [""; 0], "a ring is not freed by counting");
    collect().reclaimed
}

/// Whether a value that loses one of two handles is remembered as a possible root.
fn waits_as_a_candidate<T: Trace>(value: T) -> bool {
    collect();
    let value = Gc::new(value);
    drop(value.clone());
    inspect::candidates().contains(&Gc::as_ptr(&value).cast::<()>().addr())
}
