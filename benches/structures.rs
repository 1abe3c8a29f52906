//! Structures with cycles that change all the time, by their size, with the collections that come
//! by themselves.

mod shared;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use shared::subjects::{Ours, Std, Subject};
use shared::{Random, sizes};

/// Operations in one go.
const GO: usize = 1_000;

/// Slots of an entry of the cache.
const BEFORE: usize = 0;
const AFTER: usize = 1;

/// A ring in order of use, with a table whose number of keys is twice the number of entries.
struct Lru<S: Subject> {
    head: S::Node,
    table: Vec<Option<S::Node>>,
    used: usize,
}

impl<S: Subject> Lru<S> {
    fn new(capacity: usize) -> Self {
        let head = S::node(0);
        S::set(&head, BEFORE, Some(head.clone()));
        S::set(&head, AFTER, Some(head.clone()));
        Self { head, table: vec![None; 2 * capacity], used: 0 }
    }

    fn use_key(&mut self, key: usize) {
        if let Some(entry) = &self.table[key] {
            Self::unlink(entry);
        } else {
            if self.used == self.table.len() / 2 {
                let oldest = S::get(&self.head, BEFORE).expect("the ring is closed");
                Self::unlink(&oldest);
                self.table[S::id(&oldest) as usize] = None;
                self.used -= 1;
            }
            self.table[key] = Some(S::node(key));
            self.used += 1;
        }
        let entry = self.table[key].clone().expect("found or made");
        let newest =
            S::replace(&self.head, AFTER, Some(entry.clone())).expect("the ring is closed");
        S::set(&entry, BEFORE, Some(self.head.clone()));
        S::set(&newest, BEFORE, Some(entry.clone()));
        S::set(&entry, AFTER, Some(newest));
    }

    fn unlink(entry: &S::Node) {
        let before = S::replace(entry, BEFORE, None).expect("it is in the ring");
        let after = S::replace(entry, AFTER, None).expect("it is in the ring");
        S::set(&after, BEFORE, Some(before.clone()));
        S::set(&before, AFTER, Some(after));
    }
}

impl<S: Subject> Drop for Lru<S> {
    fn drop(&mut self) {
        self.table.iter().flatten().for_each(Self::unlink);
        (BEFORE..=AFTER).for_each(|slot| S::set(&self.head, slot, None));
    }
}

/// A cache that forgets what was used least recently. Its entries are unlinked properly: no cycle
/// is ever garbage.
fn lru(c: &mut Criterion) {
    let mut group = c.benchmark_group("lru");
    group.throughput(Throughput::Elements(GO as u64));
    for &capacity in sizes(&[1_000_usize, 10_000, 100_000]) {
        with_lru::<Ours>(&mut group, capacity);
        with_lru::<Std>(&mut group, capacity);
    }
    group.finish();
    end();
}

fn with_lru<S: Subject>(group: &mut BenchmarkGroup<'_, WallTime>, capacity: usize) {
    S::configure(true);
    let mut cache = Lru::<S>::new(capacity);
    let mut random = Random::new();
    (0..4 * capacity).for_each(|_| cache.use_key(random.below(2 * capacity)));
    group.bench_function(BenchmarkId::new(S::NAME, capacity), |b| {
        b.iter(|| (0..GO).for_each(|_| cache.use_key(random.below(2 * capacity))));
    });
}

/// Slots of an element.
const PARENT: usize = 0;
const FIRST_CHILD: usize = 1;
const NEXT_SIBLING: usize = 2;
/// Elements in what one edit replaces.
const WIDGET: usize = 8;

/// A page with a given number of sections. An edit replaces an old widget by a new one, whose
/// elements have handles to their parents.
fn dom_edits(c: &mut Criterion) {
    let mut group = c.benchmark_group("dom_edits");
    group.throughput(Throughput::Elements(GO as u64));
    for &sections in sizes(&[100_usize, 1_000, 10_000]) {
        with_dom::<Ours>(&mut group, sections, false);
        with_dom::<Std>(&mut group, sections, true);
    }
    group.finish();
    end();
}

fn with_dom<S: Subject>(group: &mut BenchmarkGroup<'_, WallTime>, sections: usize, by_hand: bool) {
    S::configure(true);
    let page: Vec<S::Node> = (0..sections).map(S::node).collect();
    let mut random = Random::new();
    let mut edit = || {
        let section = &page[random.below(sections)];
        let new = widget::<S>();
        S::set(&new, PARENT, Some(section.clone()));
        let old = S::replace(section, FIRST_CHILD, Some(new));
        if by_hand {
            dismantle::<S>(old);
        }
    };
    (0..4 * sections).for_each(|_| edit());
    group.bench_function(BenchmarkId::new(S::NAME, sections), |b| {
        b.iter(|| (0..GO).for_each(|_| edit()))
    });
    page.iter().for_each(|section| dismantle::<S>(S::replace(section, FIRST_CHILD, None)));
}

fn widget<S: Subject>() -> S::Node {
    let top = S::node(0);
    for id in 1..WIDGET {
        let child = S::node(id);
        S::set(&child, PARENT, Some(top.clone()));
        let sibling = S::replace(&top, FIRST_CHILD, None);
        S::set(&child, NEXT_SIBLING, sibling);
        S::set(&top, FIRST_CHILD, Some(child));
    }
    top
}

fn dismantle<S: Subject>(top: Option<S::Node>) {
    let Some(top) = top else { return };
    S::set(&top, PARENT, None);
    let mut child = S::replace(&top, FIRST_CHILD, None);
    while let Some(node) = child {
        S::set(&node, PARENT, None);
        child = S::replace(&node, NEXT_SIBLING, None);
    }
}

/// A table of `size` handles. Values are created, edges set and cut, and handles taken out of
/// edges, all at random. A program cannot find these cycles to break them by hand, so there is no
/// figure for `Rc`.
fn mutator(c: &mut Criterion) {
    let mut group = c.benchmark_group("mutator");
    group.throughput(Throughput::Elements(GO as u64));
    for &size in sizes(&[1_000_usize, 10_000, 100_000]) {
        Ours::configure(true);
        let mut table: Vec<_> = (0..size).map(Ours::node).collect();
        let mut random = Random::new();
        let mut act = || {
            let (at, other, slot) = (random.below(size), random.below(size), random.below(3));
            match random.below(10) {
                0..4 => table[at] = Ours::node(at),
                4..8 => Ours::set(&table[at], slot, Some(table[other].clone())),
                8 => Ours::set(&table[at], slot, None),
                _ => {
                    if let Some(target) = Ours::get(&table[at], slot) {
                        table[other] = target;
                    }
                }
            }
        };
        (0..4 * size).for_each(|_| act());
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| (0..GO).for_each(|_| act()))
        });
        drop(table);
        end();
    }
    group.finish();
}

/// Nothing may be left behind.
fn end() {
    recyc::collect();
    assert_eq!(recyc::stats().live, 0);
}

criterion_group!(benches, lru, dom_edits, mutator);
criterion_main!(benches);
