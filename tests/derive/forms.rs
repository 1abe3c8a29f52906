//! Each form of a type and each kind of field, without options.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use recyc::{Gc, Trace, Tracer, collect};

use super::{Log, Note, Slot, freed_in_a_ring, waits_as_a_candidate};

#[test]
fn a_ring_of_a_struct_with_names_is_freed() {
    #[derive(Trace)]
    struct Named {
        before: Note,
        slot: Slot<Named>,
        after: Note,
    }

    let log = Log::default();
    let value =
        Named { before: log.note("before"), slot: Slot::default(), after: log.note("after") };
    assert_eq!(freed_in_a_ring(value, |named| &named.slot, &log), 1);
    assert_eq!(log.take(), ["before", "after"]);
}

#[test]
fn a_ring_of_a_tuple_struct_is_freed() {
    #[derive(Trace)]
    struct Tuple(Slot<Self>, Note);

    let log = Log::default();
    assert_eq!(
        freed_in_a_ring(Tuple(Slot::default(), log.note("note")), |tuple| &tuple.0, &log),
        1
    );
    assert_eq!(log.take(), ["note"]);
}

#[test]
fn a_ring_of_any_variant_is_freed() {
    #[derive(Trace)]
    enum Either {
        Tuple(Note, Slot<Either>),
        Named {
            slot: Slot<Either>,
            note: Note,
        },
        #[expect(dead_code, reason = "the other variants are not disturbed by it")]
        Empty,
    }

    impl Either {
        fn slot(&self) -> &Slot<Either> {
            match self {
                Self::Tuple(_, slot) | Self::Named { slot, .. } => slot,
                Self::Empty => unreachable!("never made"),
            }
        }
    }

    let log = Log::default();
    assert_eq!(
        freed_in_a_ring(Either::Tuple(log.note("tuple"), Slot::default()), Either::slot, &log),
        1
    );
    assert_eq!(log.take(), ["tuple"]);
    let named = Either::Named { slot: Slot::default(), note: log.note("named") };
    assert_eq!(freed_in_a_ring(named, Either::slot, &log), 1);
    assert_eq!(log.take(), ["named"]);
}

#[test]
fn a_ring_of_a_generic_type_is_freed() {
    #[derive(Trace)]
    struct Generic<T, I: Iterator, const N: usize>
    where
        T: 'static,
    {
        values: [T; N],
        item: I::Item,
        next: Slot<Generic<T, I, N>>,
        kind: PhantomData<I>,
    }

    let log = Log::default();
    let value = Generic::<Note, std::vec::IntoIter<Note>, 2> {
        values: [log.note("one"), log.note("two")],
        item: log.note("item"),
        next: Slot::default(),
        kind: PhantomData,
    };
    assert_eq!(freed_in_a_ring(value, |generic| &generic.next, &log), 1);
    assert_eq!(log.take(), ["one", "two", "item"]);
}

#[test]
fn a_ring_of_a_type_that_may_be_unsized_is_freed() {
    #[derive(Trace)]
    struct Tail<T: ?Sized> {
        slot: Slot<Tail<Note>>,
        tail: T,
    }

    let log = Log::default();
    assert_eq!(
        freed_in_a_ring(
            Tail { slot: Slot::default(), tail: log.note("tail") },
            |tail| &tail.slot,
            &log
        ),
        1
    );
    assert_eq!(log.take(), ["tail"]);
}

#[test]
fn a_ring_through_a_value_that_contains_its_own_type_is_freed() {
    #[derive(Trace)]
    enum Json {
        Array(Vec<Json>),
        Object(BTreeMap<u8, Json>),
        Link(Slot<Json>),
        Text(Note),
    }

    fn link(json: &Json) -> &Slot<Json> {
        let Json::Array(array) = json else { unreachable!("made as an array") };
        let Json::Object(object) = &array[1] else { unreachable!("made with an object") };
        let Json::Link(link) = &object[&1] else { unreachable!("made with a link") };
        link
    }

    let log = Log::default();
    let object =
        BTreeMap::from([(1, Json::Link(Slot::default())), (2, Json::Text(log.note("inner")))]);
    let value = Json::Array(vec![Json::Text(log.note("outer")), Json::Object(object)]);
    assert_eq!(freed_in_a_ring(value, link, &log), 1);
    assert_eq!(log.take(), ["outer", "inner"]);
}

