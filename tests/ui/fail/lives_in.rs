//! A type that is not `Sync` cannot be let into the shared heap by an impl, also where the compiler knows that it is not.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Mutex;

use recyc::handle::{LivesIn, Shared};
use recyc::{Trace, sync};

trait Bump {
    fn bump(&self);
}

impl Bump for Cell<u32> {
    fn bump(&self) {
        self.set(self.get() + 1);
    }
}

struct Guard(&'static dyn Bump, Rc<u8>);

#[derive(Trace)]
struct Node {
    next: Mutex<Option<sync::Gc<Node>>>,
    #[trace(skip)]
    guard: Guard,
}

impl LivesIn<Shared> for Node {}

fn main() {}
