//! With the attribute, the finalizer is called; that works for generic types too.

use recyc::{Finalize, Gc, Trace};

#[derive(Trace)]
#[trace(finalize)]
struct Session<U: ToString> {
    user: U,
}

impl<U: ToString> Finalize for Session<U> {
    fn finalize(&self) {
        println!("{} logged out", self.user.to_string());
    }
}

fn main() {
    drop(Gc::new(Session { user: 7 }));
}