#[test]
fn a_ring_through_types_that_contain_each_other_is_freed() {
    #[derive(Trace)]
    enum Expression {
        Block(Vec<Statement>, Note),
        Link(Slot<Expression>),
    }

    #[derive(Trace)]
    enum Statement {
        Expression(Expression),
        Loop(Box<Statement>),
    }

    fn link(expression: &Expression) -> &Slot<Expression> {
        let Expression::Block(statements, _) = expression else { unreachable!("made as a block") };
        let Statement::Loop(inner) = &statements[0] else { unreachable!("made with a loop") };
        let Statement::Expression(Expression::Link(link)) = &**inner else {
            unreachable!("made with a link")
        };
        link
    }

    let log = Log::default();
    let statement =
        Statement::Loop(Box::new(Statement::Expression(Expression::Link(Slot::default()))));
    let value = Expression::Block(vec![statement], log.note("block"));
    assert_eq!(freed_in_a_ring(value, link, &log), 1);
    assert_eq!(log.take(), ["block"]);
}

#[test]
fn a_ring_through_each_kind_of_field_is_freed() {
    #[derive(Trace, Default)]
    struct Fields {
        cell: Cell<Option<Gc<Fields>>>,
        vector: RefCell<Vec<Gc<Fields>>>,
        map: RefCell<HashMap<u8, Gc<Fields>>>,
        boxed: RefCell<Option<Box<Inner>>>,
        note: Option<Note>,
    }

    #[derive(Trace)]
    struct Inner(u8, (Gc<Fields>, [Gc<Fields>; 2]));

    let closers: [fn(&Gc<Fields>); 4] = [
        |ring| ring.cell.set(Some(ring.clone())),
        |ring| ring.vector.borrow_mut().extend([ring.clone(), ring.clone()]),
        |ring| assert!(ring.map.borrow_mut().insert(1, ring.clone()).is_none()),
        |ring| {
            *ring.boxed.borrow_mut() =
                Some(Box::new(Inner(1, (ring.clone(), [ring.clone(), ring.clone()]))))
        },
    ];
    for close in closers {
        collect();
        let log = Log::default();
        let ring = Gc::new(Fields { note: Some(log.note("note")), ..Fields::default() });
        close(&ring);
        drop(ring);
        assert_eq!((collect().reclaimed, log.take()), (1, vec!["note"]));
    }
}

/// A field is traced through its trait not through a method of that name.
#[test]
fn a_field_is_traced_by_its_trait_and_not_by_a_method() {
    #[derive(Trace)]
    struct Shadowed(Slot<Owner>);

    impl Shadowed {
        #[expect(dead_code, reason = "the test is that it is never called")]
        fn trace(&self, _: &mut Tracer<'_>) {
            panic!("called in place of the trait");
        }
    }

    #[derive(Trace)]
    struct Owner {
        shadowed: Shadowed,
        note: Note,
    }

    let log = Log::default();
    let value = Owner { shadowed: Shadowed(Slot::default()), note: log.note("note") };
    assert_eq!(freed_in_a_ring(value, |owner| &owner.shadowed.0, &log), 1);
    assert_eq!(log.take(), ["note"]);
}

