//! What the derive promises of types that contain themselves or each other, and that the compiler
//! finds it in linear time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, RwLock};

use recyc::private::{Facts, facts};
use recyc::{Depth, Gc, GcCell, Leaf, Promise, Shape, Trace, Tracer, collect, sync};

macro_rules! assert_facts {
    ($($ty:ty: $facts:ident,)+) => { $(assert_eq!(facts::<$ty>(), Facts::$facts, stringify!($ty));)+ };
}

/// A container with a destructor: a leaf if its part is one, otherwise opaque.
#[derive(Trace)]
// SAFETY: it uses no handle.
#[trace(unsafe_drop)]
struct Noisy<T: Trace>(T);

impl<T: Trace> Drop for Noisy<T> {
    fn drop(&mut self) {}
}

/// A value that owns another through a destructor.
#[derive(Trace)]
struct Owner {
    inner: Option<Box<Noisy<Owner>>>,
    to: GcCell<Option<Gc<Owner>>>,
    me: GcCell<Option<Gc<Owner>>>,
}

#[test]
fn a_handle_below_a_destructor_is_given_back_once() {
    let new =
        |inner, to: Option<&Gc<Owner>>| Owner { inner, to: to.cloned().into(), me: None.into() };
    let live = Gc::new(new(None, None));
    let deep = Box::new(Noisy(new(None, Some(&live))));
    let ring = Gc::new(new(Some(deep), None));
    ring.me.set(Some(ring.clone()));
    drop(ring);
    assert_eq!(Gc::strong_count(&live), 2);
    assert_eq!(collect().reclaimed, 1);
    assert_eq!(Gc::strong_count(&live), 1);
    assert_eq!(live.inner.is_none(), live.to.get().is_none());
}

/// [`Owner`], of values that threads share.
#[derive(Trace)]
struct SharedOwner {
    inner: Option<Box<Noisy<SharedOwner>>>,
    to: Option<sync::Gc<SharedOwner>>,
    me: Mutex<Option<sync::Gc<SharedOwner>>>,
}

#[test]
fn a_shared_handle_below_a_destructor_is_given_back_once() {
    let _turn = crate::support::shared::alone();
    let new = |inner, to: Option<&sync::Gc<SharedOwner>>| SharedOwner {
        inner,
        to: to.cloned(),
        me: Mutex::default(),
    };
    let live = sync::Gc::new(new(None, None));
    let deep = Box::new(Noisy(new(None, Some(&live))));
    let ring = sync::Gc::new(new(Some(deep), None));
    *ring.me.lock().unwrap() = Some(ring.clone());
    drop(ring);
    assert_eq!(sync::Gc::strong_count(&live), 2);
    sync::collect();
    assert_eq!(sync::Gc::strong_count(&live), 1);
    assert_eq!(live.inner.is_none(), live.to.is_none());
}

/// A container by hand that combines the answer of its part with one of its own.
struct ByHand<T>(T);

// SAFETY: the part belongs to this value alone and is reported once; the shape is opaque, as there
// is no `dispose`.
unsafe impl<T: Trace> Trace for ByHand<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        T::shape::<D>().and(Shape::OPAQUE)
    }
}

#[derive(Trace)]
struct ThroughByHand(Option<Box<ByHand<ThroughByHand>>>, Option<Gc<u8>>);

/// Two types that contain each other, one of them through a destructor.
#[derive(Trace)]
struct First(Vec<Noisy<Second>>, GcCell<Option<Gc<First>>>);

#[derive(Trace)]
struct Second(Option<Box<First>>);

#[test]
fn no_answer_is_read_while_it_is_only_assumed() {
    assert_facts!(
        Owner: OPAQUE,
        SharedOwner: OPAQUE,
        ThroughByHand: OPAQUE,
        First: OPAQUE,
        Second: OPAQUE,
        Noisy<u8>: LEAF,
        Noisy<Gc<u8>>: OPAQUE,
    );
}

#[derive(Trace)]
enum Json {
    Null,
    Number(f64),
    Array(Vec<Json>),
    Object(HashMap<String, Json>),
}

#[derive(Trace)]
struct List<T> {
    value: T,
    next: Option<Box<List<T>>>,
}

#[derive(Trace)]
// SAFETY: it owns no handle.
#[trace(unsafe_drop)]
struct Droppable(Option<Box<Self>>, u8);

impl Drop for Droppable {
    fn drop(&mut self) {}
}

#[derive(Trace)]
#[trace(acyclic)]
struct Acyclic(Option<Box<Acyclic>>, Gc<u8>);

/// One with itself in each of the containers that the derive looks into.
#[allow(clippy::type_complexity, reason = "the types are what is tested")]
#[derive(Trace)]
struct Everywhere<K: 'static> {
    keys: PhantomKeys<K>,
    boxes: (Box<Everywhere<K>>, Box<[Everywhere<K>]>, std::boxed::Box<[Everywhere<K>; 2]>),
    cells: (RefCell<Vec<Self>>, Cell<Vec<Self>>, std::cell::OnceCell<Box<Self>>),
    locks: (Mutex<Vec<Self>>, RwLock<Vec<Self>>, OnceLock<Box<Self>>),
    lists: (VecDeque<Self>, LinkedList<Self>, BinaryHeap<Self>),
    sets: (BTreeSet<Self>, HashSet<Self>),
    maps: (BTreeMap<u8, Self>, HashMap<(u8, String), Vec<Self>>),
    others: (Pin<Box<Self>>, Result<Box<Self>, u8>, Vec<(u8, Self)>),
}

