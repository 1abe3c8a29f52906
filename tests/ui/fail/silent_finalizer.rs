//! A finalizer that would never be called is an error.

use recyc::{Finalize, Gc, Trace};

#[derive(Trace)]
struct Session {
    user: String,
}

impl Finalize for Session {
    fn finalize(&self) {
        println!("{} logged out", self.user);
    }
}

fn main() {
    drop(Gc::new(Session { user: "a".into() }));
}