#[test]
fn a_handle_behind_shared_ownership_counts_as_held_from_outside() {
    #[derive(Trace)]
    struct Sharer {
        one: Rc<Slot<Sharer>>,
        other: Rc<Slot<Sharer>>,
        note: Note,
    }

    // Two ways to one handle: whoever reported both would free the value while it is in use.
    let log = Log::default();
    let slot = Rc::new(Slot::default());
    let sharer = Gc::new(Sharer { one: slot.clone(), other: slot.clone(), note: log.note("note") });
    *slot.borrow_mut() = Some(sharer.clone());
    drop(sharer);
    collect();
    assert_eq!(log.take(), [""; 0]);
    let sharer = slot.take().expect("it was put there");
    assert!(Rc::ptr_eq(&sharer.one, &sharer.other));
    drop(sharer);
    assert_eq!(log.take(), ["note"]);
}

#[test]
fn a_collection_destroys_fields_in_the_order_of_drop_glue() {
    #[derive(Trace)]
    struct Ordered {
        first: Note,
        slot: Slot<Ordered>,
        inner: (Note, Box<Note>),
        list: Vec<Note>,
        #[trace(skip)]
        skipped: Note,
        last: Note,
    }

    let log = Log::default();
    let make = || Ordered {
        first: log.note("first"),
        slot: Slot::default(),
        inner: (log.note("inner 0"), Box::new(log.note("inner 1"))),
        list: vec![log.note("list 0"), log.note("list 1")],
        skipped: log.note("skipped"),
        last: log.note("last"),
    };
    drop(make());
    let by_glue = log.take();
    assert_eq!(by_glue.len(), 7);
    assert_eq!(freed_in_a_ring(make(), |ordered| &ordered.slot, &log), 1);
    assert_eq!(log.take(), by_glue);
}

/// A panic in the destructor of one field does not keep the others from theirs.
#[test]
fn a_panic_in_one_field_does_not_stop_other_destructors() {
    #[derive(Trace)]
    // SAFETY: it owns no handle.
    #[trace(unsafe_drop)]
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("this field explodes");
        }
    }

    #[derive(Trace)]
    struct Mined {
        before: Note,
        bomb: Bomb,
        slot: Slot<Mined>,
        #[trace(skip)]
        skipped: Note,
        after: Note,
    }

    let log = Log::default();
    let mined = Gc::new(Mined {
        before: log.note("before"),
        bomb: Bomb,
        slot: Slot::default(),
        skipped: log.note("skipped"),
        after: log.note("after"),
    });
    *mined.slot.borrow_mut() = Some(mined.clone());
    drop(mined);
    assert!(
        catch_unwind(AssertUnwindSafe(collect)).is_err(),
        "the panic of a destructor is passed on"
    );
    assert_eq!(log.take(), ["before", "skipped", "after"]);
}

/// Values without handles never wait for a collection and values with handles do.
#[test]
fn only_values_with_handles_wait_for_a_collection() {
    #[derive(Trace)]
    struct Plain<T>(u8, T, Vec<(String, Option<Box<T>>)>);

    #[derive(Trace)]
    #[expect(dead_code, reason = "only its type matters")]
    enum Json {
        Number(f64),
        Array(Vec<Json>),
        Object(HashMap<String, Json>),
    }

    assert!(!waits_as_a_candidate(Plain(1, 2_u8, Vec::new())));
    assert!(!waits_as_a_candidate(Plain(1, Json::Number(1.0), Vec::new())));
    assert!(waits_as_a_candidate(Plain(1, Slot::<u8>::default(), Vec::new())));
}

/// An alias that hides that a field contains the type again.
type Link<T> = Option<Gc<RefCell<Linked<T>>>>;

#[derive(Trace)]
struct Linked<T> {
    value: T,
    next: Link<T>,
    previous: Link<T>,
}

type Tree<T> = Option<Box<Branch<T>>>;

#[derive(Trace)]
struct Branch<T> {
    value: T,
    left: Tree<T>,
    right: Tree<T>,
}

/// Two generic types that contain each other.
#[derive(Trace)]
enum Grove<T> {
    Inner(Woods<T>),
    Leaf(T),
}

