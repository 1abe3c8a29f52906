//! Random programs of four threads on a shared graph, against what must be true in the end: nothing
//! that was in reach was lost, nothing is left.
//!
//! Runs `RECYC_STRESS_PROGRAMS` programs, or 2,500; each program is made from its number, which a
//! failure names. Worth most under AddressSanitizer. It finds what is broken grossly; for the fine
//! points there are the models.
#![cfg(not(loom))]

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, OnceLock, RwLock};
use std::thread;

use recyc::sync::{Gc, Weak, collect, collect_young, configure};
use recyc::{Config, Finalize, Trace};

const THREADS: usize = 4;
const ALIVE: u32 = 0x0a11_4e55;

/// Notices that its value is destroyed, and that it is destroyed twice.
struct Pulse {
    beat: AtomicU32,
    gone: Arc<AtomicUsize>,
}

impl Drop for Pulse {
    fn drop(&mut self) {
        assert_eq!(self.beat.swap(0, SeqCst), ALIVE, "destroyed twice");
        self.gone.fetch_add(1, SeqCst);
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    slots: Mutex<[Option<Gc<Node>>; 2]>,
    list: RwLock<Vec<Gc<Node>>>,
    once: OnceLock<Gc<Node>>,
    nested: Mutex<Vec<Mutex<Option<Gc<Node>>>>>,
    me: Weak<Node>,
    saves_itself: bool,
    changed: u64,
    #[trace(skip)]
    pulse: Pulse,
}

impl Finalize for Node {
    fn finalize(&self) {
        self.check();
        if self.saves_itself {
            if let (Some(me), Ok(mut slots)) = (self.me.upgrade(), self.slots.try_lock()) {
                slots[0] = Some(me); // makes a ring of itself, which dies without another call
            }
        }
    }
}

impl Node {
    fn check(&self) {
        assert_eq!(self.pulse.beat.load(SeqCst), ALIVE, "used after it was destroyed");
    }
}

/// The state that all threads of a program share.
struct World {
    made: AtomicUsize,
    gone: Arc<AtomicUsize>,
    /// Handles that wait for another thread.
    mailbox: Mutex<Vec<Gc<Node>>>,
}

impl World {
    fn node(&self, saves_itself: bool) -> Gc<Node> {
        self.made.fetch_add(1, SeqCst);
        let pulse = Pulse { beat: AtomicU32::new(ALIVE), gone: self.gone.clone() };
        Gc::new_cyclic(|me| Node {
            slots: Mutex::default(),
            list: RwLock::default(),
            once: OnceLock::new(),
            nested: Mutex::default(),
            me: me.clone(),
            saves_itself,
            changed: 0,
            pulse,
        })
    }
}

/// Numbers that look random and are made from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        (!list.is_empty()).then(|| &list[self.below(list.len())])
    }
}

/// One thread: what it holds, and what it does next.
struct Actor<'a> {
    world: &'a World,
    random: Random,
    held: Vec<Gc<Node>>,
    weak: Vec<Weak<Node>>,
}

