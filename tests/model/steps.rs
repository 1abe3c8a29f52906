//! The steps of a program: each changes the handles and the model.
//!
//! Here are the steps that make nodes, collect, and disturb collections; `places` moves handles,
//! `weaks` has the weak ones, `alone` gets at values that have one handle only.

use std::num::NonZeroUsize;

use super::super::kind::{self, CollectionReport, Config, SHARED};
use super::alone::{get_mut, make_mut, unwrap};
use super::heap::{Root, body, fail, pick, push_root, take_root, with};
use super::node::{Handle, Kind, Plan};
use super::op::{Action, Code, Op};
use super::places::{clear, exchange, give, put, swap, take};
use super::weaks::{downgrade, drop_weak, upgrade, upgrade_in, weak_into};

/// Programs stop growing at this number of nodes, dead ones included.
const MOST_NODES: usize = 500;

pub fn step(op: Op) {
    let [a, b, c, d, e] = op.args;
    match op.code {
        Code::New => new(a, [b, c], [d, e]),
        Code::Cyclic => cyclic(a, b),
        Code::Clone => with_root(a, |root| push_root(Root::new(root.handle().clone()))),
        Code::Drop => drop(take_root(a)),
        Code::Link => with_root(b, |root| {
            if let Some(to) = pick(a) {
                put(to, c, Root::new(root.handle().clone()));
            }
        }),
        Code::Give => _ = take_root(b).map(|root| give(a, c, root)),
        Code::Fetch => _ = pick(a).and_then(|from| take(from, c)).map(push_root),
        Code::Shift => _ = pick(a).and_then(|from| take(from, c)).map(|root| give(b, c, root)),
        Code::Exchange => _ = take_root(b).map(|root| exchange(a, root)),
        Code::Swap => swap(a, b, c),
        Code::Unlink => drop(pick(a).and_then(|from| take(from, c))),
        Code::Clear => _ = pick(a).map(clear),
        Code::Downgrade => with_root(a, |root| downgrade(root.id, root.handle())),
        Code::WeakInto => with_root(b, |root| _ = pick(a).map(|into| weak_into(into, root))),
        Code::Upgrade => upgrade(a),
        Code::UpgradeIn => _ = pick(a).map(upgrade_in),
        Code::DropWeak => drop_weak(a),
        Code::GetMut => with_root(a, |root| get_mut(root, b)),
        Code::Unwrap => _ = take_root(a).map(|root| unwrap(root, b)),
        Code::MakeMut => _ = take_root(a).map(make_mut),
        Code::Hold => with_root(a, |root| hold(root.id, b)),
        Code::Leak => _ = pick(a).map(leak),
        Code::Arm => arm(a),
        Code::Disarm => with(|world| world.model.armed.clear()),
        Code::Configure => configure(a, b, c),
        Code::Freeze => freeze(true),
        Code::Unfreeze => freeze(false),
        Code::Relapse => relapse(a),
        Code::Young => collect(1),
        Code::Full => collect(0),
    }
}

/// Runs `act` while a root is held where no destructor can drop it.
fn with_root(operand: u8, act: impl FnOnce(&mut Root)) {
    if let Some(mut root) = take_root(operand) {
        act(&mut root);
        push_root(root);
    }
}

pub fn is_full() -> bool {
    with(|world| world.model.entries.len() >= MOST_NODES)
}

/// Records a new value. The operands give the actions of its node's finalizer and guard.
fn plan(kind: Kind, [which, operand]: [u8; 2], finalizer: [u8; 2]) -> Plan {
    with(|world| {
        let id = world.model.loose(kind);
        world.model.entries[id].finalizer = Action::decode(finalizer[0], finalizer[1], world.diet);
        Plan { id, dying: Action::decode(which, operand, world.diet), early: operand % 2 == 0 }
    })
}

/// The kind that an operand means on this diet.
fn choose(kind: u8) -> Kind {
    let kinds = with(|world| world.diet.kinds);
    kinds[usize::from(kind) % kinds.len()]
}

fn new(kind: u8, dying: [u8; 2], finalizer: [u8; 2]) {
    if is_full() {
        return;
    }
    let kind = choose(kind);
    let plan = plan(kind, dying, finalizer);
    let handle = Handle::new(kind, plan);
    with(|world| world.model.settle(plan.id, &handle));
    let finalizer = with(|world| world.model.entries[plan.id].finalizer);
    if kind.finalizes() && matches!(finalizer, Action::Revive | Action::ReviveInto(_)) {
        downgrade(plan.id, &handle);
    }
    push_root(Root::new(handle));
}

fn cyclic(kind: u8, collecting: u8) {
    if is_full() {
        return;
    }
    let kind = choose(kind);
    if !kind.is_sized() {
        return;
    }
    let plan = plan(kind, [0; 2], [0; 2]);
    let handle = Handle::cyclic(kind, plan, |weak, body| {
        if weak.upgrade().is_some() {
            fail(|| "a value was upgraded before it was made".to_owned());
        }
        if collecting % 2 == 1 {
            _ = kind::collect();
        }
        if let Some(body) = body {
            with(|world| world.model.entries[plan.id].weaks.push((plan.id, 0)));
            body.weaks.borrow_mut().push(weak.clone());
        }
    });
    with(|world| world.model.settle(plan.id, &handle));
    push_root(Root::new(handle));
}