#[derive(Trace)]
struct Woods<T>(Vec<Grove<T>>);

#[test]
fn an_alias_that_hides_recursion_compiles_and_is_traced() {
    let ring = Gc::new(RefCell::new(Linked { value: 1, next: None, previous: None }));
    ring.borrow_mut().next = Some(ring.clone());
    ring.borrow_mut().previous = Some(ring.clone());
    assert_eq!(ring.borrow().value, 1);
    collect();
    drop(ring);
    assert_eq!(collect().reclaimed, 1);

    let leaf = Gc::new(2);
    let branch = |value| Some(Box::new(Branch { value, left: None, right: None }));
    let tree = Gc::new(Branch { value: Gc::new(1), left: branch(leaf.clone()), right: None });
    assert_eq!(*tree.left.as_ref().unwrap().value + *tree.value, 3);
    assert!(tree.right.is_none());
    drop(tree);
    assert_eq!(Gc::strong_count(&leaf), 1);
    let grove = Gc::new(Grove::Inner(Woods(vec![Grove::Leaf(leaf.clone())])));
    assert!(matches!(&*grove, Grove::Inner(woods) if matches!(&woods.0[..], [Grove::Leaf(_)])));
    drop(grove);
    assert_eq!(Gc::strong_count(&leaf), 1);
}

/// A value that may have no size, in a cell.
#[derive(Trace)]
struct InCell<T: ?Sized>(RefCell<T>);

#[test]
fn a_cell_of_a_parameter_without_a_size_is_a_field() {
    let target = Gc::new(1);
    let cell = Gc::new(InCell(RefCell::new(Some(target.clone()))));
    assert_eq!(Gc::strong_count(&target), 2);
    cell.0.take();
    assert_eq!(Gc::strong_count(&target), 1);
}

struct Event<'a>(&'a str);

/// Function pointers of signatures for which there is no impl of `Trace`, beside handles.
#[derive(Trace)]
#[expect(clippy::type_complexity, reason = "the types are what is tested")]
struct Functions<T: 'static> {
    event: fn(&Event<'_>),
    elided: fn(&mut u8, &mut T, &mut [T], &str) -> T,
    foreign: unsafe extern "C" fn(&u8, &u8, &u8, &u8),
    table: std::collections::HashMap<String, fn(&Event<'_>) -> u8>,
    containers:
        (Option<fn(&Event<'_>)>, [Box<fn(&Event<'_>)>; 1], Vec<(&'static str, fn(&Event<'_>))>),
    mixed: Vec<(Gc<T>, fn(&mut T, &[Gc<T>]) -> Gc<T>)>,
    next: RefCell<Option<Gc<Functions<T>>>>,
}

#[derive(Trace)]
enum Callbacks {
    Borrowing(fn(&Event<'_>) -> u8, Gc<u8>),
}

unsafe extern "C" fn foreign(_: &u8, _: &u8, _: &u8, _: &u8) {}

#[test]
fn function_pointers_of_every_signature_are_leaves() {
    let functions = Gc::new(Functions {
        event: |_| (),
        elided: |_, value: &mut u8, _, _| *value,
        foreign,
        table: [("length".to_owned(), (|event| event.0.len() as u8) as fn(&Event<'_>) -> u8)]
            .into(),
        containers: (Some(|_| ()), [Box::new(|_| ())], vec![("none", |_| ())]),
        mixed: vec![(Gc::new(1), |_, values| values[0].clone())],
        next: RefCell::new(None),
    });
    assert_eq!((functions.table["length"])(&Event("four")), 4);
    functions.next.replace(Some(functions.clone()));
    drop(functions);
    assert_eq!(collect().reclaimed, 2);

    let Callbacks::Borrowing(length, _) =
        Callbacks::Borrowing(|event| event.0.len() as u8, Gc::new(1));
    assert_eq!(length(&Event("one")), 3);
}
