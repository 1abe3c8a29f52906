//! Every form that a type can have, and handles to what has no `Trace`.

use std::any::Any;
use std::convert::Infallible;

use recyc::{Gc, Trace};

trait Draw {}

#[derive(Trace)]
struct Unit;

#[derive(Trace)]
struct Tuple(u8, Gc<Unit>);

#[derive(Trace)]
#[non_exhaustive]
struct Open {
    any: Option<Gc<dyn Any>>,
    draw: Option<Gc<dyn Draw>>,
    text: Option<Gc<str>>,
}

#[derive(Trace)]
enum Never {}

#[derive(Trace)]
#[non_exhaustive]
#[repr(u8)]
enum Mixed {
    Unit = 3,
    Tuple(Gc<Unit>, u8),
    Named { handle: Gc<Unit> },
    Impossible(Infallible),
}

#[derive(Trace)]
enum r#Raw {
    r#If { r#type: Gc<Unit> },
}

macro_rules! make {
    ($name:ident { $($field:ident: $ty:ty,)* }) => {
        #[derive(Trace)]
        struct $name {
            $($field: $ty,)*
        }
    };
}

make!(Made { own: Option<Gc<Made>>, plain: u8, handle: Gc<Unit>, });

fn main() {
    let unit = Gc::new(Unit);
    assert_eq!(Gc::new(Tuple(1, unit.clone())).0, 1);
    let open = Gc::new(Open { any: None, draw: None, text: None });
    assert!(open.any.is_none() && open.draw.is_none() && open.text.is_none());
    assert!(None::<Gc<Never>>.is_none());
    for mixed in [Mixed::Unit, Mixed::Tuple(unit.clone(), 1), Mixed::Named { handle: unit.clone() }] {
        drop(Gc::new(mixed));
    }
    assert!(None::<Infallible>.map(Mixed::Impossible).is_none());
    let Raw::If { r#type } = Raw::If { r#type: unit.clone() };
    drop(Gc::new(Raw::If { r#type }));
    drop(Gc::new(Made { own: None, plain: 1, handle: unit }));
}
