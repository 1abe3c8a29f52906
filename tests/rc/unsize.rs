//! Handles to traits.

use super::kind::RefCell;
use std::fmt::{Debug, Display};
use std::rc::Rc;
use std::sync::Arc;

use super::kind::{Bound, Gc, GcCell, Trace, Weak, alone, collect, unsize};

use super::model::{Node, in_every_situation, nothing_is_left};

/// A trait without `Trace` as a supertrait.
trait Numbered: Bound {
    fn number(&self) -> u32;
    fn next(&self) -> &RefCell<Option<Gc<Node>>>;
}

impl Numbered for Node {
    fn number(&self) -> u32 {
        self.number
    }

    fn next(&self) -> &RefCell<Option<Gc<Node>>> {
        &self.next
    }
}

#[test]
fn a_handle_to_a_trait_is_a_handle_to_the_value() {
    in_every_situation(
        |drops| unsize!(Gc::new(Node::new(1, drops)) => dyn Numbered),
        |case, drops| {
            assert_eq!(case.handle.number(), 1);
            assert_eq!(Gc::downgrade(&case.handle).upgrade().unwrap().number(), 1);
            drop((case.handle, case.others));
            assert_eq!(drops.count(), 1);
            assert!(case.weaks.iter().all(|weak| weak.upgrade().is_none()));
        },
    );
}

struct Shapes<T: ?Sized> {
    first: Gc<T>,
    more: Vec<Gc<T>>,
    weak: Option<Weak<T>>,
}

fn number(handle: Gc<dyn Numbered>) -> u32 {
    handle.number()
}

fn returned(node: Gc<Node>) -> Option<Gc<dyn Numbered>> {
    Some(unsize!(node))
}

fn of_generic_code<T: Numbered + 'static>(value: Gc<T>) -> Gc<dyn Numbered> {
    unsize!(value)
}

#[test]
fn the_context_of_unsize_determines_the_target() {
    nothing_is_left(|drops| {
        let node = Gc::new(Node::new(7, drops));
        let variable: Gc<dyn Numbered> = unsize!(node.clone());
        let mut shapes: Shapes<dyn Numbered> = Shapes {
            first: unsize!(node.clone()),
            more: vec![unsize!(node.clone()), variable],
            weak: Some(unsize!(Gc::downgrade(&node))),
        };
        shapes.more.push(unsize!(node.clone()));
        let weak = shapes.weak.as_ref().unwrap().upgrade().unwrap();
        assert_eq!(number(unsize!(node.clone())), 7);
        assert_eq!(shapes.first.number() + shapes.more[2].number() + weak.number(), 21);
        assert_eq!(returned(node.clone()).unwrap().number(), 7);
        assert_eq!(of_generic_code(node.clone()).number(), 7);
        assert_eq!(Gc::strong_count(&node), 6);
    });
}

/// The conversions that a nightly compiler makes by itself, as for `Rc`.
#[cfg(recyc_nightly)]
#[test]
fn the_compiler_converts_handles_to_traits() {
    nothing_is_left(|drops| {
        let node = Gc::new(Node::new(7, drops));
        let weak = Gc::downgrade(&node);
        let shapes: Shapes<dyn Numbered> =
            Shapes { first: node.clone(), more: vec![node.clone()], weak: Some(weak) };
        assert_eq!(number(node.clone()) + shapes.first.number() + shapes.more[0].number(), 21);
        assert_eq!(shapes.weak.unwrap().upgrade().unwrap().number(), 7);
        let slice: Gc<[u8]> = Gc::new([1, 2, 3]);
        assert_eq!(*slice, [1, 2, 3]);
    });
}

#[test]
fn a_cycle_through_a_handle_to_a_trait_is_freed() {
    #[derive(Trace)]
    struct Holder(Gc<dyn Numbered>, GcCell<Option<Gc<super::kind::Any>>>);

    in_every_situation(
        |drops| Gc::new(Node::new(1, drops)),
        |case, drops| {
            let node = unsize!(case.handle.clone() => dyn Numbered);
            *node.next().borrow_mut() = Some(Gc::new(Node::new(2, drops)));
            let holder = Gc::new(Holder(node, GcCell::new(None)));
            holder.1.set(Some(unsize!(holder.clone() => super::kind::Any)));
            drop((holder, case.handle, case.others));
            assert_eq!(drops.count(), 0);
            assert_eq!(collect().reclaimed, 3);
            assert_eq!(drops.count(), 2);
        },
    );
}

