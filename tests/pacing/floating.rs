//! Floating garbage is bounded by the live values and the young threshold, whatever the program
//! builds.
//!
//! Each shape is a step that a program repeats without end. Its memory must not grow with the
//! number of repetitions.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::env;
use std::num::NonZeroUsize;
use std::process::Command;
use std::rc::Rc;

use recyc::{Config, Gc, GcCell, Leaf, Trace};

use super::{Knot, alone, garbage, knot, loose, times};

/// A program that repeats a step without end.
struct Program {
    name: &'static str,
    /// Makes the step, which returns how many blocks it keeps alive.
    start: fn() -> Box<dyn FnMut() -> usize>,
    /// Blocks of the largest structure that hangs together.
    structure: usize,
    steps: usize,
}

#[derive(Trace)]
struct Holder {
    list: RefCell<Vec<Gc<u64>>>,
    peer: GcCell<Option<Gc<Holder>>>,
}

/// A closure that a program calls by its environment, which has a slot for the closure.
#[derive(Trace)]
struct Environment {
    function: RefCell<Option<Gc<Closure>>>,
    outer: Option<Gc<Environment>>,
}

#[derive(Trace)]
struct Closure {
    environment: Gc<Environment>,
    code: Leaf<fn(u64) -> u64>,
}

const PROGRAMS: [Program; 7] = [
    Program {
        name: "two values that hold each other and a big list",
        start: || {
            Box::new(|| {
                let holder =
                    || Gc::new(Holder { list: RefCell::default(), peer: GcCell::default() });
                let (one, other) = (holder(), holder());
                one.list.borrow_mut().extend((0..1_000).map(Gc::new));
                one.peer.set(Some(other.clone()));
                other.peer.set(Some(one));
                0
            })
        },
        structure: 1_002,
        steps: 500,
    },
    Program {
        name: "values that hold themselves",
        start: || {
            Box::new(|| {
                drop(knot());
                0
            })
        },
        structure: 1,
        steps: 200_000,
    },
    Program {
        name: "closures and their environments",
        start: || {
            let global = Gc::new(Environment { function: RefCell::default(), outer: None });
            Box::new(move || {
                let outer = Some(global.clone());
                let environment = Gc::new(Environment { function: RefCell::default(), outer });
                let code = Leaf((|n| n + 1) as fn(u64) -> u64);
                let closure = Gc::new(Closure { environment: environment.clone(), code });
                environment.function.replace(Some(closure.clone()));
                assert_eq!((closure.code)(1), 2);
                assert!(closure.environment.outer.is_some());
                1
            })
        },
        structure: 2,
        steps: 100_000,
    },
    Program {
        name: "a record that is folded",
        start: || {
            let mut state = knot();
            Box::new(move || {
                // The new record takes over the old one's part, and the old one has a handle to its
                // successor.
                let next = knot();
                state.other.set(Some(next.clone()));
                next.other.set(state.next.get());
                state = next.clone();
                state.other.set(None);
                1
            })
        },
        structure: 1,
        steps: 200_000,
    },
    Program {
        name: "sessions that live long and die old",
        start: || {
            let mut sessions = VecDeque::new();
            Box::new(move || {
                let head = loose();
                for _ in 0..9 {
                    let part = loose();
                    part.other.set(Some(head.clone()));
                    part.next.set(head.next.take());
                    head.next.set(Some(part));
                }
                sessions.push_back(head);
                if sessions.len() > 2_000 {
                    sessions.pop_front();
                }
                sessions.len() * 10
            })
        },
        structure: 10,
        steps: 30_000,
    },
    Program {
        name: "rings that are built by moves",
        start: || {
            Box::new(|| {
                let last = loose();
                let first = (1..1_000).fold(last.clone(), |next, _| {
                    let one = loose();
                    one.next.set(Some(next));
                    one
                });
                last.next.set(Some(first));
                0
            })
        },
        structure: 1_000,
        steps: 500,
    },
    Program {
        name: "values that are moved from one old place to another",
        start: || {
            let places: Rc<Vec<Gc<Knot>>> = Rc::new((0..100).map(|_| loose()).collect());
            let mut at = 0;
            Box::new(move || {
                at = (at + 1) % 100;
                let one = knot();
                one.other.set(places[at].other.take());
                places[(at + 1) % 100].other.set(Some(one));
                // What is moved grows a tail; the tail is cut off now and then.
                if at == 0 {
                    places.iter().for_each(|place| place.other.set(None));
                }
                300
            })
        },
        structure: 300,
        steps: 200_000,
    },
];

