//! Random programs with more nodes than the ones in `programs`, so that the lists of candidates
//! grow and are closed up.
//!
//! There is no model of each handle; what is compared is how many nodes are left, and what the heap
//! keeps about itself.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::num::NonZeroUsize;

use recyc::{Config, Finalize, Gc, Leaf, Trace, Weak};

/// How many roots there are at most.
const ROOTS: usize = 800;

type Edges = RefCell<Vec<Handle>>;

#[derive(Trace)]
struct Plain {
    edges: Edges,
    _noisy: Leaf<Noisy>,
}

/// Destroyed by drop glue.
struct Opaque {
    edges: Edges,
    _noisy: Leaf<Noisy>,
}

// SAFETY: its only handles are in `edges`.
unsafe impl Trace for Opaque {
    fn trace(&self, tracer: &mut recyc::Tracer<'_>) {
        self.edges.trace(tracer);
    }
}

/// Its finalizer brings it back, or changes what it holds.
#[derive(Trace)]
#[trace(finalize)]
struct Final {
    edges: Edges,
    me: Weak<Final>,
    _noisy: Leaf<Noisy>,
}

impl Finalize for Final {
    fn finalize(&self) {
        match random(6) {
            0 => keep(Handle::Final(self.me.upgrade().expect("it is not destroyed yet"))),
            1 => drop(self.edges.take()),
            2 => self
                .edges
                .borrow_mut()
                .push(Handle::Final(self.me.upgrade().expect("it is not destroyed yet"))),
            3 => {
                let clones = self.edges.borrow().clone();
                drop(clones);
            }
            _ => settle(),
        }
    }
}

/// Does something when it is dropped, now and then.
struct Noisy;

impl Noisy {
    fn new() -> Leaf<Self> {
        ALIVE.set(ALIVE.get() + 1);
        Leaf(Self)
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
        if random(16) == 0 {
            settle();
        }
    }
}

#[derive(Clone, Trace)]
enum Handle {
    Plain(Gc<Plain>),
    Opaque(Gc<Opaque>),
    Final(Gc<Final>),
}

impl Handle {
    fn new() -> Self {
        let (edges, _noisy) = (Edges::default(), Noisy::new());
        match random(8) {
            0 => Self::Opaque(Gc::new(Opaque { edges, _noisy })),
            1 => Self::Final(Gc::new_cyclic(|me| Final { edges, me: me.clone(), _noisy })),
            _ => Self::Plain(Gc::new(Plain { edges, _noisy })),
        }
    }

    fn edges(&self) -> &Edges {
        match self {
            Self::Plain(gc) => &gc.edges,
            Self::Opaque(gc) => &gc.edges,
            Self::Final(gc) => &gc.edges,
        }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self.edges()).addr()
    }
}

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
    static ALIVE: Cell<usize> = const { Cell::new(0) };
    static HELD: RefCell<Vec<Handle>> = const { RefCell::new(Vec::new()) };
}

/// A number below `limit`.
fn random(limit: usize) -> usize {
    let state =
        STATE.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    STATE.set(state);
    (state >> 33) as usize % limit
}

fn keep(handle: Handle) {
    HELD.with_borrow_mut(|held| held.push(handle));
}

/// Calls a random function that may be called anywhere and moves candidates to other lists.
fn settle() {
    match random(8) {
        0 => recyc::freeze(),
        1 | 2 => recyc::unfreeze(),
        3 => {
            let config = Config::default()
                .with_automatic(random(2) == 0)
                .with_young_threshold(1 + random(200))
                .with_promote_after(1 + random(3) as u8)
                .with_work_limit(NonZeroUsize::new(random(3) * 40))
                .with_free_list_limit(random(3) * 1_000);
            recyc::configure(config).expect("a valid Config");
        }
        4 => _ = recyc::collect_step(NonZeroUsize::new(1 + random(100)).expect("not zero")),
        5 => _ = recyc::collect_young(),
        _ => {}
    }
}

/// How many nodes the roots lead to.
fn reachable(roots: &[Handle]) -> usize {
    let mut found = HashSet::new();
    let mut waiting = roots.to_vec();
    while let Some(handle) = waiting.pop() {
        if found.insert(handle.address()) {
            waiting.extend(handle.edges().borrow().iter().cloned());
        }
    }
    found.len()
}

