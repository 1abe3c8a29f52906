//! A finalizer that nobody would call is a mistake, not a style.

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
