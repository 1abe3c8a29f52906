//! A build with `--cfg recyc_audit` names the type whose `Trace` is wrong, and destroys no value
//! because of it.
//!
//! Each wrong `Trace` is tested beside a right one: the same values, reported rightly, are
//! collected.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use recyc::{Gc, Trace, TraceWith, Tracer};

use super::{End, Log, alone};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Fault {
    Nothing,
    Twice,
    /// Reports what is in the target instead of the handle to it.
    Grandchildren,
    /// Reports a handle that a thread-local owns.
    Elsewhere,
    /// Reports fewer handles with each question.
    Less,
    Clones,
    Drops,
    Creates,
    Upgrades,
    /// Moves the value out of the block of the last handle.
    Unwraps,
    /// Reports a copy of the bits of a handle.
    Copies,
}

struct Unsound {
    edges: RefCell<Vec<Gc<Unsound>>>,
    fault: Cell<Fault>,
    asked: Cell<usize>,
    _end: End,
}

thread_local! {
    static ELSEWHERE: RefCell<Option<Gc<Unsound>>> = const { RefCell::new(None) };
}

// SAFETY: not kept, on purpose: see `Fault`. The build that these tests are for finds it out before
// it does harm.
unsafe impl Trace for Unsound {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.asked.set(self.asked.get() + 1);
        match self.fault.get() {
            Fault::Nothing => self.edges.trace(tracer),
            Fault::Twice => {
                self.edges.trace(tracer);
                self.edges.trace(tracer);
            }
            Fault::Grandchildren => {
                self.edges.borrow().iter().for_each(|edge| edge.edges.borrow().trace(tracer))
            }
            Fault::Elsewhere => {
                self.edges.trace(tracer);
                ELSEWHERE.with_borrow(|handle| handle.trace(tracer));
            }
            Fault::Less => self
                .edges
                .borrow()
                .iter()
                .skip(self.asked.get() - 1)
                .for_each(|edge| edge.trace(tracer)),
            Fault::Clones => self.edges.borrow().clone().trace(tracer),
            Fault::Drops => drop(self.edges.borrow_mut().pop()),
            Fault::Creates => drop(Gc::new(7)),
            Fault::Upgrades => {
                drop(self.edges.borrow().first().map(Gc::downgrade).and_then(|weak| weak.upgrade()))
            }
            Fault::Unwraps => drop(self.edges.borrow_mut().pop().map(Gc::into_inner)),
            Fault::Copies => {
                self.edges.trace(tracer);
                // SAFETY: the copy is not dropped.
                let copy =
                    std::mem::ManuallyDrop::new(unsafe { std::ptr::read(&self.edges.borrow()[0]) });
                copy.trace(tracer);
            }
        }
    }
}

fn unsound(fault: Fault, log: &Log) -> Gc<Unsound> {
    Gc::new(Unsound {
        edges: RefCell::default(),
        fault: Cell::new(fault),
        asked: Cell::new(0),
        _end: End::new("unsound", log),
    })
}

/// Makes a dead pair, each with a handle to itself and to the other. The first has a wrong `Trace`.
fn pair(fault: Fault, log: &Log) -> [Gc<Unsound>; 2] {
    let pair = [unsound(fault, log), unsound(Fault::Nothing, log)];
    for one in &pair {
        one.edges.borrow_mut().extend(pair.iter().cloned());
    }
    pair
}

/// Collects and returns the message of the panic.
fn accusation() -> String {
    let payload =
        catch_unwind(AssertUnwindSafe(recyc::collect)).expect_err("the fault was believed");
    let said = payload.downcast_ref::<String>().expect("a message").clone();
    assert!(said.contains("audit::Unsound`"), "{said}");
    said
}

/// Asserts that a fault is found out in words, that all values live after it, and that they die once
/// it ends.
fn is_found_out(fault: Fault, words: &[&str]) {
    alone({
        let words = words.join("\n");
        move || {
            let log = Log::default();
            let [one, two] = pair(fault, &log);
            let weak = Gc::downgrade(&one);
            // A live value beside them makes the collector trace them again.
            let witness = unsound(Fault::Nothing, &log);
            if fault == Fault::Less {
                witness.edges.borrow_mut().push(one.clone());
            }
            drop(witness.clone());
            drop((one, two));
            let said = accusation();
            for word in words.split('\n') {
                assert!(said.contains(word), "{word:?} is not in {said:?}");
            }
            assert_eq!(log.take(), [""; 0]);
            recyc::inspect::check();
            let one = weak.upgrade().expect("a fault keeps everything alive");
            one.fault.set(Fault::Nothing);
            drop((one, witness));
            recyc::collect();
            if !matches!(fault, Fault::Clones | Fault::Drops | Fault::Creates | Fault::Upgrades) {
                assert_eq!(recyc::stats().live, 0);
                assert_eq!(log.take().len(), 3);
            } else {
                // A handle that a `trace` drops stays counted and is leaked, so that nothing dies
                // under the collector.
                let all = recyc::inspect::live_blocks();
                assert!(all <= 3, "{all}");
            }
        }
    });
}

