//! Parameters of every kind, with bounds and defaults wherever they may stand.

use std::any::Any;
use std::fmt::Debug;
use std::marker::PhantomData;

use recyc::{Gc, Trace};

#[derive(Trace)]
struct Projection<I: Iterator> {
    item: I::Item,
    peeked: Option<<I as Iterator>::Item>,
}

#[derive(Trace)]
struct Clause<T, const N: usize = 2>
where
    T: Debug + Clone,
    [T; N]: Debug,
{
    array: [T; N],
}

#[derive(Trace)]
struct Defaults<T: ?Sized = dyn Any, U = ()>(PhantomData<T>, U);

#[derive(Trace)]
struct Unsized<T: ?Sized> {
    length: usize,
    value: T,
}

#[derive(Trace)]
struct NamedLikeTheMacros<D, T>(D, T);

fn main() {
    let projection = Gc::new(Projection::<std::vec::IntoIter<u8>> { item: 1, peeked: Some(2) });
    assert_eq!((projection.item, projection.peeked), (1, Some(2)));
    assert_eq!(Gc::new(Clause { array: ["a", "b"] }).array.len(), 2);
    assert_eq!(Gc::new(Defaults::<str>(PhantomData, ())).1, ());
    let value = Gc::new(Unsized { length: 1, value: 2 });
    assert_eq!((value.length, value.value), (1, 2));
    assert_eq!(Gc::new(NamedLikeTheMacros(1, 2)).1, 2);
}
