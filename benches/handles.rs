//! The cost of a handle where no cycle is involved, compared with `Rc` as the floor.

mod shared;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use recyc::Gc;
use shared::{manual, node, rc_node, sizes};

/// A handle to one value is cloned and dropped.
fn clone_drop(c: &mut Criterion) {
    manual();
    let mut group = c.benchmark_group("clone_drop");
    let (gc, rc) = (node(1), rc_node(1));
    group.bench_function("Gc", |b| b.iter(|| drop(black_box(black_box(&gc).clone()))));
    group.bench_function("Rc", |b| b.iter(|| drop(black_box(black_box(&rc).clone()))));
    assert_eq!((Gc::strong_count(&gc), std::rc::Rc::strong_count(&rc)), (1, 1));
    group.finish();
}

/// The first drop since a collection registers a candidate: a clone and a drop of each of `n` fresh
/// values.
fn clone_drop_fresh(c: &mut Criterion) {
    manual();
    let mut group = c.benchmark_group("clone_drop_fresh");
    for &n in sizes(&[1_000_usize, 100_000, 1_000_000]) {
        group.throughput(Throughput::Elements(n as u64));
        let rcs: Vec<_> = (0..n).map(rc_node).collect();
        group.bench_function(BenchmarkId::new("Gc", n), |b| {
            b.iter_batched_ref(
                || {
                    recyc::collect();
                    (0..n).map(node).collect::<Vec<_>>()
                },
                |gcs| gcs.iter().for_each(|gc| drop(black_box(gc.clone()))),
                criterion::BatchSize::PerIteration,
            );
        });
        group.bench_function(BenchmarkId::new("Rc", n), |b| {
            b.iter(|| rcs.iter().for_each(|rc| drop(black_box(rc.clone()))));
        });
    }
    group.finish();
}

/// A value is read through its handle.
fn deref(c: &mut Criterion) {
    manual();
    let mut group = c.benchmark_group("deref");
    let (gc, rc) = (node(7), rc_node(7));
    group.bench_function("Gc", |b| b.iter(|| assert_eq!(black_box(&gc).id, 7)));
    group.bench_function("Rc", |b| b.iter(|| assert_eq!(black_box(&rc).id, 7)));
    group.finish();
}

/// A value is made and dropped: a number, and a node with three edges.
fn new_drop(c: &mut Criterion) {
    let before = recyc::stats().live;
    let mut group = c.benchmark_group("new_drop");
    group.bench_function("number/Gc", |b| b.iter(|| drop(black_box(Gc::new(black_box(5_u64))))));
    group.bench_function("number/Rc", |b| {
        b.iter(|| drop(black_box(std::rc::Rc::new(black_box(5_u64)))))
    });
    group.bench_function("node/Gc", |b| b.iter(|| drop(black_box(node(5)))));
    group.bench_function("node/Rc", |b| b.iter(|| drop(black_box(rc_node(5)))));
    assert_eq!(recyc::stats().live, before);
    group.finish();
}

criterion_group!(benches, clone_drop, clone_drop_fresh, deref, new_drop);
criterion_main!(benches);
