//! If a field is traced whatever its parameter is, the derive adds no bound on the parameter.

use std::marker::PhantomData;
use std::rc::Rc;

use recyc::{Gc, Trace, Weak};

struct Opaque;

#[derive(Trace)]
struct Typed<T: ?Sized> {
    kind: PhantomData<T>,
    shared: Option<Rc<T>>,
    handle: Option<Gc<T>>,
    back: Weak<T>,
    next: Option<Gc<Typed<T>>>,
}

fn main() {
    let typed =
        |next| Gc::new(Typed::<Opaque> { kind: PhantomData, shared: None, handle: None, back: Weak::new(), next });
    assert!(typed(Some(typed(None))).next.is_some());
}
