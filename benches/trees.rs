//! Building and dropping what has no cycles: the drop is flat, `Rc`'s recurses.

mod shared;

use std::hint::black_box;
use std::rc::Rc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use recyc::Gc;
use shared::{Node, RcNode, node, rc_node, sizes};

fn tree(depth: u32) -> Gc<Node> {
    let top = node(depth as usize);
    if depth > 0 {
        *top.edges[0].borrow_mut() = Some(tree(depth - 1));
        *top.edges[1].borrow_mut() = Some(tree(depth - 1));
    }
    top
}

fn rc_tree(depth: u32) -> Rc<RcNode> {
    let top = rc_node(depth as usize);
    if depth > 0 {
        *top.edges[0].borrow_mut() = Some(rc_tree(depth - 1));
        *top.edges[1].borrow_mut() = Some(rc_tree(depth - 1));
    }
    top
}

/// A binary tree is built and dropped, with automatic collections on.
fn build_and_drop(c: &mut Criterion) {
    let mut group = c.benchmark_group("tree");
    group.sample_size(10);
    for &depth in sizes(&[9_u32, 14, 19]) {
        group.throughput(Throughput::Elements((2 << depth) - 1));
        group.bench_function(BenchmarkId::new("Gc", depth), |b| {
            b.iter(|| drop(black_box(tree(depth))));
            assert_eq!(recyc::stats().live, 0);
        });
        group.bench_function(BenchmarkId::new("Rc", depth), |b| {
            b.iter(|| drop(black_box(rc_tree(depth))))
        });
    }
    group.finish();
}

/// A list is dropped; no `Rc` beside, as that overflows the stack. Building it is not timed.
fn drop_list(c: &mut Criterion) {
    let mut group = c.benchmark_group("drop_list");
    group.sample_size(10);
    for &n in sizes(&[1_000_usize, 100_000, 1_000_000]) {
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| {
            b.iter_batched(
                || {
                    let mut list = node(0);
                    for id in 1..n {
                        let first = node(id);
                        *first.edges[0].borrow_mut() = Some(list);
                        list = first;
                    }
                    list
                },
                drop,
                criterion::BatchSize::PerIteration,
            );
            assert_eq!(recyc::stats().live, 0);
        });
    }
    group.finish();
}

criterion_group!(benches, build_and_drop, drop_list);
criterion_main!(benches);
