//! The payload of a panic is foreign code too: dropping it may panic.

use std::panic::panic_any;

use super::{Actor, Count, Glue, Log, alone, panic_of, ring};

fn dropped(log: &Log) -> usize {
    log.take().iter().filter(|what| what.ends_with("dropped")).count()
}

/// A payload that panics when it is dropped keeps no other dead value alive.
#[test]
fn a_payload_that_panics_in_drop_keeps_no_dead_value_alive() {
    /// The payload of all panics but the first. No code catches these panics.
    struct Payload;

    impl Drop for Payload {
        fn drop(&mut self) {
            panic_any(Self);
        }
    }

    fn panics(is_first: &Count) {
        if is_first.replace(1) == 0 {
            panic!("the first");
        }
        panic_any(Payload);
    }

    alone(|| {
        let log = Log::default();
        let is_first = Count::default();
        let act = || {
            let is_first = is_first.clone();
            move || panics(&is_first)
        };
        let actors = ring(["a", "b", "c"], &log);
        actors.iter().for_each(|actor| actor.at_end(act()));
        drop(actors);
        assert_eq!(panic_of(recyc::collect), "the first");
        assert_eq!((is_first.replace(0), dropped(&log)), (1, 3));

        let glue = Glue::ring(["a", "b", "c"], &log);
        glue.iter().for_each(|one| one.at_end(act()));
        drop(glue);
        assert_eq!(panic_of(recyc::collect), "the first");
        assert_eq!((is_first.replace(0), dropped(&log)), (1, 3));

        // Values that die by counting. Each panic comes from another nest of destructors: a second
        // one in the unwind of a first would end the process, as with `Rc`.
        let mut top = Actor::new("top", &log);
        for at in 0..100 {
            let next = Actor::new("next", &log);
            next.link(&top);
            if at % 30 == 0 {
                next.at_end(act());
            }
            top = next;
        }
        assert_eq!(panic_of(move || drop(top)), "the first");
        assert_eq!(dropped(&log), 101);
        assert_eq!(recyc::stats().live, 0);
    });
}
