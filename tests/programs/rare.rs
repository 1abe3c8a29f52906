//! The random programs get to what is rare: a promise that they never put to the test would be held
//! by luck.

use super::model::heap::Rare;
use super::model::op::{self, Diet};
use super::model::run_after;

/// Returns the rare events that the first `programs` programs of a diet meet. The programs are the
/// same in each run.
fn met(diet: &'static Diet, programs: u64) -> Rare {
    let mut all = Rare::default();
    for seed in 0..programs {
        let program = op::random(seed, diet);
        all.add(
            run_after(&program, diet, || {})
                .unwrap_or_else(|what| panic!("{what}\nin {program:?}")),
        );
    }
    all
}

#[test]
fn random_programs_meet_what_is_rare() {
    let frozen = met(&op::FROZEN, 60);
    assert!(frozen.frozen_and_young > 10 && frozen.frozen_and_dead > 10, "{frozen:?}");
    let panics = met(&op::PANICS, 300);
    assert!(panics.abandoned > 0 && panics.nested > 0, "{panics:?}");
    let reentrant = met(&op::REENTRANT, 60);
    assert!(reentrant.nested > 0 && reentrant.mixed > 0, "{reentrant:?}");
    let resurrections = met(&op::RESURRECTIONS, 60);
    assert!(resurrections.resurrected > 10 && resurrections.deep > 0, "{resurrections:?}");
}
