//! The steps of a header, one thread at a time.

use std::env;
use std::process::{Command, exit};

use super::*;

fn header() -> Header {
    Header::new(Vtable::of::<std::sync::Mutex<Option<crate::sync::Gc<u8>>>>(), 1)
}

#[test]
fn a_version_never_comes_round_to_one_that_looks_unused() {
    let header = header();
    // One step before the last version of all.
    header.word.fetch_or(Word::VERSION & !Word::ONE_VERSION, Relaxed);
    header.increment();
    assert!(header.word().is_worn());
    header.increment();
    assert!(header.word().is_worn());
    header.increment();
    assert!(header.word().is_worn() && header.word().count() == 4);
    // Far from the end, and not only one step away: else each clone would write twice.
    assert!(header.word().0 & (Word::VERSION_SATURATED >> 1) == 0);
    assert_eq!(
        header.word().count_and_version() & Word::VERSION & !Word::VERSION_SATURATED,
        2 * Word::ONE_VERSION
    );
    assert!(header.try_increment() && header.word().is_worn());
    header.allow();
    assert!(header.freeze().is_some());
    assert!(!header.word().is_worn() && header.word().count() == 5);
}

/// A version that a collection has cleared in the meantime stays cleared.
#[test]
fn a_version_that_a_collection_cleared_stays_cleared() {
    let header = header();
    header.allow();
    header.word.fetch_or(Word::VERSION_SATURATED, Relaxed);
    let old = Word(header.word.fetch_add(Word::new_handle(), Relaxed)); // a clone, half-way
    assert!(old.is_worn() && header.freeze().is_some());
    header.overflow(old);
    assert_eq!(header.word().count_and_version(), 2);
}

#[test]
fn handles_change_the_census_and_flags_do_not() {
    let header = header();
    let before = header.word().count_and_version();
    header.allow();
    assert_eq!(header.word().count_and_version(), before);
    header.increment();
    assert!(!header.decrement());
    assert_eq!(header.word().count(), 1);
    assert_ne!(header.word().count_and_version(), before);
}

#[test]
fn every_way_to_a_new_handle_changes_the_version() {
    let ways: [fn(&Header); 3] =
        [Header::increment, |header: &Header| assert!(header.try_increment()), Header::publish];
    for way in ways {
        let header = header();
        let before = header.word();
        way(&header);
        assert_eq!(header.word().count(), before.count() + 1);
        assert!(!header.decrement());
        assert_ne!(header.word().count_and_version(), before.count_and_version());
    }
}

/// A value that is written late is registered once by the first thread.
#[test]
fn a_value_that_is_written_late_is_registered_once() {
    let header = Header::new(Vtable::of::<std::mem::MaybeUninit<u8>>(), 2);
    assert!(header.word().is_leaf() && header.weak_count() == 0);
    let vtable = Vtable::of::<std::sync::Mutex<Option<crate::sync::Gc<u8>>>>();
    assert!(header.retype(vtable) && !header.retype(vtable));
    assert!(
        !header.word().is_leaf() && header.word().is_registered() && header.word().entries() == 1
    );
    assert_eq!(header.weak_count(), 0);
}

/// More handles than a test has memory for, but not more than a program has.
#[test]
fn a_dead_block_outlasts_the_drops_of_all_its_handles() {
    for count in
        [1, 2, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, Word::TOO_MANY - 1, Word::TOO_MANY + 8]
    {
        let header =
            Header::new(Vtable::of::<std::sync::Mutex<Option<crate::sync::Gc<u8>>>>(), count);
        header.saturate();
        assert!(header.word().is_quiet() && header.word().is_dead());
        // All drops but the last, in one go.
        header.word.fetch_sub(count - 1, Relaxed);
        assert!(!header.decrement(), "the drop of {count} handles destroys a dead value again");
        assert!(header.word().is_quiet() && header.word().is_dead());
    }
}

#[test]
fn a_leaf_is_quiet_without_an_entry() {
    let leaf = Header::new(Vtable::of::<u8>(), 1);
    assert!(leaf.word().is_quiet() && leaf.word().entries() == 0);
    assert!(!header().word().is_quiet());
}

#[test]
fn age_and_place_do_not_disturb_each_other() {
    let header = header();
    header.set_place(Some(MAX_PLACE));
    (0..5).for_each(|_| header.grow_older());
    assert_eq!((header.age(), header.place()), (3, Some(MAX_PLACE)));
    header.set_place(Some(0));
    assert_eq!((header.age(), header.place()), (3, Some(0)));
}

/// Asserts that `step` ends the process, in one of its own, when it is taken from the word or the
/// pins that `fill` makes, and that it does not when it is the one before.
fn aborts(name: &str, fill: fn(&Header, u32), step: fn(&Header)) {
    const LIMIT: &str = "RECYC_LIMIT";
    let name = format!("sync::raw::header::tests::{name}");
    if env::var(LIMIT).is_ok_and(|limit| limit == name) {
        let header = header();
        fill(&header, 1);
        step(&header);
        println!("at the limit");
        step(&header);
        println!("over the limit");
        exit(0);
    }
    let mut process = Command::new(env::current_exe().expect("the path of the tests"));
    let output = process
        .args(["--exact", &name, "--nocapture"])
        .env(LIMIT, &name)
        .output()
        .expect("can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("at the limit") && !said.contains("over the limit"), "{said}");
    assert!(!output.status.success());
}

/// Leaves room for `room` more handles.
fn fill_count(header: &Header, room: u32) {
    header.word.fetch_or(Word::TOO_MANY - u64::from(room), Relaxed);
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn a_clone_too_many_aborts() {
    aborts("a_clone_too_many_aborts", fill_count, Header::increment);
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn a_clone_too_many_aborts_also_when_the_version_is_worn() {
    let fill = |header: &Header, room| {
        fill_count(header, room);
        header.word.fetch_or(Word::VERSION_SATURATED, Relaxed);
    };
    aborts("a_clone_too_many_aborts_also_when_the_version_is_worn", fill, Header::increment);
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn an_upgrade_too_many_aborts() {
    aborts("an_upgrade_too_many_aborts", fill_count, |header| _ = header.try_increment());
}

#[test]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn a_pin_too_many_aborts() {
    aborts(
        "a_pin_too_many_aborts",
        |header, room| header.pins.store(TOO_MANY_PINS - room, Relaxed),
        Header::pin,
    );
}

struct Finalized;

// SAFETY: there is no handle in it.
unsafe impl crate::Trace for Finalized {
    fn trace(&self, _: &mut crate::Tracer<'_>) {}

    fn finalizer() -> Option<fn(&Self)> {
        Some(|_| {})
    }
}

/// A vtable is a promoted constant, of which there may be several copies.
#[test]
fn a_second_retype_by_a_copied_vtable_changes_nothing() {
    let first = Vtable::of::<Finalized>();
    let boxed = Box::into_raw(Box::new(Vtable { ..*first }));
    // SAFETY: freed at the end of the test, after the last use.
    let copy: &'static Vtable = unsafe { &*boxed };
    let header = Header::new(Vtable::of::<std::mem::MaybeUninit<Finalized>>(), 2);
    header.retype(first);
    assert!(!header.word().is_finalized() && header.claim_finalizer());
    header.retype(copy);
    assert!(header.word().is_finalized(), "the finalizer is due a second time");
    // SAFETY: from `into_raw` above; the header, which may lead there, is not used again.
    drop(unsafe { Box::from_raw(boxed) });
}
