//! Programs from their first step to their end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;

use super::canary::Planned;
use super::heap;
use super::ledger::World;
use super::player::Player;
use super::walk::{Demand, Walk};

/// How often collecting may be needed until nothing is found.
const ROUNDS: usize = 100;

/// Programs with these seeds on a thread of their own; the operations that they ran, or the first
/// seed that fails.
pub fn batch(seeds: std::ops::Range<u64>, steps: Option<usize>) -> Result<u64, (u64, String)> {
    std::thread::spawn(move || {
        heap::mutants();
        let mut operations = 0;
        let mut world = World::leaked();
        world.enter();
        for seed in seeds {
            if world.has_leaks() {
                world = World::leaked();
                world.enter();
            }
            operations += program(world, seed, steps).map_err(|what| (seed, what))? as u64;
        }
        Ok(operations)
    })
    .join()
    .expect("programs report failures")
}

/// Runs `f`, and returns whether it panicked as planned.
pub fn planned(world: &World, f: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(()) => false,
        Err(payload) => {
            if !payload.is::<Planned>() {
                world.fail("a panic that no program plans".into());
            }
            true
        }
    }
}

/// The number of steps of the program with this seed.
pub fn length(seed: u64) -> usize {
    [60, 200, 600, 1_500][seed as usize % 4]
}

fn program(world: &'static World, seed: u64, steps: Option<usize>) -> Result<usize, String> {
    let steps = steps.unwrap_or(usize::MAX).min(length(seed));
    begin(world);
    let mut player = Player::new(world, seed);
    let mut walk = Walk::new(world);
    player.configure();
    let period = player.random.pick(&[16, 64, 128]);
    for step in 1..=steps {
        planned(world, || player.step());
        if step % period == 0 {
            walk.compare(&[&player], Demand::Whole);
        }
        if step % 512 == 0 {
            settle(world);
            walk.compare(&[&player], Demand::Gone);
        }
        if world.has_failed() {
            // Nothing is sure any more, so no destructor runs.
            std::mem::forget(player);
            return Err(format!("step {step}: {}", world.failure()));
        }
    }
    end(world, &mut [player], &mut walk);
    if world.has_failed() { Err(format!("at the end: {}", world.failure())) } else { Ok(steps) }
}

/// A heap that no program before this one has an effect on.
pub fn begin(world: &World) {
    heap::configure(recyc::Config::default()).expect("the default is in its range");
    heap::enable();
    settle(world);
    world.reset();
}

/// Collects until nothing is found.
pub fn settle(world: &World) {
    world.trace_bomb.store(-1, Relaxed);
    heap::unfreeze();
    for _ in 0..ROUNDS {
        let before = world.events();
        let panicked = planned(world, || _ = heap::collect());
        // A panic comes after the collection has done its work, and what finalizers drop is in no
        // report.
        if !panicked && world.events() == before {
            let mut report = None;
            planned(world, || report = heap::run_finalizers());
            if let Some(report) = report {
                world.fail(format!("finalizers wait after a full collection: {report:?}"));
            }
            world.may_wait.store(heap::config().finalize_on_demand, Relaxed);
            return;
        }
    }
    world.fail("collections find garbage without end".into());
}

/// Gives up everything, and checks that nothing is left.
pub fn end(world: &World, players: &mut [Player], walk: &mut Walk<'_>) {
    settle(world);
    walk.compare(&players.iter().collect::<Vec<_>>(), Demand::Gone);
    for player in &mut *players {
        while planned(world, || player.give_up()) {}
    }
    for _ in 0..ROUNDS {
        settle(world);
        for player in &mut *players {
            while planned(world, || player.give_up()) {}
        }
        if world.has_failed() || !empty_hidden(world) {
            break;
        }
    }
    settle(world);
    walk.compare(&[], Demand::Gone);
    walk.dropped();
    if world.has_leaks() && !world.is_tainted() {
        world.fail("values are left".into());
    }
}

/// Takes the handles out of places that `Trace` does not report. Returns whether a value is live.
fn empty_hidden(world: &World) -> bool {
    let mut taken = Vec::new();
    let mut any = false;
    for id in 0..world.born() as u32 {
        // SAFETY: no other thread runs, and nothing is dropped before the end of the loop.
        let Some(thing) = (unsafe { world.thing(id) }) else { continue };
        any = true;
        if thing.is_hidden() {
            taken.extend((0..3).map(|place| (thing.put(place, None), None)));
        }
        taken.push((None, thing.canary().action.with(Option::take).flatten()));
    }
    while let Some((link, action)) = taken.pop() {
        planned(world, || drop(link));
        planned(world, || drop(action));
    }
    any
}
