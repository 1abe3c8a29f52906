//! The three ways to have such a field: derive, wrap, skip.

use recyc::{Gc, Leaf, Trace};

#[derive(Trace)]
struct Settings {
    verbose: bool,
}

struct Foreign {
    number: u32,
}

#[derive(Trace)]
struct Widget {
    settings: Settings,
    foreign: Leaf<Foreign>,
    #[trace(skip)]
    on_click: Option<Box<dyn Fn(&Widget) -> u32>>,
}

fn main() {
    let widget = Gc::new(Widget {
        settings: Settings { verbose: true },
        foreign: Leaf(Foreign { number: 7 }),
        on_click: Some(Box::new(|widget| widget.foreign.number + u32::from(widget.settings.verbose))),
    });
    assert_eq!(widget.on_click.as_ref().unwrap()(&widget), 8);
}
