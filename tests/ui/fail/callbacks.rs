//! The captures of a closure are hidden, and so is the type behind a `dyn`. The messages name what to use.

use recyc::{Gc, Trace};

trait Widget {}

#[derive(Trace)]
struct Button<F: Fn() + 'static> {
    on_click: F,
    on_key: Box<dyn Fn(char)>,
    child: Box<dyn Widget>,
}

type Handler = fn(&std::cell::Ref<'_, u8>);

/// The derive does not see what an alias stands for.
#[derive(Trace)]
struct Menu(Handler);

fn main() {
    let on_click = || ();
    drop(Gc::new(on_click));
}