#[test]
fn the_audit_names_who_reports_a_handle_twice() {
    is_found_out(Fault::Twice, &["reports as number 1", "reports as number 3", "once"]);
}

#[test]
fn the_audit_names_who_reports_what_another_value_owns() {
    is_found_out(Fault::Grandchildren, &["by its owner only"]);
}

#[test]
fn the_audit_names_who_reports_more_handles_than_there_are() {
    is_found_out(Fault::Copies, &["more handles to a", "than there are"]);
}

#[test]
fn the_audit_names_who_answers_otherwise_when_asked_again() {
    is_found_out(Fault::Less, &["reports 2 handles, and 1 when it is asked again", "number 1"]);
}

#[test]
fn the_audit_names_who_changes_counts_while_it_is_traced() {
    is_found_out(Fault::Clones, &["clones a handle to a"]);
    is_found_out(Fault::Drops, &["drops a handle to a"]);
    is_found_out(Fault::Creates, &["creates a handle to a `i32`"]);
    is_found_out(Fault::Upgrades, &["clones a handle to a"]);
}

#[test]
fn the_audit_names_a_trace_that_unwraps_a_last_handle() {
    alone(|| {
        let log = Log::default();
        let [one, two] = pair(Fault::Unwraps, &log);
        let child = unsound(Fault::Nothing, &log);
        let weak = Gc::downgrade(&child);
        one.edges.borrow_mut().push(child);
        drop(one.clone());
        let said = accusation();
        assert!(said.contains("unwraps a handle to a"), "{said}");
        assert_eq!(log.take(), [""; 0]);
        assert!(weak.upgrade().is_some(), "the value stays in its block");
        one.fault.set(Fault::Nothing);
        drop((one, two));
        assert_eq!(recyc::collect().reclaimed, 2, "the handle to the third is leaked");
    });
}

/// Makes candidates with a `Trace` and takes a sample of them. Returns the message of the panic.
fn panic_of_sample(fault: Fault) -> Option<String> {
    let log = Log::default();
    let all: Vec<_> = (0..4).flat_map(|_| pair(fault, &log)).collect();
    all.iter().for_each(|one| one.fault.set(fault));
    all.iter().for_each(|one| drop(one.clone()));
    let asked = |all: &[Gc<Unsound>]| all.iter().map(|one| one.asked.get()).sum::<usize>();
    assert_eq!(asked(&all), 0);
    let sampled = catch_unwind(recyc::is_pending);
    assert_ne!(asked(&all), 0, "no sample was taken");
    assert_eq!(log.take(), [""; 0]);
    recyc::inspect::check();
    all.iter().for_each(|one| one.fault.set(Fault::Nothing));
    sampled.err().map(|payload| payload.downcast_ref::<String>().expect("a message").clone())
}

#[test]
fn the_audit_watches_the_trace_that_a_sample_calls() {
    for (fault, words) in [
        (Fault::Nothing, ""),
        (Fault::Twice, "reports as number 3"),
        (Fault::Clones, "clones a handle to a"),
        (Fault::Drops, "drops a handle to a"),
        (Fault::Creates, "creates a handle to a `i32`"),
        (Fault::Upgrades, "clones a handle to a"),
    ] {
        alone(move || {
            let said = panic_of_sample(fault);
            if fault == Fault::Nothing {
                assert_eq!(said, None);
            } else {
                let said = said.expect("the fault was believed");
                assert!(said.contains("audit::Unsound`") && said.contains(words), "{said}");
            }
        });
    }
}

/// A handle in a field of a value, not in its heap parts, so that its address shows which value
/// owns it.
struct Inline {
    next: Cell<Option<Gc<Inline>>>,
    grandchild: Cell<bool>,
}

