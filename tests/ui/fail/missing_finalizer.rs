//! The attribute promises an implementation.

use recyc::{Gc, Trace};

#[derive(Trace)]
#[trace(finalize)]
struct Session {
    user: String,
}

fn main() {
    drop(Gc::new(Session { user: "a".into() }));
}
