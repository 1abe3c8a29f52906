//! Programs of two to four threads. The walk comes when all of them have ended.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use super::machine::ledger::World;
use super::machine::player::Player;
use super::machine::run::{batch as batch_of_one, begin, end, planned, settle};
use super::machine::walk::{Demand, Walk};

/// The heap is one for all threads, so one program runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Programs of one thread with these seeds.
pub fn alone(seeds: std::ops::Range<u64>, steps: Option<usize>) -> Result<u64, (u64, String)> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    batch_of_one(seeds, steps)
}

/// How often the threads of a program end and begin.
const PHASES: usize = 4;

/// Programs with these seeds; the operations that they ran, or the first seed that fails.
pub fn batch(seeds: std::ops::Range<u64>, steps: Option<usize>) -> Result<u64, (u64, String)> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
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
}

fn program(world: &'static World, seed: u64, steps: Option<usize>) -> Result<usize, String> {
    let steps = steps.unwrap_or(usize::MAX).min(500);
    let threads = 2 + seed % 3;
    begin(world);
    let mut players: Vec<_> =
        (0..threads).map(|thread| Player::new(world, seed * 4 + thread)).collect();
    let mut walk = Walk::new(world);
    players[0].configure();
    for phase in 1..=PHASES {
        world.alone.store(false, Relaxed);
        players = play(world, players, steps);
        world.alone.store(true, Relaxed);
        walk.compare(&players.iter().collect::<Vec<_>>(), Demand::Whole);
        settle(world);
        walk.compare(&players.iter().collect::<Vec<_>>(), Demand::Gone);
        if world.has_failed() {
            std::mem::forget(players);
            return Err(format!("phase {phase}: {}", world.failure()));
        }
    }
    let operations = steps * PHASES * players.len();
    end(world, &mut players, &mut walk);
    if world.has_failed() {
        Err(format!("at the end: {}", world.failure()))
    } else {
        Ok(operations)
    }
}

/// Lets each player take steps on a thread of its own, which ends.
fn play(world: &'static World, players: Vec<Player>, steps: usize) -> Vec<Player> {
    let run = |mut player: Player| {
        world.enter();
        for _ in 0..steps {
            planned(world, || player.step());
        }
        player
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            players.into_iter().map(|player| scope.spawn(move || run(player))).collect();
        threads.into_iter().map(|thread| thread.join().expect("steps end their panics")).collect()
    })
}
