//! Explicit collections of dead and of live graphs. Building them is not timed.

mod shared;

use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use recyc::{Gc, collect};
use shared::subjects::{Collects, Ours, OursShared, Subject};
use shared::{Node, Random, manual, random_graph, ring, sizes};

type Build = fn(usize) -> Vec<Gc<Node>>;

const GRAPHS: [(&str, Build); 2] = [("ring", ring), ("random", random_graph)];

/// How the time to free a dead graph of `n` nodes grows.
fn collect_dead(c: &mut Criterion) {
    manual();
    let mut group = c.benchmark_group("collect_dead");
    group.sample_size(10);
    for (name, build) in GRAPHS {
        for &n in sizes(&[100_usize, 1_000, 10_000, 100_000, 1_000_000]) {
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(BenchmarkId::new(name, n), |b| {
                b.iter_batched(|| drop(build(n)), |()| collect(), BatchSize::PerIteration);
                assert_eq!(recyc::stats().live, 0);
            });
        }
    }
    group.finish();
}

/// How the time to find out that a graph of `n` candidates is alive grows.
fn collect_live(c: &mut Criterion) {
    manual();
    let mut group = c.benchmark_group("collect_live");
    group.sample_size(10);
    for (name, build) in GRAPHS {
        for &n in sizes(&[100_usize, 1_000, 10_000, 100_000]) {
            group.throughput(Throughput::Elements(n as u64));
            let nodes = build(n);
            group.bench_function(BenchmarkId::new(name, n), |b| {
                b.iter_batched(
                    || nodes.iter().for_each(|node| drop(node.clone())),
                    |()| {
                        let report = collect();
                        assert_eq!((report.reclaimed, report.survivors), (0, n));
                    },
                    BatchSize::PerIteration,
                );
            });
            drop(nodes);
            collect();
        }
    }
    group.finish();
}

/// A young collection after 100 old values out of `live` lost a handle: it must not depend on
/// `live`.
fn collect_young(c: &mut Criterion) {
    manual();
    let mut group = c.benchmark_group("collect_young");
    for &live in sizes(&[10_000_usize, 100_000, 1_000_000]) {
        let nodes = random_graph(live);
        for _ in 0..3 {
            nodes.iter().for_each(|node| drop(node.clone()));
            collect();
        }
        let mut random = Random::new();
        group.bench_function(BenchmarkId::from_parameter(live), |b| {
            b.iter(|| {
                (0..100).for_each(|_| drop(nodes[random.below(live)].clone()));
                let report = recyc::collect_young();
                assert_eq!(report.captured, 0);
            });
        });
        drop(nodes);
        collect();
    }
    group.finish();
}

/// Compares the cost of a dead graph in the shared heap with its cost in the local heap.
fn both_heaps(c: &mut Criterion) {
    let mut group = c.benchmark_group("collect_dead_in_both_heaps");
    group.sample_size(10);
    for &n in sizes(&[1_000_usize, 100_000]) {
        group.throughput(Throughput::Elements(n as u64));
        for (name, build) in [
            ("rings of 4", rings_of_4::<Ours> as fn(usize)),
            ("ring", one_ring::<Ours>),
            ("random", tangle::<Ours>),
        ] {
            dead_in::<Ours>(&mut group, &format!("Gc, {name}"), n, build);
        }
        for (name, build) in [
            ("rings of 4", rings_of_4::<OursShared> as fn(usize)),
            ("ring", one_ring::<OursShared>),
            ("random", tangle::<OursShared>),
        ] {
            dead_in::<OursShared>(&mut group, &format!("sync::Gc, {name}"), n, build);
        }
        locks_alone(&mut group, n);
    }
    group.finish();
}

/// Freezes the words and takes and releases the locks that a collection of `n` shared nodes freezes
/// and takes, and does nothing else. A collection that locks the values it reads cannot cost less.
fn locks_alone(group: &mut BenchmarkGroup<'_, WallTime>, n: usize) {
    let nodes: Vec<(AtomicU64, [Mutex<usize>; 3])> = (0..n).map(|_| Default::default()).collect();
    let mut guards = Vec::with_capacity(3 * n);
    group.bench_function(BenchmarkId::new("locks alone", n), |b| {
        b.iter(|| {
            for (word, locks) in &nodes {
                let free = word.load(Relaxed);
                _ = black_box(word.compare_exchange(free, free ^ 1, AcqRel, Relaxed));
                guards.extend(
                    locks.iter().map(|lock| lock.try_lock().expect("no other thread has it")),
                );
            }
            guards.clear();
        });
    });
}

fn dead_in<S: Collects>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    n: usize,
    build: fn(usize),
) {
    S::configure(false);
    group.bench_function(BenchmarkId::new(name, n), |b| {
        b.iter_batched(|| build(n), |()| assert!(S::collect().0 > n / 2), BatchSize::PerIteration);
    });
}

/// Closes a chain of new nodes to a ring and drops it.
fn one_ring<S: Subject>(n: usize) {
    let nodes: Vec<S::Node> = (0..n).map(S::node).collect();
    (0..n).for_each(|at| S::set(&nodes[at], 0, Some(nodes[(at + 1) % n].clone())));
}

fn rings_of_4<S: Subject>(n: usize) {
    (0..n / 4).for_each(|_| one_ring::<S>(4));
}

/// Each node has three edges to any others; all are dropped.
fn tangle<S: Subject>(n: usize) {
    let nodes: Vec<S::Node> = (0..n).map(S::node).collect();
    let mut random = Random::new();
    for node in &nodes {
        (0..3).for_each(|slot| S::set(node, slot, Some(nodes[random.below(n)].clone())));
    }
}

criterion_group!(benches, collect_dead, collect_live, collect_young, both_heaps);
criterion_main!(benches);
