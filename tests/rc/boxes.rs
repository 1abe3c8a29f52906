//! Boxes of traits: as fields, and moved into a `Gc`.

use super::kind::RefCell;

use super::kind::{Bound, Gc, Trace, collect, trace_dyn};

use super::model::{Drops, Node, in_every_situation, nothing_is_left};

trait Widget: Trace + Bound {
    fn link(&self, target: Gc<Window>);
}
trace_dyn!(dyn Widget);

trait Visit<T>: Trace + Bound {
    fn visit(&self) -> T;
}
trace_dyn!([T: Trace] dyn Visit<T>);

#[derive(Trace)]
struct Window {
    parts: RefCell<Vec<Box<dyn Widget>>>,
    shared: RefCell<Option<Gc<dyn Widget>>>,
}

#[derive(Trace)]
struct Button {
    window: RefCell<Option<Gc<Window>>>,
    node: Node,
}

impl Widget for Button {
    fn link(&self, target: Gc<Window>) {
        *self.window.borrow_mut() = Some(target);
    }
}

impl Visit<u32> for Node {
    fn visit(&self) -> u32 {
        self.number
    }
}

/// Aligned, so that its block begins elsewhere.
#[derive(Trace)]
#[repr(align(128))]
struct Aligned(RefCell<Option<Gc<Window>>>, Node);

impl Widget for Aligned {
    fn link(&self, target: Gc<Window>) {
        assert_eq!(std::ptr::from_ref(self).addr() % 128, 0);
        *self.0.borrow_mut() = Some(target);
    }
}

fn boxed(drops: &Drops) -> [Box<dyn Widget>; 2] {
    [
        Box::new(Button { window: RefCell::new(None), node: Node::new(1, drops) }),
        Box::new(Aligned(RefCell::new(None), Node::new(2, drops))),
    ]
}

fn window() -> Gc<Window> {
    Gc::new(Window { parts: RefCell::default(), shared: RefCell::default() })
}

#[test]
fn a_cycle_through_a_box_of_a_trait_is_freed() {
    nothing_is_left(|drops| {
        let window = window();
        for part in boxed(drops) {
            part.link(window.clone());
            window.parts.borrow_mut().push(part);
        }
        let kept = window.clone();
        drop(window);
        assert_eq!(collect().reclaimed, 0);
        drop(kept);
        assert_eq!(collect().reclaimed, 1);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_trait_object_moves_out_of_its_box_and_is_collected() {
    for which in 0..2 {
        in_every_situation(
            |drops| Gc::<dyn Widget>::from(boxed(drops).into_iter().nth(which).unwrap()),
            |case, drops| {
                let other = drops.count(); // the one that was not taken
                let window = window();
                case.handle.link(window.clone());
                *window.shared.borrow_mut() = Some(case.handle.clone());
                let address = Gc::address(&case.handle);
                assert!(case.weaks.iter().all(|weak| weak.as_ptr().addr() == address));
                drop((window, case.handle, case.others));
                assert_eq!(drops.count(), other);
                let found = collect();
                assert_eq!(found.reclaimed, 2);
                assert!(found.bytes > size_of::<Node>());
                assert_eq!(drops.count(), other + 1);
                assert!(case.weaks.iter().all(|weak| weak.upgrade().is_none()));
            },
        );
    }
}

#[test]
fn a_trait_object_from_a_box_drops_with_its_last_handle() {
    in_every_situation(
        |drops| Gc::<dyn Visit<u32>>::from(Box::new(Node::new(7, drops)) as Box<_>),
        |case, drops| {
            assert_eq!(case.handle.visit(), 7);
            // SAFETY: the pointer came from `into_raw` and is turned back once.
            let handle = unsafe { Gc::from_raw(Gc::into_raw(case.handle)) };
            drop((handle, case.others));
            assert_eq!(drops.count(), 1);
        },
    );
}

#[test]
fn a_value_moves_out_of_its_box_whatever_it_is() {
    nothing_is_left(|drops| {
        assert_eq!(Gc::<Node>::from(Box::new(Node::new(7, drops))).number, 7);
        let slice: Gc<[Node]> =
            vec![Node::new(1, drops), Node::new(2, drops)].into_boxed_slice().into();
        assert_eq!((slice[1].number, drops.count()), (2, 1));
    });
}