impl Actor<'_> {
    fn act(&mut self) {
        let Some(node) = self.random.pick(&self.held).cloned() else {
            let more = self.world.mailbox.lock().unwrap().pop();
            self.held.extend(more.or_else(|| self.weak.pop()?.upgrade()));
            return;
        };
        node.check();
        let at = self.random.below(2);
        match self.random.below(20) {
            0 => self.held.push(node),
            1..=3 => {
                let at = self.random.below(self.held.len());
                drop(node);
                self.held.swap_remove(at);
            }
            4 | 5 => {
                // A move: no count changes.
                let from = self.random.below(self.held.len());
                let moved = self.held.swap_remove(from);
                let old = node.slots.lock().unwrap()[at].replace(moved);
                self.held.extend(old);
            }
            6 => {
                let taken = node.slots.lock().unwrap()[at].take();
                self.held.extend(taken);
            }
            7 => {
                let copy = node.slots.lock().unwrap()[at].clone();
                self.held.extend(copy);
            }
            8 => {
                let target = self.random.pick(&self.held).unwrap().clone();
                _ = node.once.set(target);
            }
            9 => self.held.extend(node.once.get().cloned()),
            10 => {
                let target = self.random.pick(&self.held).unwrap().clone();
                node.list.write().unwrap().push(target);
            }
            11 => {
                let list = node.list.read().unwrap();
                list.iter().for_each(|target| target.check());
                self.held.extend(self.random.pick(&list).cloned());
            }
            12 => {
                let old = std::mem::take(&mut *node.list.write().unwrap());
                drop(old);
            }
            13 => {
                self.weak.push(Gc::downgrade(&node));
                assert!(self.weak.last().unwrap().upgrade().is_some(), "there is a handle");
            }
            14 => {
                if !self.weak.is_empty() {
                    let at = self.random.below(self.weak.len());
                    let upgraded = self.weak.swap_remove(at).upgrade();
                    self.held.extend(upgraded.inspect(|node| node.check()));
                }
            }
            15 => {
                drop(node);
                let at = self.random.below(self.held.len());
                if let Some(node) = Gc::get_mut(&mut self.held[at]) {
                    node.changed += 1;
                }
            }
            16 => {
                let held = node.slots.lock().unwrap();
                collect();
                held.iter().flatten().for_each(|target| target.check());
            }
            17 => _ = if at == 0 { collect() } else { collect_young() },
            18 => {
                let mut outer = node.nested.lock().unwrap();
                let old = std::mem::take(&mut *outer);
                outer.extend(
                    self.held.iter().take(2).map(|target| Mutex::new(Some(target.clone()))),
                );
                drop(outer);
                drop(old);
            }
            _ => {
                self.world.mailbox.lock().unwrap().push(node);
                let mail = self.world.mailbox.lock().unwrap().pop();
                self.held.extend(mail);
            }
        }
        if self.random.below(16) == 0 {
            self.held.push(self.world.node(at == 0));
        }
        self.held.truncate(12);
    }
}

fn run(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let world =
        World { made: AtomicUsize::new(0), gone: Arc::default(), mailbox: Mutex::default() };
    let nodes: Vec<_> = (0..2 + random.below(7)).map(|at| world.node(at % 3 == 0)).collect();
    let start = Barrier::new(THREADS);
    let held = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|at| {
                let held: Vec<_> = nodes.iter().filter(|_| random.below(3) > 0).cloned().collect();
                let seed = random.below(usize::MAX) as u64 * 2 + 1;
                let operations = 12 + random.below(60);
                let (world, start) = (&world, &start);
                scope.spawn(move || {
                    let mut actor = Actor {
                        world,
                        random: Random(seed + at as u64 * 2),
                        held,
                        weak: Vec::new(),
                    };
                    start.wait();
                    (0..operations).for_each(|_| actor.act());
                    actor.held
                })
            })
            .collect();
        drop(nodes);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    collect();
    nothing_in_reach_is_lost(&held);
    drop(held);
    world.mailbox.lock().unwrap().clear();
    for _ in 0..10 {
        collect();
    }
    let (made, gone) = (world.made.load(SeqCst), world.gone.load(SeqCst));
    assert_eq!(made - gone, 0, "values left of {made}");
}

fn nothing_in_reach_is_lost(held: &[Gc<Node>]) {
    let mut seen = std::collections::HashSet::new();
    let mut list = held.to_vec();
    while let Some(node) = list.pop() {
        if seen.insert(Gc::as_ptr(&node)) {
            node.check();
            list.extend(node.slots.lock().unwrap().iter().flatten().cloned());
            list.extend(node.list.read().unwrap().iter().cloned());
            list.extend(node.once.get().cloned());
            list.extend(
                node.nested.lock().unwrap().iter().filter_map(|slot| slot.lock().unwrap().clone()),
            );
        }
    }
}

#[test]
fn random_programs_lose_nothing_and_leave_nothing() {
    let number =
        |name, default| std::env::var(name).map_or(default, |text| text.parse().expect(name));
    let first = number("RECYC_STRESS_SEED", 0);
    let programs = number("RECYC_STRESS_PROGRAMS", if cfg!(miri) { 2 } else { 2_500 });
    for seed in first..first + programs {
        // Every other program runs full collections in shares of a few blocks.
        let automatic_work_limit = NonZeroUsize::new(if seed % 2 == 0 { 10 } else { 20_000 });
        let config =
            Config::default().with_young_threshold(8).with_adaptive(false).with_heap_growth(0.1);
        configure(config.with_automatic_work_limit(automatic_work_limit)).unwrap();
        if let Err(payload) = std::panic::catch_unwind(|| run(seed)) {
            eprintln!("in program {seed}");
            std::panic::resume_unwind(payload);
        }
    }
}