/// Everything that is not reachable is destroyed; a finalizer may bring something back once.
fn all_is_found(roots: &mut Vec<Handle>) {
    for _ in 0..20 {
        recyc::unfreeze();
        recyc::collect();
        roots.append(&mut HELD.take());
    }
    recyc::inspect::check();
    assert_eq!(reachable(roots), ALIVE.get());
    assert_eq!(recyc::inspect::live_blocks(), ALIVE.get());
}

fn play(seed: u64, steps: usize) {
    STATE.set(seed);
    let mut roots: Vec<Handle> = Vec::new();
    for step in 0..steps {
        match random(20) {
            0..6 if roots.len() < ROOTS => roots.extend((0..1 + random(8)).map(|_| Handle::new())),
            6..10 if !roots.is_empty() => {
                // By a clone, or by a move.
                let to = roots[random(roots.len())].clone();
                let from = if random(2) == 0 {
                    roots.swap_remove(random(roots.len()))
                } else {
                    to.clone()
                };
                to.edges().borrow_mut().push(from);
            }
            10 | 11 if !roots.is_empty() => {
                let dropped = roots.len().min(random(16));
                for _ in 0..dropped {
                    drop(roots.swap_remove(random(roots.len())));
                }
            }
            12 | 13 if !roots.is_empty() => {
                let popped = roots[random(roots.len())].edges().borrow_mut().pop();
                drop(popped);
            }
            14 if !roots.is_empty() => {
                let popped = roots[random(roots.len())].edges().borrow_mut().pop();
                roots.extend(popped);
            }
            15 if random(20) == 0 => {
                // Many at once.
                let kept = random(roots.len() + 1);
                drop(roots.split_off(kept));
            }
            16 => roots.iter().step_by(1 + random(20)).for_each(|root| drop(root.clone())),
            17 => settle(),
            18 if random(20) == 0 => _ = recyc::collect(),
            _ => {}
        }
        roots.append(&mut HELD.take());
        if step % 64 == 0 {
            recyc::inspect::check();
        }
        if step % 2_000 == 0 {
            all_is_found(&mut roots);
        }
    }
    // Each finalizer brings something back once, and may do so only when what holds it is gone for
    // good.
    for _ in 0..1_000 {
        if ALIVE.get() == 0 {
            break;
        }
        roots.clear();
        all_is_found(&mut roots);
    }
    assert_eq!(ALIVE.get(), 0);
}

#[test]
fn a_crowd_is_collected_exactly_wherever_its_candidates_wait() {
    let programs =
        std::env::var("RECYC_PROGRAMS").ok().and_then(|number| number.parse().ok()).unwrap_or(10);
    for seed in 0..programs {
        std::thread::spawn(move || play(seed, 4_000))
            .join()
            .unwrap_or_else(|_| panic!("program {seed}"));
    }
}

/// A place that a collection has noted does not move when the old set is full.
#[test]
fn a_noted_place_does_not_move_when_the_old_set_is_full() {
    #[derive(Trace)]
    struct Node(RefCell<Vec<Gc<Node>>>);

    fn node(edges: impl IntoIterator<Item = Gc<Node>>) -> Gc<Node> {
        Gc::new(Node(RefCell::new(edges.into_iter().collect())))
    }

    let touch = |nodes: &[Gc<Node>]| nodes.iter().for_each(|node| drop(node.clone()));
    recyc::configure(Config::manual().with_promote_after(3)).expect("a valid Config");
    let old: Vec<_> = (0..250).map(|_| node([])).collect();
    for _ in 0..3 {
        touch(&old);
        recyc::collect();
    }
    // Young survivors of a collection that did not enter an old block are in the old set. All but
    // the last leave it.
    let mut kept: Vec<_> = (0..200).map(|_| node([old[0].clone()])).collect();
    touch(&kept);
    recyc::collect_young();
    assert_eq!(recyc::inspect::candidates().len(), 200);
    kept.drain(..199);
    // The death of this node makes enough old blocks candidates that the set is full while the
    // place of the last one is recorded.
    let dead = node(old.iter().chain(&kept).cloned());
    dead.0.borrow_mut().push(dead.clone());
    drop(dead);
    assert_eq!(recyc::collect_young().reclaimed, 1);
    recyc::inspect::check();
    assert_eq!(recyc::inspect::candidates().len(), 251);
}
