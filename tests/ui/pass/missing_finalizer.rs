//! The implementation may stand anywhere, and may be made by a macro.

use recyc::{Finalize, Gc, Trace};

macro_rules! session {
    ($name:ident, $user:ty) => {
        #[derive(Trace)]
        #[trace(finalize)]
        struct $name {
            user: $user,
        }

        impl Finalize for $name {
            fn finalize(&self) {
                println!("{} logged out", self.user);
            }
        }
    };
}

session!(Session, String);

fn main() {
    drop(Gc::new(Session { user: "a".into() }));
}
