//! What a configuration may be, and when it takes effect.

use std::num::NonZeroUsize;

use recyc::{Config, Event, Finalize, Gc, GcCell, Leaf, Trace};

use super::{alone, garbage, knot};

#[test]
fn each_field_out_of_its_range_is_refused_by_name_and_changes_nothing() {
    alone(|| {
        let good = Config { young_threshold: 77, ..Config::default() };
        recyc::configure(good).expect("valid");
        let bad = [
            ("young_threshold", "0", Config { young_threshold: 0, ..good }),
            ("young_bytes", "0", Config { young_bytes: 0, ..good }),
            ("promote_after", "0", Config { promote_after: 0, ..good }),
            ("promote_after", "4", Config { promote_after: 4, ..good }),
            ("promote_after", "255", Config { promote_after: 255, ..good }),
            ("old_growth", "0", Config { old_growth: 0.0, ..good }),
            ("old_growth", "-0", Config { old_growth: -0.0, ..good }),
            ("old_growth", "-1", Config { old_growth: -1.0, ..good }),
            ("old_growth", "NaN", Config { old_growth: f32::NAN, ..good }),
            ("old_growth", "inf", Config { old_growth: f32::INFINITY, ..good }),
            ("old_growth", "100.5", Config { old_growth: 100.5, ..good }),
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
            Config { young_threshold: 1, promote_after: 1, old_growth: f32::MIN_POSITIVE, ..Config::default() },
            Config { young_threshold: usize::MAX, promote_after: 3, old_growth: 100.0, ..Config::default() },
            Config { work_limit: Some(NonZeroUsize::MIN), ..Config::default() },
            Config { work_limit: Some(NonZeroUsize::MAX), ..Config::default() },
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
        for preset in [Config::default(), Config::throughput(), Config::low_pause(), Config::manual()] {
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
        let other = Config { old_growth: 2.0, ..Config::default() };
        assert_eq!(recyc::configure(other).expect("valid"), Config::default());
        assert_eq!(recyc::configure(Config::default()).expect("valid"), other);
    });
}

#[test]
fn a_threshold_takes_effect_at_once() {
    alone(|| {
        for threshold in [1, 10, 500, 3] {
            recyc::configure(Config { young_threshold: threshold, adaptive: false, ..Config::default() })
                .expect("valid");
            recyc::collect();
            assert_eq!(recyc::stats().young_threshold, threshold);
            assert_eq!(garbage(5_000), threshold);
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
            Config { promote_after: 1, young_threshold: 5, adaptive: false, ..Config::default() },
            Config { promote_after: 3, work_limit: Some(NonZeroUsize::MIN), ..Config::default() },
            Config::manual(),
        ] {
            recyc::configure(Config { promote_after: 2, ..Config::default() }).expect("valid");
            let one = Gc::new(Changer { me: GcCell::default(), to: Leaf(to) });
            one.me.set(Some(one.clone()));
            drop(one);
            recyc::collect();
            assert_eq!((recyc::config(), recyc::stats().young_threshold), (to, to.young_threshold));
            recyc::inspect::check();
        }
        assert_eq!(garbage(5_000), 5_000, "the last one switched automatic collections off");
    });
}

#[test]
fn a_callback_may_configure_the_collection_that_calls_it() {
    alone(|| {
        let to = Config { promote_after: 3, young_threshold: 5, adaptive: false, ..Config::default() };
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
fn a_program_that_configures_all_the_time_is_collected_all_the_same() {
    alone(|| {
        let config = Config { young_threshold: 100, adaptive: false, ..Config::default() };
        let mut most = 0;
        for _ in 0..10_000 {
            recyc::configure(config).expect("valid");
            most = most.max(garbage(1));
        }
        assert!(most <= 101, "{most} at once");
    });
}

#[test]
fn values_that_survive_promote_after_collections_are_not_entered_by_young_ones() {
    alone(|| {
        for promote_after in 1..=3 {
            recyc::configure(Config { promote_after, ..Config::manual() }).expect("valid");
            let one = knot();
            for survived in 0..5 {
                drop(one.clone());
                let captured = recyc::collect_young().captured;
                assert_eq!(captured, usize::from(survived < promote_after), "after {survived} of {promote_after}");
            }
            drop(one);
            assert_eq!(recyc::collect_young().reclaimed, 0);
            assert_eq!(recyc::collect().reclaimed, 1);
        }
    });
}

#[test]
fn a_threshold_that_is_never_reached_is_not_exceeded_by_the_back_off() {
    alone(|| {
        recyc::configure(Config { young_threshold: usize::MAX, ..Config::default() }).expect("valid");
        let knot = knot();
        drop(knot.clone());
        assert_eq!(recyc::collect_young().reclaimed, 0);
        assert_eq!(recyc::stats().young_threshold, usize::MAX);
        drop(knot);
        assert_eq!(recyc::collect().reclaimed, 1);
    });
}