/// The key of [`Everywhere`], so that it has a parameter.
type PhantomKeys<K> = std::marker::PhantomData<K>;

#[test]
fn what_contains_itself_in_containers_keeps_its_shape() {
    assert_facts!(
        Json: LEAF,
        List<u8>: LEAF,
        List<Gc<u8>>: NODE,
        List<Json>: LEAF,
        List<List<Gc<u8>>>: NODE,
        List<Noisy<Gc<u8>>>: OPAQUE,
        Droppable: LEAF,
        Everywhere<Gc<u8>>: LEAF,
        Vec<Option<Json>>: LEAF,
    );
    assert_eq!(facts::<Acyclic>(), facts::<Box<Acyclic>>());
    assert_ne!(facts::<Acyclic>(), Facts::NODE);
    assert_eq!(facts::<(Acyclic, u8)>(), Facts::NODE);
    let json = Json::Array(vec![Json::Null, Json::Number(1.0), Json::Object(HashMap::new())]);
    assert!(matches!(&json, Json::Array(list) if list.len() == 3));
    assert!(!super::waits_as_a_candidate(json));
}

#[cfg(feature = "smallvec")]
#[derive(Trace)]
struct Small(smallvec::SmallVec<[Box<Small>; 1]>);

/// Containers of other crates whose names the derive recognizes.
#[cfg(feature = "hashbrown")]
#[derive(Trace)]
struct Foreign(hashbrown_names::HashMap<u8, Foreign>, hashbrown_names::HashSet<Foreign>);

#[cfg(feature = "hashbrown")]
mod hashbrown_names {
    pub use hashbrown::{HashMap, HashSet};
}

#[cfg(feature = "hashbrown")]
mod foreign_names {
    use hashbrown::{HashMap, HashSet};

    #[derive(recyc::Trace)]
    pub struct Foreign(pub HashMap<u8, Foreign>, pub HashSet<Foreign>);
}

#[cfg(all(feature = "lock_api", feature = "once_cell"))]
mod foreign_locks {
    use once_cell::sync::OnceCell;
    use parking_lot::{Mutex, RwLock};

    #[derive(recyc::Trace)]
    pub struct Locked(
        Mutex<Vec<Locked>>,
        RwLock<Vec<Locked>>,
        lock_api::Mutex<parking_lot::RawMutex, Vec<Locked>>,
    );

    #[derive(recyc::Trace)]
    pub struct Once(OnceCell<Box<Once>>);
}

#[test]
fn containers_of_other_crates_are_known_by_their_names() {
    #[cfg(feature = "hashbrown")]
    assert_facts!(foreign_names::Foreign: LEAF, Foreign: OPAQUE,);
    #[cfg(feature = "smallvec")]
    assert_facts!(Small: LEAF,);
    #[cfg(all(feature = "lock_api", feature = "once_cell"))]
    assert_facts!(foreign_locks::Locked: OPAQUE, foreign_locks::Once: LEAF,);
}

mod shadow {
    //! Types of other meanings that have the names of containers.

    use super::{Gc, Trace};

    #[derive(Trace)]
    pub struct Vec<T: Trace>(pub std::vec::Vec<T>, pub Option<Gc<u8>>);

    pub type Boxed<T> = Option<Box<T>>;

    #[derive(Trace)]
    pub struct Kids(pub self::Vec<Kids>);
}

#[derive(Trace)]
struct ThroughAlias(shadow::Boxed<ThroughAlias>, shadow::Vec<ThroughAlias>);

/// A list of another type, and one with other arguments than its own.
#[derive(Trace)]
struct Other<T: Trace>(T, Option<Box<Other<u8>>>);

#[test]
fn a_field_that_is_not_recognised_makes_the_type_opaque() {
    assert_facts!(ThroughAlias: OPAQUE, shadow::Kids: OPAQUE, Other<u8>: OPAQUE, Other<Gc<u8>>: OPAQUE,);
}

macro_rules! levels {
    ($bottom:ty: $last:ident) => {
        #[derive(Trace)]
        struct $last { a: Vec<$bottom>, b: Option<Box<$bottom>>, c: Leaf<Vec<u32>> }
    };
    ($bottom:ty: $first:ident $next:ident $($rest:ident)*) => {
        #[derive(Trace)]
        struct $first { a: Vec<$next>, b: Option<Box<$next>>, c: Vec<$next>, d: Vec<Vec<$next>> }
        levels!($bottom: $next $($rest)*);
    };
}
levels!(u32: D0 D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 D12 D13 D14 D15);
levels!(Gc<u32>: N0 N1 N2 N3 N4 N5 N6 N7 N8 N9 N10 N11 N12 N13 N14 N15);

/// Along every path there would be four to the power of fifteen questions: that this compiles is
/// the test.
///
/// No value of these types is made: in a release build the drop glue of the language alone takes
/// time that is exponential in the number of levels.
#[test]
fn sixteen_levels_of_types_compile_and_are_leaves() {
    assert_facts!(D0: LEAF, D15: LEAF, (D0, Gc<u8>): NODE,);
}

/// That the functions which trace and dispose a value compile, in release builds too, is the test.
#[test]
fn sixteen_levels_of_types_with_handles_compile() {
    assert_facts!(N0: NODE, N15: NODE,);
    let node = N0 {
        a: Vec::new(),
        b: None,
        c: Vec::new(),
        d: vec![vec![N1 { a: Vec::new(), b: None, c: Vec::new(), d: Vec::new() }]],
    };
    assert!(super::waits_as_a_candidate(node));
}