// SAFETY: not kept, on purpose, while `grandchild` is set.
unsafe impl Trace for Inline {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: the cell is not changed while this borrow lasts.
        match unsafe { &*self.next.as_ptr() } {
            Some(next) if self.grandchild.get() => next.next.trace(tracer),
            _ => self.next.trace(tracer),
        }
    }
}

#[test]
fn the_audit_names_who_reports_what_stands_in_another_value() {
    alone(|| {
        let new = || Gc::new(Inline { next: Cell::default(), grandchild: Cell::new(false) });
        let (one, two, three) = (new(), new(), new());
        one.next.set(Some(two.clone()));
        two.next.set(Some(three.clone()));
        // The owner of the handle does not report it, or the audit would see the handle twice.
        two.grandchild.set(true);
        one.grandchild.set(true);
        drop((one.clone(), two.clone()));
        let payload =
            catch_unwind(AssertUnwindSafe(recyc::collect)).expect_err("the fault was believed");
        let said = payload.downcast_ref::<String>().expect("a message");
        assert!(
            said.contains("reports as number 1") && said.contains("stands in another value"),
            "{said}"
        );
        one.grandchild.set(false);
        two.grandchild.set(false);
        drop((one, two, three));
        assert_eq!(recyc::stats().live, 0);
    });
}

#[test]
fn the_audit_keeps_all_memory_when_a_handle_outlives_its_owner() {
    alone(|| {
        let log = Log::default();
        let one = unsound(Fault::Elsewhere, &log);
        // The only handle outside is the one that the value reports as its own: the counts agree,
        // and it would be freed.
        let way_back = one.clone();
        drop(one);
        ELSEWHERE.set(Some(way_back));
        let said = accusation();
        assert!(
            said.contains("1 of its handles are left") && said.contains("is not its own"),
            "{said}"
        );
        recyc::inspect::check();
        let after = recyc::collect();
        assert_eq!((after.reclaimed, recyc::inspect::live_blocks()), (0, 1));
        // Its value was dropped, its memory is there: a canary of the value still stands.
        ELSEWHERE.with_borrow(|one| {
            assert_eq!(one.as_ref().expect("held").fault.get(), Fault::Elsewhere)
        });
        ELSEWHERE.take();
        assert_eq!(log.take().len(), 1);
    });
}

/// Reports wrong handles for a field of a foreign type.
struct TwiceAll;

// SAFETY: not kept, on purpose.
unsafe impl TraceWith<Vec<Gc<Foreign>>> for TwiceAll {
    fn trace(all: &Vec<Gc<Foreign>>, tracer: &mut Tracer<'_>) {
        all.trace(tracer);
        all.trace(tracer);
    }
}

#[derive(Trace)]
struct Foreign {
    #[trace(with = "TwiceAll")]
    children: Vec<Gc<Foreign>>,
}

/// The audit names the type whose field is traced by a wrong function.
#[test]
fn the_audit_names_the_type_whose_field_is_traced_wrongly() {
    alone(|| {
        let child = Gc::new(Foreign { children: Vec::new() });
        let parent = Gc::new(Foreign { children: vec![child.clone(), child] });
        drop(parent.clone());
        let payload =
            catch_unwind(AssertUnwindSafe(recyc::collect)).expect_err("the fault was believed");
        let said = payload.downcast_ref::<String>().expect("a message");
        assert!(said.contains("audit::Foreign` reports as number 1"), "{said}");
        drop(parent);
        assert_eq!(recyc::stats().live, 0);
    });
}

/// Owns one handle that is not reported, and is dropped by glue.
struct Holder {
    way_back: Cell<Option<Gc<Holder>>>,
    _held: Gc<Inline>,
}

// SAFETY: what is not reported is held from outside; the cell is only set by the test.
unsafe impl Trace for Holder {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: the cell is not changed while this borrow lasts.
        unsafe { &*self.way_back.as_ptr() }.trace(tracer);
    }
}

#[test]
fn the_audit_does_not_read_survivors_that_the_dead_freed() {
    alone(|| {
        let new = || Gc::new(Inline { next: Cell::default(), grandchild: Cell::new(false) });
        let (held, other) = (new(), new());
        held.next.set(Some(other.clone()));
        drop(held.clone());
        let holder = Gc::new(Holder { way_back: Cell::default(), _held: held });
        holder.way_back.set(Some(holder.clone()));
        drop(holder);
        assert_eq!(
            recyc::collect().reclaimed,
            1,
            "the survivor goes with the last handle, not as one of the dead"
        );
        drop(other);
        assert_eq!(recyc::stats().live, 0);
    });
}
