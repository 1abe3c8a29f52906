//! What to use for a closure, for a `dyn` of a trait, and for an alias of a function.

use recyc::{Call, Closure, Gc, Leaf, Trace, trace_dyn, unsize};

trait Widget: Trace {}
trace_dyn!(dyn Widget);

#[derive(Trace)]
struct Button<F: Fn() + 'static> {
    on_click: Leaf<F>,
    #[trace(skip)]
    on_key: Box<dyn Fn(char)>,
    on_close: Gc<dyn Call<(), u8>>,
    child: Option<Box<dyn Widget>>,
}

type Handler = fn(&std::cell::Ref<'_, u8>);

#[derive(Trace)]
struct Menu(Leaf<Handler>, fn(&std::cell::Ref<'_, u8>));

fn main() {
    let close = Closure::new(Gc::new(7_u8), |number: &Gc<u8>, ()| **number);
    let button = Gc::new(Button {
        on_click: Leaf(|| ()),
        on_key: Box::new(|_| ()),
        on_close: unsize!(Gc::new(close) => dyn Call<(), u8>),
        child: None,
    });
    (button.on_click)();
    (button.on_key)('a');
    assert_eq!(button.on_close.call(()), 7);
    drop(Gc::new(Menu(Leaf(|_| ()), |_| ())));
}
