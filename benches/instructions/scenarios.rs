//! The work that is counted. Setting up the values is not counted, nor is the loop around the work.

use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use crate::shared::Random;
use crate::shared::subjects::{Collects, Ours, OursShared, Std, StdShared, Subject};

/// One piece of work: its name, its subject, and the number of repetitions.
pub struct Row {
    pub question: String,
    pub subject: String,
    pub times: usize,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.question, self.subject, self.times)
    }
}

impl FromStr for Row {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let damaged = || format!("not a row: {line}");
        let [question, subject, times] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(damaged());
        };
        let times = times.parse().map_err(|_| damaged())?;
        Ok(Self { question: question.into(), subject: subject.into(), times })
    }
}

/// The question whose figure is that of the loop alone, by the kind of loop.
pub const LOOP: &str = "loop";
/// Loops that go through references, and those that use handles up.
const READING: &str = "by reference";
const CONSUMING: &str = "by value";

/// Which loop is around this question, if there is one that must be taken off.
pub fn loop_around(question: &str) -> Option<&'static str> {
    match question {
        "clone" | "dereference" => Some(READING),
        "drop, not the last" | "first drop" => Some(CONSUMING),
        _ => None,
    }
}

/// Each call makes callgrind write the counts so far and start again from zero.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn recyc_instructions_mark() {
    black_box(());
}

#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    fn count<R>(
        &mut self,
        question: &str,
        subject: &str,
        times: usize,
        work: impl FnOnce() -> R,
    ) -> R {
        recyc_instructions_mark();
        let done = work();
        recyc_instructions_mark();
        self.0.push(Row { question: question.into(), subject: subject.into(), times });
        done
    }
}

/// Does all the work, in the order of the rows that are returned.
pub fn all() -> Vec<Row> {
    let mut rows = Rows::default();
    loops(&mut rows);
    handles::<Ours>(&mut rows);
    handles::<Std>(&mut rows);
    handles::<OursShared>(&mut rows);
    handles::<StdShared>(&mut rows);
    collections::<Ours>(&mut rows);
    collections::<OursShared>(&mut rows);
    calls::<Ours>(&mut rows, false);
    calls::<Std>(&mut rows, true);
    nested_calls::<Ours>(&mut rows, false);
    nested_calls::<Std>(&mut rows, true);
    old_heap(&mut rows);
    rows.0
}

const MANY: usize = 1_000;

/// Calls a function that the compiler cannot inline for each item: so what is around the work is
/// the same for every subject, whatever the compiler would make of it.
#[inline(never)]
fn each<T, R>(items: &[T], act: fn(&T) -> R) -> Vec<R> {
    let mut results = Vec::with_capacity(items.len());
    items.iter().for_each(|item| results.push(act(item)));
    results
}

/// The loops with nothing in them. What is read of a number is what has to be read of any handle.
fn loops(rows: &mut Rows) {
    let nodes: Vec<usize> = (0..MANY).collect();
    let copies = rows.count(LOOP, READING, MANY, || each(&nodes, black_box(|number| *number)));
    rows.count(LOOP, CONSUMING, MANY, || {
        for copy in copies {
            black_box(copy);
        }
    });
}

/// The cost of handles and values that are on no cycle.
fn handles<S: Subject>(rows: &mut Rows) {
    S::configure(false);
    // The second time, whatever the collector keeps for later is there.
    for counted in [false, true] {
        let nodes: Vec<S::Node> = (0..MANY).map(S::node).collect();
        let clones = || each(&nodes, black_box(S::Node::clone));
        let dropped = |clones: Vec<S::Node>| {
            for clone in clones {
                drop(black_box(clone));
            }
        };
        if !counted {
            dropped(clones());
            drop(nodes);
            S::collect();
            continue;
        }
        let fresh = rows.count("clone", S::NAME, MANY, clones);
        rows.count("first drop", S::NAME, MANY, || dropped(fresh));
        let again = clones();
        rows.count("drop, not the last", S::NAME, MANY, || dropped(again));
        let numbers = rows.count("dereference", S::NAME, MANY, || each(&nodes, black_box(S::id)));
        assert_eq!(
            numbers.iter().sum::<u64>(),
            (MANY * (MANY - 1) / 2) as u64,
            "the numbers were read"
        );
    }
    S::collect();
    S::configure(true);
    for _ in 0..MANY {
        drop((S::number(0), S::node(0)));
    }
    rows.count("new and drop, a number", S::NAME, MANY, || {
        (0..MANY as u64).for_each(|number| drop(black_box(S::number(black_box(number)))));
    });
    rows.count("new and drop, a node", S::NAME, MANY, || {
        (0..MANY).for_each(|id| drop(black_box(S::node(black_box(id)))));
    });
    S::configure(false);
}

type Build<S> = fn(usize) -> Vec<<S as Subject>::Node>;

