//! `#[trace(leaf)]`: the fields are not traced, and a handle in one of them is external.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use recyc::private::{Facts, facts};
use recyc::{Finalize, Gc, Trace, collect, sync};

use super::{Log, Note, Slot, freed_in_a_ring, waits_as_a_candidate};

/// As if from another crate: no `Trace`.
struct Foreign;

#[derive(Trace)]
#[trace(leaf)]
struct Native<F: ?Sized> {
    _name: Option<Foreign>,
    call: Box<F>,
}

#[derive(Trace)]
#[trace(leaf)]
union Bits {
    number: u64,
    _pair: ManuallyDrop<(Foreign, u8)>,
}

#[derive(Trace)]
#[trace(leaf)]
#[repr(C, packed)]
struct Packed(u8, u32);

#[derive(Trace)]
#[trace(leaf)]
enum Token {
    _Call(fn(&Foreign) -> Foreign),
    End,
}

#[derive(Trace)]
#[trace(leaf)]
struct Tail<T: ?Sized>(u8, T);

#[test]
fn nothing_is_asked_of_the_fields_of_a_leaf() {
    const LEAF: Facts = Facts::LEAF;
    assert_eq!(facts::<Native<dyn Fn(u8) -> u8>>(), LEAF);
    assert_eq!([facts::<Bits>(), facts::<Packed>(), facts::<Token>()], [LEAF; 3]);
    assert_eq!(facts::<Tail<Foreign>>(), LEAF);
    let native = || Native::<dyn Fn(u8) -> u8> { _name: None, call: Box::new(|number| number + 1) };
    assert!(!waits_as_a_candidate(native()));
    assert_eq!((Gc::new(native()).call)(1), 2);
    // SAFETY: the field that was written is read.
    assert_eq!(unsafe { Gc::new(Bits { number: 7 }).number }, 7);
    {
        let _turn = crate::support::shared::alone();
        let packed = sync::Gc::new(Packed(1, 2));
        assert_eq!((packed.0, { packed.1 }), (1, 2));
    }
    assert!(matches!(*Gc::new(Token::End), Token::End));
    let tail: Gc<Tail<[u8]>> = recyc::unsize!(Gc::new(Tail(1, [2, 3])) => Tail<[u8]>);
    assert_eq!((tail.0, &tail.1), (1, &[2, 3][..]));
}

#[test]
fn a_leaf_with_a_destructor_is_dropped_once_in_a_dead_ring() {
    #[derive(Trace)]
    #[trace(leaf)]
    struct File(#[expect(dead_code, reason = "its drop is observed")] Note, Cell<u8>);

    impl Drop for File {
        fn drop(&mut self) {
            assert_eq!(self.1.replace(1), 0, "dropped twice");
        }
    }

    #[derive(Trace)]
    struct Node {
        slot: Slot<Node>,
        file: File,
    }

    let log = Log::default();
    let node = Node { slot: Slot::default(), file: File(log.note("file"), Cell::new(0)) };
    assert_eq!(freed_in_a_ring(node, |node| &node.slot, &log), 1);
    assert_eq!(log.take(), ["file"]);
}

#[test]
fn a_ring_through_a_leaf_stays_until_it_is_opened() {
    #[derive(Trace)]
    #[trace(leaf)]
    struct Blind(Slot<Blind>, #[expect(dead_code, reason = "its drop is observed")] Note);

    impl Drop for Blind {
        fn drop(&mut self) {
            assert!(self.0.borrow().is_none(), "the ring was opened before");
        }
    }

    let log = Log::default();
    let blind = Gc::new(Blind(Slot::default(), log.note("note")));
    *blind.0.borrow_mut() = Some(blind.clone());
    let weak = Gc::downgrade(&blind);
    drop(blind);
    collect();
    assert_eq!(log.take(), [""; 0]);
    let blind = weak.upgrade().expect("a handle that is not reported keeps its target alive");
    drop(blind.0.take());
    drop(blind);
    assert_eq!(log.take(), ["note"]);
}

#[test]
fn the_destructor_of_a_leaf_may_use_its_handles_in_a_dead_ring() {
    #[derive(Trace)]
    #[trace(leaf)]
    struct Closing(Gc<Note>, Log);

    impl Drop for Closing {
        fn drop(&mut self) {
            assert_eq!(Gc::strong_count(&self.0), 1);
            assert_eq!(self.1.take(), [""; 0], "the target is whole");
        }
    }

    #[derive(Trace)]
    struct Node {
        slot: Slot<Node>,
        closing: Closing,
    }

    let log = Log::default();
    let closing = Closing(Gc::new(log.note("target")), log.clone());
    let node = Node { slot: Slot::default(), closing };
    assert_eq!(freed_in_a_ring(node, |node| &node.slot, &log), 1);
    assert_eq!(log.take(), ["target"]);
}

#[test]
fn the_finalizer_of_a_leaf_runs_once_before_its_drop() {
    #[derive(Trace)]
    #[trace(leaf, finalize)]
    struct Closed(#[expect(dead_code, reason = "its drop is observed")] Note, Cell<u8>);

    impl Finalize for Closed {
        fn finalize(&self) {
            self.1.set(self.1.get() + 1);
        }
    }

    impl Drop for Closed {
        fn drop(&mut self) {
            assert_eq!(self.1.get(), 1);
        }
    }

    let log = Log::default();
    drop(Gc::new(Closed(log.note("closed"), Cell::new(0))));
    assert_eq!(log.take(), ["closed"]);
}
