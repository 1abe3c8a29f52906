//! Values that record what happens to them.

use std::sync::{Arc, Mutex, PoisonError};

use recyc::Leaf;

/// The standard library's side of `nothing_is_left`.
pub mod std_heap {
    /// Runs a test. Leak checkers find what it leaves.
    pub fn nothing_is_left(test: impl FnOnce()) {
        test();
    }
}

/// The numbers of the values that were dropped, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u32>>>);

impl Log {
    /// A value that records its drop.
    pub fn value(&self, number: u32) -> Logged {
        Leaf(Entry { number, log: self.clone(), panics_in: None })
    }

    /// A value that panics in the given method.
    pub fn bomb(&self, number: u32, panics_in: Method) -> Logged {
        Leaf(Entry { number, log: self.clone(), panics_in: Some(panics_in) })
    }

    /// The drops since the last call.
    pub fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The result of [`Log::take`] if no value was dropped.
pub const NO_DROPS: [u32; 0] = [];

/// A method of an [`Entry`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Clone,
    Drop,
}

/// The clone of a value has this much more in its number.
pub const CLONED: u32 = 100;

/// A value with a number that records its drop.
pub struct Entry {
    pub number: u32,
    log: Log,
    panics_in: Option<Method>,
}

/// An [`Entry`] that every kind of handle can hold.
pub type Logged = Leaf<Entry>;

impl Clone for Entry {
    fn clone(&self) -> Self {
        assert!(self.panics_in != Some(Method::Clone), "this clone panics");
        Self { number: self.number + CLONED, log: self.log.clone(), panics_in: None }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.log.0.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
        assert!(self.panics_in != Some(Method::Drop), "this drop panics");
    }
}
