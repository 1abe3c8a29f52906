//! A field of a type without `Trace` stops the derive, and the message contains what to do.

use recyc::{Gc, Trace};

struct Settings {
    verbose: bool,
}

#[derive(Trace)]
struct Widget {
    settings: Settings,
    on_click: Box<dyn Fn(&Widget)>,
}

#[derive(Trace)]
enum Event {
    Key(char),
    Resize(Vec<Settings>),
}

fn main() {
    drop(Gc::new(Widget { settings: Settings { verbose: true }, on_click: Box::new(|_| ()) }));
    drop(Gc::new(Event::Key('a')));
}
