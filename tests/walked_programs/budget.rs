//! How many programs run, and what happens when one fails.

use std::env;
use std::process::Command;
use std::time::Instant;

/// Runs the programs with some seeds, as far as the given step.
pub type Batch = dyn Fn(std::ops::Range<u64>, Option<usize>) -> Result<u64, (u64, String)>;

fn number(name: &str) -> Option<u64> {
    env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Programs of one thread of the test process.
const TOGETHER: u64 = 100;

/// Runs `programs` programs, or as the environment says, and fails if one of them does.
pub fn programs(test: &str, programs: u64, batch: &Batch) {
    if let Some(seed) = number("RECYC_WALK_SEED") {
        let steps = number("RECYC_WALK_STEPS").map(|steps| steps as usize);
        return batch(seed..seed + 1, steps)
            .map(|_| ())
            .unwrap_or_else(|(_, what)| panic!("program {seed}: {what}"));
    }
    let first = number("RECYC_WALK_FIRST").unwrap_or(0);
    let programs = number("RECYC_PROGRAMS").unwrap_or(programs);
    let wanted = number("RECYC_WALK_OPERATIONS");
    let (began, mut operations, mut seed) = (Instant::now(), 0, first);
    while wanted.map_or(seed < first + programs, |wanted| operations < wanted) {
        match batch(seed..seed + TOGETHER, None) {
            Ok(ran) => operations += ran,
            Err((seed, what)) => fail(test, seed, &what),
        }
        seed += TOGETHER;
        if wanted.is_some() && seed % 10_000 == 0 {
            let seconds = began.elapsed().as_secs_f64();
            println!("{test}: programs {first}..{seed}, {operations} operations in {seconds:.0} s");
        }
    }
    println!("{test}: programs {first}..{seed}, {operations} operations");
}

/// Finds the shortest prefix of the program that fails in a process of its own, and panics with it.
fn fail(test: &str, seed: u64, what: &str) -> ! {
    let fails = |steps: usize| {
        let this = env::current_exe().expect("the path of the tests");
        let mut child = Command::new(this);
        child.args(["--exact", test]).env("RECYC_WALK_SEED", seed.to_string());
        let ended = child
            .env("RECYC_WALK_STEPS", steps.to_string())
            .output()
            .expect("a process can be started");
        !ended.status.success()
    };
    let (mut passes, mut failing) = (0, 4_096);
    if !fails(failing) {
        panic!("program {seed} of {test} fails, but not alone: {what}");
    }
    while failing - passes > 1 {
        let middle = passes.midpoint(failing);
        *(if fails(middle) { &mut failing } else { &mut passes }) = middle;
    }
    panic!("RECYC_WALK_SEED={seed} RECYC_WALK_STEPS={failing}: {what}");
}
