//! An enum records which of its fields is in use; a union without handles fits into a `Leaf`.

use recyc::{Gc, Leaf, Trace};

#[derive(Trace)]
enum Either {
    Handle(Gc<u8>),
    Number(u64),
}

#[derive(Clone, Copy)]
union Bits {
    float: f32,
    integer: u32,
}

#[derive(Trace)]
struct Register(Leaf<Bits>);

fn main() {
    let either = [Either::Handle(Gc::new(1)), Either::Number(2)].map(Gc::new);
    for one in either {
        match &*one {
            Either::Handle(handle) => assert_eq!(**handle, 1),
            Either::Number(number) => assert_eq!(*number, 2),
        }
    }
    let register = Gc::new(Register(Leaf(Bits { float: 1.0 })));
    // SAFETY: every pattern of bits is an integer.
    assert_eq!(unsafe { register.0.0.integer }, 0x3f80_0000);
}