/// Collections of small graphs, for each object that they look at.
fn collections<S: Collects>(rows: &mut Rows) {
    S::configure(false);
    // Each gives back half of the memory that the work before has left, and none of that is to be
    // counted.
    (0..10).for_each(|_| _ = S::collect());
    let graphs: [(&str, Build<S>); 2] = [("ring", ring::<S>), ("random graph", random::<S>)];
    for (name, build) in graphs {
        for n in [100, 1_000] {
            let question = |kind: &str| format!("collection, {kind} {name} of {}", with_comma(n));
            (0..3).for_each(|_| {
                drop(build(n));
                S::collect();
            });
            drop(build(n));
            let found = rows.count(&question("dead"), S::NAME, n, S::collect);
            assert_eq!(found, (n, n), "all of it is dead");

            let nodes = build(n);
            let found = rows.count(&question("fresh live"), S::NAME, n, S::collect_young);
            assert_eq!(found, (0, n), "all of it is alive");
            (0..3).for_each(|_| {
                nodes.iter().for_each(|node| drop(node.clone()));
                S::collect();
            });
            nodes.iter().for_each(|node| drop(node.clone()));
            let found = rows.count(&question("live"), S::NAME, n, S::collect);
            assert_eq!(found, (0, n), "all of it is alive");
            drop(nodes);
            S::collect();
        }
    }
    mostly_live::<S>(rows);
}

/// A random graph of 900 that is alive, and one of 100 that refers to it and is not.
fn mostly_live<S: Collects>(rows: &mut Rows) {
    let live = random::<S>(900);
    let dead = || {
        let dead = random::<S>(100);
        let mut numbers = Random::new();
        dead.iter().for_each(|node| S::set(node, 2, Some(live[numbers.below(live.len())].clone())));
        live.iter().for_each(|node| drop(node.clone()));
    };
    (0..3).for_each(|_| {
        dead();
        S::collect();
    });
    dead();
    let found =
        rows.count("collection, random graph of 1,000, a tenth dead", S::NAME, 1_000, S::collect);
    assert_eq!(found, (100, 1_000), "a tenth is dead");
    drop(live);
    S::collect();
}

fn with_comma(n: usize) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}

fn ring<S: Subject>(n: usize) -> Vec<S::Node> {
    let nodes: Vec<_> = (0..n).map(S::node).collect();
    (0..n).for_each(|at| S::set(&nodes[at], 0, Some(nodes[(at + 1) % n].clone())));
    nodes.iter().for_each(|node| drop(node.clone()));
    nodes
}

fn random<S: Subject>(n: usize) -> Vec<S::Node> {
    let nodes = ring::<S>(n);
    let mut numbers = Random::new();
    for node in &nodes {
        (1..3).for_each(|slot| S::set(node, slot, Some(nodes[numbers.below(n)].clone())));
    }
    nodes
}

/// Calls that make a scope and a closure that refer to each other, with the collections that come
/// by themselves.
fn calls<S: Subject>(rows: &mut Rows, by_hand: bool) {
    const CALLS: usize = 20_000;
    let outer = S::node(0);
    let call = || {
        let scope = S::node(1);
        S::set(&scope, 0, Some(outer.clone()));
        let closure = S::node(2);
        S::set(&closure, 0, Some(scope.clone()));
        S::set(&scope, 1, Some(closure));
        if by_hand {
            S::set(&scope, 1, None);
        }
    };
    S::configure(true);
    (0..CALLS).for_each(|_| call());
    rows.count("a call that leaves a cycle, automatic", S::NAME, CALLS, || {
        (0..CALLS).for_each(|_| call())
    });
    S::configure(false);
    S::collect();
}

/// The same with two calls inside each, twelve deep: garbage beside scopes that are alive, to which
/// it refers.
fn nested_calls<S: Subject>(rows: &mut Rows, by_hand: bool) {
    const DEPTH: usize = 12;
    const CALLS: usize = (1 << DEPTH) - 1;
    fn call<S: Subject>(outer: &S::Node, depth: usize, by_hand: bool) {
        let scope = S::node(1);
        S::set(&scope, 0, Some(outer.clone()));
        let closure = S::node(2);
        S::set(&closure, 0, Some(scope.clone()));
        S::set(&scope, 1, Some(closure));
        if depth > 1 {
            (0..2).for_each(|_| call::<S>(&scope, depth - 1, by_hand));
        }
        if by_hand {
            S::set(&scope, 1, None);
        }
    }
    let outer = S::node(0);
    S::configure(true);
    let calls = || call::<S>(&outer, DEPTH, by_hand);
    (0..4).for_each(|_| calls());
    rows.count("a call inside others that leaves a cycle, automatic", S::NAME, 4 * CALLS, || {
        (0..4).for_each(|_| calls());
    });
    S::configure(false);
    S::collect();
}

/// Young collections over 10,000 old values, of which 100 others lose a handle before each.
fn old_heap(rows: &mut Rows) {
    const ROUNDS: usize = 10;
    let nodes = random::<Ours>(10_000);
    for _ in 0..3 {
        nodes.iter().for_each(|node| drop(node.clone()));
        Ours::collect();
    }
    let mut rounds = nodes.chunks(100);
    let mut round = || {
        rounds.next().into_iter().flatten().for_each(|node| drop(node.clone()));
        assert_eq!(Ours::collect_young(), (0, 0), "nothing is young");
    };
    round();
    rows.count(
        "clone and drop of an old value, with its part of a young collection",
        "Gc",
        ROUNDS * 100,
        || {
            (0..ROUNDS).for_each(|_| round());
        },
    );
    drop(nodes);
    Ours::collect();
}