/// Asserts the bound that `docs/design.md` states, after every step.
fn is_bounded(program: &Program, config: Config) {
    let mut step = (program.start)();
    let mut most_alive = 0;
    for at in 0..program.steps {
        most_alive = most_alive.max(step());
        let live = recyc::stats().live;
        let growth = f64::from(config.heap_growth) * (most_alive + config.young_threshold) as f64;
        let bound =
            most_alive + growth as usize + 16 * config.young_threshold + 2 * program.structure;
        assert!(
            live <= bound,
            "{}: {live} blocks after {at} steps, allowed are {bound}",
            program.name
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn every_program_is_bounded_with_the_default_configuration() {
    for program in &PROGRAMS {
        alone(|| is_bounded(program, Config::default()));
    }
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn every_program_is_bounded_with_other_configurations() {
    let configs = [
        Config::default().with_young_threshold(50).with_promote_after(1),
        Config::default()
            .with_young_threshold(50)
            .with_promote_after(3)
            .with_adaptive(false)
            .with_heap_growth(0.1),
        Config::low_pause(),
        Config::throughput(),
    ];
    for program in &PROGRAMS {
        for config in configs {
            alone(move || {
                recyc::configure(config).expect("valid");
                is_bounded(program, config);
            });
        }
    }
}

/// A structure larger than the work limit waits for a full collection and no longer.
#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn a_structure_beyond_the_work_limit_waits_for_one_full_run() {
    alone(|| {
        let config =
            Config::default().with_young_threshold(100).with_work_limit(NonZeroUsize::new(50));
        recyc::configure(config).expect("valid");
        is_bounded(&PROGRAMS[5], config);
        assert!(recyc::stats().full.collections > 0);
    });
}

/// Each limited collection takes a part of the candidates only, and the rest grows.
#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn candidates_beyond_the_limit_make_a_full_collection_due() {
    alone(|| {
        let config = Config::default().with_work_limit(NonZeroUsize::new(1_000));
        recyc::configure(config).expect("valid");
        is_bounded(&PROGRAMS[1], config);
        assert!(recyc::stats().full.collections > 0);
    });
}

#[test]
fn every_program_is_bounded_with_random_configurations() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    for at in 0..times(60, 14) {
        let config = Config::default()
            .with_young_threshold(1 + random(300))
            .with_promote_after(1 + random(3) as u8)
            .with_heap_growth((1 + random(200)) as f32 / 100.0)
            .with_work_limit(NonZeroUsize::new(random(4) * random(1_000)))
            .with_adaptive(random(2) == 0);
        alone(move || {
            let program = &PROGRAMS[at % PROGRAMS.len()];
            recyc::configure(config).expect("valid");
            let steps = (program.steps / times(20, 2_000)).max(2);
            is_bounded(&Program { steps, ..*program }, config);
        });
    }
}

#[test]
#[cfg_attr(miri, ignore = "makes more than 100,000 blocks, which Miri takes hours for")]
fn a_large_structure_that_dies_buys_no_floating_garbage() {
    alone(|| {
        let list = (0..1_000_000).fold(None, |next, _| Some(Gc::new(Link(next))));
        assert!(list.as_ref().is_some_and(|first| first.0.is_some()));
        drop(list);
        // Rings with one candidate each: it is the net allocations that must be counted from here,
        // not from the million.
        is_bounded(&PROGRAMS[5], Config::default());
    });
}

#[derive(Trace)]
struct Link(Option<Gc<Link>>);

/// An old value that dies while nothing is allocated is found within a bounded number of
/// allocations.
#[test]
#[cfg_attr(miri, ignore = "makes more than 50,000 blocks, which Miri takes hours for")]
fn old_garbage_is_found_after_a_bounded_number_of_allocations() {
    alone(|| {
        let kept: Vec<_> = (0..10_000).map(|_| knot()).collect();
        for _ in 0..4 {
            kept.iter().for_each(|one| drop(one.clone()));
            recyc::collect();
        }
        drop(kept);
        assert_eq!(recyc::stats().live, 10_000);
        garbage(4 * 10_000 + 20_000);
        assert!(recyc::stats().live <= 20_000, "{}", recyc::stats().live);
    });
}

/// The variable with the name of the program that a process runs.
const PROGRAM: &str = "RECYC_PROGRAM";

/// The memory that this process has now, in pages.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let sizes = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    sizes.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages")
}

#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(miri, ignore = "starts a process, which Miri cannot")]
fn the_memory_of_a_process_reaches_a_plateau() {
    const NAME: &str = "pacing::floating::the_memory_of_a_process_reaches_a_plateau";
    if let Ok(name) = env::var(PROGRAM) {
        let program = PROGRAMS.iter().find(|program| program.name == name).expect("one of them");
        let mut step = (program.start)();
        (0..program.steps / 4).for_each(|_| _ = step());
        let early = resident();
        (0..program.steps).for_each(|_| _ = step());
        let late = resident();
        // A quarter, and two thousand pages for the allocator's own.
        assert!(late <= early + early / 4 + 2_000, "{early} pages became {late}");
        return;
    }
    for program in &PROGRAMS {
        let mut process = Command::new(env::current_exe().expect("the path of the tests"));
        process.args(["--exact", NAME, "--nocapture"]).env(PROGRAM, program.name);
        // The sanitizer holds freed memory back otherwise.
        process.env("ASAN_OPTIONS", "quarantine_size_mb=1:thread_local_quarantine_size_kb=64");
        let output = process.output().expect("a process can be started");
        let text = [output.stdout, output.stderr]
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .concat();
        assert!(output.status.success() && text.contains("1 passed"), "{}: {text}", program.name);
    }
}
