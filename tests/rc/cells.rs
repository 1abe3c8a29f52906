//! What a `GcCell` holds.

use recyc::{Gc, GcCell, Leaf, Trace, Weak, collect, sync};

use super::model::{Guard, nothing_is_left};

#[derive(Trace)]
struct Node {
    pair: GcCell<(Option<Gc<Node>>, u32)>,
    children: GcCell<[Option<Gc<Node>>; 3]>,
    parent: GcCell<Option<(Weak<Node>, usize)>>,
    shared: GcCell<Option<sync::Gc<u8>>>,
    mark: GcCell<(bool, char, f64, &'static str, ())>,
    guard: Leaf<Guard>,
}

#[test]
fn a_cell_of_tuples_and_arrays_of_handles_is_traced() {
    let _turn = crate::support::shared::alone();
    nothing_is_left(|drops| {
        let new = || {
            Gc::new(Node {
                pair: GcCell::new((None, 1)),
                children: GcCell::default(),
                parent: GcCell::new(None),
                shared: GcCell::new(Some(sync::Gc::new(5))),
                mark: GcCell::new((false, 'a', 0.5, "b", ())),
                guard: drops.guard(),
            })
        };
        let (a, b) = (new(), new());
        a.pair.set((Some(b.clone()), 7));
        b.children.set([None, Some(a.clone()), Some(b.clone())]);
        b.parent.set(Some((Gc::downgrade(&a), 1)));
        b.mark.set((true, 'c', 1.5, "d", ()));
        assert_eq!(b.mark.get(), (true, 'c', 1.5, "d", ()));
        let (next, number) = a.pair.get();
        assert!(Gc::ptr_eq(&next.unwrap(), &b) && number == 7);
        assert!(Gc::ptr_eq(&b.parent.get().unwrap().0.upgrade().unwrap(), &a));
        assert_eq!((Gc::strong_count(&a), Gc::strong_count(&b)), (2, 3));
        assert_eq!(a.shared.get().as_deref(), Some(&5));
        drop(a);
        assert_eq!((collect().reclaimed, drops.count()), (0, 0));
        drop(b);
        assert_eq!((collect().reclaimed, drops.count()), (2, 2));
    });
}

#[test]
fn a_cell_of_copies_is_changed_in_its_place() {
    let cell = GcCell::new(Some(3_u64));
    cell.set(cell.get().map(|n| n + 1));
    assert_eq!((cell.take(), cell.get()), (Some(4), None));
}
