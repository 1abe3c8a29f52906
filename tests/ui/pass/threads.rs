//! Counts are plain integers, so neither a handle nor a reference to one may reach another thread; the values may, and each
//! thread has handles of its own.

use std::thread;

use recyc::{ByAddress, CallbackGuard, Cleaner, Closure, CollectGuard, ExternalMemory, Gc, GcCell, PauseGuard, Tracer, Weak};

/// Does not compile if the type implements the trait: two implementations apply then, and the compiler cannot choose.
macro_rules! assert_not {
    ($ty:ty, $trait:ident) => {
        const _: fn() = || {
            trait Either<A> {
                fn choose() {}
            }
            struct Unwanted;
            impl<T: ?Sized> Either<()> for T {}
            impl<T: ?Sized + $trait> Either<Unwanted> for T {}
            let _ = <$ty as Either<_>>::choose;
        };
    };
}

assert_not!(Gc<u8>, Send);
assert_not!(Gc<u8>, Sync);
assert_not!(Weak<u8>, Send);
assert_not!(Weak<u8>, Sync);
assert_not!(GcCell<Gc<u8>>, Send);
assert_not!(GcCell<Gc<u8>>, Sync);

// What keeps something of the heap of this thread, or gives it back to that.
assert_not!(ByAddress<Gc<u8>>, Send);
assert_not!(CallbackGuard, Send);
assert_not!(CallbackGuard, Sync);
assert_not!(Cleaner, Send);
assert_not!(Cleaner, Sync);
assert_not!(Closure<Gc<u8>, fn(&Gc<u8>, ()) -> u8>, Send);
assert_not!(CollectGuard, Send);
assert_not!(CollectGuard, Sync);
assert_not!(ExternalMemory, Send);
assert_not!(ExternalMemory, Sync);
assert_not!(PauseGuard, Send);
assert_not!(PauseGuard, Sync);
assert_not!(Tracer<'static>, Send);
assert_not!(Tracer<'static>, Sync);

fn main() {
    let text = String::from("from the other thread");
    let length = thread::spawn(move || Gc::new(text).len()).join().unwrap();
    assert_eq!(length, 21);
}
