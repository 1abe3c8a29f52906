//! `inspect::check_reachable` notices a header that is not as it must be.
//!
//! The headers are spoilt here and put right again, at the places that `docs/design.md` gives for
//! them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use recyc::{Gc, GcCell, Trace, inspect};

use super::alone;
use super::limits::count_word;

#[derive(Trace)]
struct Node(GcCell<Option<Gc<Node>>>);

/// Asserts that the checker panics with `words` after `mark_incomplete` has changed a word of the
/// header of the second of two nodes.
fn is_noticed(place: usize, mark_incomplete: fn(i32) -> i32, words: &'static str) {
    alone(move || {
        let second = Gc::new(Node(GcCell::default()));
        let first = Gc::new(Node(GcCell::new(Some(second.clone()))));
        let handles = [first, second];
        assert_eq!(inspect::check_reachable(&handles), 2);
        let word = count_word(&handles[1]).wrapping_byte_sub(4 * (1 - place));
        // SAFETY: the two words of the header that can change are at this address, and no other
        // code uses them until the write below.
        let before = unsafe { word.read() };
        // SAFETY: as above.
        unsafe { word.write(mark_incomplete(before)) };
        let result = catch_unwind(AssertUnwindSafe(|| inspect::check_reachable(&handles)));
        // SAFETY: as above.
        unsafe { word.write(before) };
        let payload = result.expect_err("nothing was noticed");
        let said = payload.downcast_ref::<String>().expect("a message");
        assert!(said.contains(words), "{said}");
        assert_eq!(inspect::check_reachable(&handles), 2);
    });
}

#[test]
fn the_checker_notices_a_count_below_the_number_of_handles() {
    is_noticed(1, |count| count - 2, "2 handles were found");
}

#[test]
fn the_checker_notices_a_quiet_block_that_is_no_candidate() {
    is_noticed(1, |armed| armed - 1 + (1 << 30), "registered nowhere");
}

#[test]
fn the_checker_notices_a_block_that_was_left_captured() {
    is_noticed(0, |idle| idle | i32::MIN, "in the captured state");
}

/// The checker counts what candidates lead to and does nothing during a collection.
#[test]
fn the_checker_counts_blocks_but_not_during_a_collection() {
    alone(|| {
        let one = Gc::new(Node(GcCell::default()));
        one.0.set(Some(one.clone()));
        drop(one);
        assert_eq!(inspect::check_reachable(&()), 1);
        let callback = recyc::on_collection(|_| assert_eq!(inspect::check_reachable(&()), 0));
        assert_eq!(recyc::collect().reclaimed, 1);
        drop(callback);
        assert_eq!(inspect::check_reachable(&()), 0);
    });
}