/// Leaves behind a node that only holds itself.
pub fn garbage_loop() {
    if !is_full() {
        drop(loop_of(Kind::Plain, Action::Nothing));
    }
}

/// A node that holds itself, and what its finalizer does.
fn loop_of(kind: Kind, finalizer: Action) -> Root {
    let plan = plan(kind, [255; 2], [255; 2]);
    let handle = Handle::new(kind, plan);
    with(|world| {
        world.model.settle(plan.id, &handle);
        world.model.entries[plan.id].finalizer = finalizer;
    });
    let mut root = Root::new(handle);
    let me = Root::new(root.handle().clone());
    put(root.id, 1, me);
    root
}

/// Makes a value that is frozen, dies in a collection because another one leads to it, is brought
/// back by its finalizer, and loses a handle then.
fn relapse(operand: u8) {
    if is_full() {
        return;
    }
    let mut frozen = loop_of(Kind::Final, Action::Revive);
    downgrade(frozen.id, frozen.handle());
    drop(Root::new(frozen.handle().clone()));
    freeze(true);
    let other = loop_of(Kind::Plain, Action::Nothing);
    put(other.id, 1, Root::new(frozen.handle().clone()));
    let id = frozen.id;
    drop((frozen, other));
    collect(operand);
    let revived = with(|world| {
        let at = world.roots.iter().position(|root| root.id == id)?;
        Some(world.roots.remove(at))
    });
    if let Some(mut root) = revived {
        drop(Root::new(root.handle().clone()));
        push_root(root);
    }
}

/// Collects while the list of a node is mutably borrowed.
fn hold(id: usize, operand: u8) {
    if with(|world| world.model.entries[id].kind.is_leaf()) {
        return;
    }
    let held = body(id).list.try_borrow_mut();
    if held.is_ok() {
        collect(operand);
    }
}

/// Borrows the list of a node and leaks the guard.
fn leak(id: usize) {
    if let Ok(held) = body(id).list.try_borrow_mut() {
        std::mem::forget(held);
        with(|world| world.model.leaky = true);
    }
}

/// Makes the trace of a node panic. Between steps only: in the middle of a collection a block whose
/// trace begins to panic costs its targets, which are then leaked.
fn arm(operand: u8) {
    if let Some(id) = pick(operand) {
        with(|world| (world.depth == 0).then(|| world.model.armed.push(id)));
    }
}

fn configure(promote: u8, limit: u8, flags: u8) {
    let config = kind::config()
        .with_automatic(flags % 2 == 1)
        .with_young_threshold(2)
        .with_promote_after(1 + promote % 3)
        .with_work_limit(NonZeroUsize::new(usize::from(limit % 9)))
        .with_adaptive(flags & 2 != 0);
    if let Err(error) = kind::configure(config) {
        fail(|| format!("a Config was refused: {error}"));
    }
}

fn freeze(freeze: bool) {
    let in_lists = || kind::inspect::candidates().len() + recyc::frozen_count();
    let before = in_lists();
    if freeze {
        recyc::freeze()
    } else {
        recyc::unfreeze()
    }
    if !SHARED {
        // A candidate that was in two lists is in one now.
        with(|world| world.rare.frozen_and_young += before - in_lists());
    }
    with(|world| world.model.frozen = recyc::frozen_count() > 0);
}

/// Records the rare properties of a collection before which `frozen` candidates were frozen.
fn note_rare(found: &CollectionReport, frozen: usize, young: bool) {
    with(|world| {
        let rare = &mut world.rare;
        rare.frozen_and_dead += frozen.saturating_sub(recyc::frozen_count());
        rare.resurrected += found.resurrected;
        rare.abandoned += usize::from(found.abandoned);
        rare.nested += usize::from(found.nested);
        rare.mixed += usize::from(young && found.reclaimed > 0 && found.survivors > 0);
        rare.deep += usize::from(world.depth > 1);
    });
}

/// A full collection, or a young one if the operand is odd.
pub fn collect(operand: u8) {
    let (stirred, before) = with(|world| (world.model.stirred, world.model.deaths));
    let (young, frozen) = (operand % 2 == 1, recyc::frozen_count());
    if young {
        let found = kind::collect_young();
        note_rare(&found, frozen, young);
        return;
    }
    with(|world| world.model.stirred = false);
    let found = kind::collect();
    note_rare(&found, frozen, young);
    with(|world| {
        let quiet = !world.model.stirred
            && !world.model.leaky
            && !world.model.frozen
            && world.model.armed.is_empty();
        if world.depth == 0 && quiet {
            world.model.check_complete();
            let died = world.model.deaths - before;
            if found.reclaimed != died {
                world.model.fail(|| {
                    format!("{died} values were destroyed and {} reported", found.reclaimed)
                });
            }
        }
        world.model.stirred |= stirred;
    });
}
