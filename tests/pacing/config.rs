//! What a configuration may be, and when it takes effect.

use std::num::NonZeroUsize;

use recyc::{Config, Event, Finalize, Gc, GcCell, Leaf, Trace};

use super::{alone, garbage, knot, times};

/// Each field out of its range is refused by name and changes nothing.
#[test]
fn a_field_out_of_its_range_is_named_and_changes_nothing() {
    alone(|| {
        let good = Config::default().with_young_threshold(77);
        recyc::configure(good).expect("valid");
        let bad = [
            ("young_threshold", "0", good.with_young_threshold(0)),
            ("young_bytes", "0", good.with_young_bytes(0)),
            ("promote_after", "0", good.with_promote_after(0)),
            ("promote_after", "4", good.with_promote_after(4)),
            ("promote_after", "255", good.with_promote_after(255)),
            ("heap_growth", "0", good.with_heap_growth(0.0)),
            ("heap_growth", "-0", good.with_heap_growth(-0.0)),
            ("heap_growth", "-1", good.with_heap_growth(-1.0)),
            ("heap_growth", "NaN", good.with_heap_growth(f32::NAN)),
            ("heap_growth", "inf", good.with_heap_growth(f32::INFINITY)),
            ("heap_growth", "100.5", good.with_heap_growth(100.5)),
        ];
        for (field, value, config) in bad {
            let refused = recyc::configure(config).expect_err("out of range");
            assert_eq!(refused.field(), field);
            let said = refused.to_string();
            assert!(said.contains(&format!("`Config::{field}` is {value}, allowed is")), "{said}");
            assert_eq!(recyc::config(), good);
        }
    });
}

#[test]
fn the_ends_of_each_range_are_accepted() {
    alone(|| {
        for config in [
            Config::default()
                .with_young_threshold(1)
                .with_promote_after(1)
                .with_heap_growth(f32::MIN_POSITIVE),
            Config::default()
                .with_young_threshold(usize::MAX)
                .with_promote_after(3)
                .with_heap_growth(100.0),
            Config::default().with_work_limit(Some(NonZeroUsize::MIN)),
            Config::default().with_work_limit(Some(NonZeroUsize::MAX)),
        ] {
            recyc::configure(config).expect("in range");
            assert_eq!(recyc::config(), config);
            garbage(100);
            recyc::collect();
            recyc::inspect::check();
            assert_eq!(recyc::stats().live, 0);
        }
    });
}

#[test]
fn the_presets_are_accepted_and_do_what_their_names_say() {
    alone(|| {
        for preset in
            [Config::default(), Config::throughput(), Config::low_pause(), Config::manual()]
        {
            recyc::configure(preset).expect("a preset is valid");
        }
        assert!(Config::throughput().young_threshold > Config::default().young_threshold);
        assert!(Config::low_pause().work_limit.is_some());
        assert!(!Config::manual().automatic && Config::default().automatic);
    });
}

#[test]
fn configure_returns_what_was_in_force() {
    alone(|| {
        let other = Config::default().with_heap_growth(2.0);
        assert_eq!(recyc::configure(other).expect("valid"), Config::default());
        assert_eq!(recyc::configure(Config::default()).expect("valid"), other);
    });
}

#[test]
fn a_threshold_takes_effect_at_once() {
    alone(|| {
        for threshold in [1, 10, 500, 3] {
            recyc::configure(
                Config::default().with_young_threshold(threshold).with_adaptive(false),
            )
            .expect("valid");
            recyc::collect();
            assert_eq!(recyc::stats().young_threshold, threshold);
            assert_eq!(garbage(times(5_000, 600)), threshold);
        }
    });
}

#[test]
fn every_thread_has_a_configuration_of_its_own() {
    alone(|| {
        recyc::configure(Config::manual()).expect("valid");
        alone(|| assert_eq!(recyc::config(), Config::default()));
        assert_eq!(recyc::config(), Config::manual());
    });
}

#[derive(Trace)]
#[trace(finalize)]
struct Changer {
    me: GcCell<Option<Gc<Changer>>>,
    to: Leaf<Config>,
}

impl Finalize for Changer {
    fn finalize(&self) {
        recyc::configure(*self.to).expect("valid");
        assert_eq!(recyc::config(), *self.to);
    }
}

#[test]
fn a_finalizer_may_configure_the_collection_that_calls_it() {
    alone(|| {
        for to in [
            Config::default().with_promote_after(1).with_young_threshold(5).with_adaptive(false),
            Config::default().with_promote_after(3).with_work_limit(Some(NonZeroUsize::MIN)),
            Config::manual(),
        ] {
            recyc::configure(Config::default().with_promote_after(2)).expect("valid");
            let one = Gc::new(Changer { me: GcCell::default(), to: Leaf(to) });
            one.me.set(Some(one.clone()));
            drop(one);
            recyc::collect();
            assert_eq!((recyc::config(), recyc::stats().young_threshold), (to, to.young_threshold));
            recyc::inspect::check();
        }
        let count = times(5_000, 500);
        assert_eq!(garbage(count), count, "the last one switched automatic collections off");
    });
}

#[test]
fn a_callback_may_configure_the_collection_that_calls_it() {
    alone(|| {
        let to =
            Config::default().with_promote_after(3).with_young_threshold(5).with_adaptive(false);
        let callback = recyc::on_collection(move |event| {
            if matches!(event, Event::Stop { .. }) {
                recyc::configure(to).expect("valid");
            }
        });
        drop(knot());
        recyc::collect();
        drop(callback);
        assert_eq!(recyc::config(), to);
        assert_eq!(garbage(1_000), 5);
    });
}

#[test]
fn a_program_that_configures_all_the_time_still_collects() {
    alone(|| {
        let config = Config::default().with_young_threshold(100).with_adaptive(false);
        let mut most = 0;
        for _ in 0..times(10_000, 300) {
            recyc::configure(config).expect("valid");
            most = most.max(garbage(1));
        }
        assert!(most <= 101, "{most} at once");
    });
}

/// Values that survive `promote_after` collections are not entered by young ones.
#[test]
fn young_collections_do_not_enter_promoted_values() {
    alone(|| {
        for promote_after in 1..=3 {
            recyc::configure(Config::manual().with_promote_after(promote_after)).expect("valid");
            let one = knot();
            for survived in 0..5 {
                drop(one.clone());
                let captured = recyc::collect_young().captured;
                assert_eq!(
                    captured,
                    usize::from(survived < promote_after),
                    "after {survived} of {promote_after}"
                );
            }
            drop(one);
            assert_eq!(recyc::collect_young().reclaimed, 0);
            assert_eq!(recyc::collect().reclaimed, 1);
        }
    });
}

/// A threshold that is never reached is not exceeded by the back off.
#[test]
fn the_back_off_does_not_exceed_a_huge_threshold() {
    alone(|| {
        recyc::configure(Config::default().with_young_threshold(usize::MAX)).expect("valid");
        let knot = knot();
        drop(knot.clone());
        assert_eq!(recyc::collect_young().reclaimed, 0);
        assert_eq!(recyc::stats().young_threshold, usize::MAX);
        drop(knot);
        assert_eq!(recyc::collect().reclaimed, 1);
    });
}
