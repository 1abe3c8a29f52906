//! Programs that allocate all the time, with the collections that come by themselves; `Rc` has its
//! cycles broken by hand.

mod shared;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use recyc::Config;
use shared::subjects::{Ours, Std, Subject};
use shared::{manual, random_graph, ring, sizes};

/// Slots of a scope.
const OUTER: usize = 0;
const CLOSURE: usize = 1;

const CALLS: usize = 1_000;

/// A call of an interpreter: a scope and a closure that refer to each other, and the scope to the
/// one around it.
fn call<S: Subject>(outer: &S::Node, by_hand: bool) {
    let scope = S::node(1);
    S::set(&scope, OUTER, Some(outer.clone()));
    let closure = S::node(2);
    S::set(&closure, OUTER, Some(scope.clone()));
    S::set(&scope, CLOSURE, Some(closure));
    if by_hand {
        S::set(&scope, CLOSURE, None);
    }
}

/// Measures a call over a live heap of `live` values, all of which each dead cycle can reach. The
/// cost must not grow with `live`.
fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("calls_that_leave_a_cycle");
    group.throughput(Throughput::Elements(CALLS as u64));
    for &live in sizes(&[1_000_usize, 10_000, 100_000, 1_000_000]) {
        manual();
        let nodes = random_graph(live);
        for _ in 0..3 {
            nodes.iter().for_each(|node| drop(node.clone()));
            recyc::collect();
        }
        Ours::configure(true);
        group.bench_function(BenchmarkId::new("Gc", live), |b| {
            b.iter(|| (0..CALLS).for_each(|_| call::<Ours>(&nodes[0], false)));
        });
        manual();
        drop(nodes);
        recyc::collect();
        assert_eq!(recyc::stats().live, 0);
    }
    let outer = Std::node(0);
    group.bench_function("Rc by hand", |b| {
        b.iter(|| (0..CALLS).for_each(|_| call::<Std>(&outer, true)))
    });
    group.finish();
}

/// Runs the programs under other settings. More frequent young collections need less memory and
/// more time.
fn thresholds(c: &mut Criterion) {
    let mut group = c.benchmark_group("calls_by_young_threshold");
    group.throughput(Throughput::Elements(CALLS as u64));
    for &young_threshold in sizes(&[500_usize, 2_000, 8_000, 32_000]) {
        recyc::configure(Config::default().with_young_threshold(young_threshold))
            .expect("within the range");
        let outer = Ours::node(0);
        group.bench_function(BenchmarkId::from_parameter(young_threshold), |b| {
            b.iter(|| (0..CALLS).for_each(|_| call::<Ours>(&outer, false)));
        });
    }
    Ours::configure(false);
    recyc::collect();
    group.finish();
}

/// Sessions: rings of ten that live while a hundred others come, and refer to an old heap. They die
/// half grown old.
fn sessions(c: &mut Criterion) {
    let mut group = c.benchmark_group("sessions_over_an_old_heap");
    for &live in sizes(&[1_000_usize, 10_000, 100_000]) {
        Ours::configure(true);
        let old = random_graph(live);
        let mut open = std::collections::VecDeque::new();
        let mut at = 0;
        group.bench_function(BenchmarkId::from_parameter(live), |b| {
            b.iter(|| {
                let session = ring(10);
                for node in &session {
                    at = (at + 7_919) % live;
                    Ours::set(node, 1, Some(old[at].clone()));
                }
                open.push_back(session);
                if open.len() > 100 {
                    drop(open.pop_front());
                }
            });
        });
        drop((old, open));
        Ours::configure(false);
        recyc::collect();
        assert_eq!(recyc::stats().live, 0);
    }
    group.finish();
}

/// Many trees that are built, walked and dropped, while one lives on. No cycles, so this is what
/// the collector costs where it is not needed.
fn binary_trees(c: &mut Criterion) {
    let mut group = c.benchmark_group("binary_trees");
    group.sample_size(10);
    for &depth in sizes(&[8_usize, 12, 16]) {
        with_trees::<Ours>(&mut group, depth);
        with_trees::<Std>(&mut group, depth);
    }
    group.finish();
}

fn with_trees<S: Subject>(group: &mut BenchmarkGroup<'_, WallTime>, depth: usize) {
    S::configure(true);
    let long_lived = grow::<S>(depth);
    group.bench_function(BenchmarkId::new(S::NAME, depth), |b| {
        b.iter(|| {
            for small in (4..=depth).step_by(4) {
                for _ in 0..1 << (depth - small) {
                    assert_eq!(count::<S>(black_box(&grow::<S>(small))), (2 << small) - 1);
                }
            }
        });
    });
    assert_eq!(count::<S>(&long_lived), (2 << depth) - 1);
}

fn grow<S: Subject>(depth: usize) -> S::Node {
    let node = S::node(depth);
    if depth > 0 {
        (0..2).for_each(|slot| S::set(&node, slot, Some(grow::<S>(depth - 1))));
    }
    node
}

fn count<S: Subject>(node: &S::Node) -> usize {
    let below = |slot| S::get(node, slot).map_or(0, |child| count::<S>(&child));
    1 + below(0) + below(1)
}

criterion_group!(benches, calls, thresholds, sessions, binary_trees);
criterion_main!(benches);