#[test]
fn unsizing_changes_no_count_and_no_address() {
    nothing_is_left(|drops| {
        let node = Gc::new(Node::new(1, drops));
        let weak = unsize!(Gc::downgrade(&node) => dyn Numbered);
        let any = unsize!(node.clone() => super::kind::Any);
        assert_eq!((Gc::strong_count(&node), Gc::weak_count(&node)), (2, 1));
        assert_eq!(Gc::address(&node), Gc::address(&any));
        assert_eq!(weak.as_ptr().addr(), Gc::address(&node));
        assert!(Gc::ptr_eq(&any.downcast::<Node>().unwrap(), &node));
    });
}

#[test]
fn a_weak_to_what_is_gone_can_be_unsized() {
    nothing_is_left(|drops| {
        let weak = Gc::downgrade(&Gc::new(Node::new(1, drops)));
        assert!(unsize!(weak => dyn Numbered).upgrade().is_none());
        assert!(unsize!(Weak::<Node>::new() => dyn Numbered).upgrade().is_none());
    });
}

fn erase<T: Debug + 'static>(value: Gc<T>) -> Gc<dyn Debug> {
    unsize!(value => dyn Debug)
}

macro_rules! all_shown {
    ($($value:expr),*; $target:ty) => { [$(unsize!(Gc::new($value) => $target)),*] };
}

#[test]
fn the_macro_works_with_parameters_and_inside_others() {
    nothing_is_left(|_| {
        assert_eq!(format!("{:?}", erase(Gc::new("text"))), "\"text\"");
        let all: [Gc<dyn Display>; 2] = all_shown!(1, "text"; dyn Display);
        assert_eq!(all.map(|shown| shown.to_string()).concat(), "1text");
        let handle = 5; // the macro has a variable of this name
        let shown = unsize!(Gc::new(handle) => dyn Display);
        assert_eq!(shown.to_string(), "5");
    });
}

#[test]
fn the_target_may_be_behind_a_cell_and_may_be_a_trait_already() {
    trait Base {
        fn base(&self) -> u32;
    }
    trait Derived: Base {}
    impl Base for u32 {
        fn base(&self) -> u32 {
            *self
        }
    }
    impl Derived for u32 {}

    nothing_is_left(|_| {
        let place: Gc<RefCell<dyn Base>> = unsize!(Gc::new(RefCell::new(7)) => RefCell<dyn Base>);
        assert_eq!(place.borrow().base(), 7);
        let same = unsize!(unsize!(Gc::new(8) => dyn Derived) => dyn Derived);
        assert_eq!(same.base(), 8);
        let function = unsize!(Gc::new_leaf(|n: u32| n + 1) => dyn Fn(u32) -> u32);
        assert_eq!(function(1), 2);
    });
}

/// The handles of the standard library can be unsized by the same macro.
#[test]
fn the_macro_unsizes_the_handles_of_std_too() {
    let _turn = alone();
    let (rc, arc) = (unsize!(Rc::new(7) => dyn Display), unsize!(Arc::new(7) => dyn Display));
    assert_eq!((rc.to_string(), Rc::strong_count(&rc)), ("7".into(), 1));
    assert_eq!((arc.to_string(), Arc::strong_count(&arc)), ("7".into(), 1));
    let (weak, weak_arc) =
        (unsize!(Rc::downgrade(&rc) => dyn Display), unsize!(Arc::downgrade(&arc) => dyn Display));
    drop((rc, arc));
    assert!(weak.upgrade().is_none() && weak_arc.upgrade().is_none());
}

#[test]
fn downcast_gives_the_handle_back_if_the_type_is_another() {
    in_every_situation(
        |drops| unsize!(Gc::new(Node::new(1, drops)) => super::kind::Any),
        |case, drops| {
            let any = case.handle.downcast::<u32>().unwrap_err();
            let node = any.downcast::<Node>().unwrap();
            assert_eq!((node.number, Gc::strong_count(&node)), (1, 1 + case.others.len()));
            drop((node, case.others));
            assert_eq!(drops.count(), 1);
        },
    );
    assert!(unsize!(Gc::new(()) => super::kind::Any).downcast::<()>().is_ok());
}

#[cfg(feature = "unsize")]
#[test]
fn the_coercions_of_the_crate_of_that_name() {
    use ::unsize::{CoerceUnsize, Coercion};

    nothing_is_left(|drops| {
        let node = Gc::new(Node::new(1, drops));
        let weak: Weak<dyn Numbered> = Gc::downgrade(&node).unsize(Coercion!(to dyn Numbered));
        let numbered: Gc<dyn Numbered> = node.unsize(Coercion!(to dyn Numbered));
        assert_eq!((numbered.number(), weak.upgrade().unwrap().number()), (1, 1));
    });
}
