//! What each value has in it: proof that it is whole, and what its destructor does.

use super::actions::Action;
use super::heap::Place;
use super::ledger::{World, explodes, world};

const DEAD: u64 = 0xdead_dead_dead_dead;

/// A panic that a program plans.
pub struct Planned;

/// Panics without the panic hook.
pub fn planned_panic() -> ! {
    std::panic::resume_unwind(Box::new(Planned))
}

/// Proof that a value is whole.
pub struct Canary {
    magic: u64,
    id: u32,
    world: &'static World,
    /// Whether the handles in the value are not reported, because it was made by `new_leaf`.
    pub hidden: bool,
    pub action: Place<Option<Box<Action>>>,
}

fn magic_of(id: u32) -> u64 {
    (u64::from(id) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Canary {
    pub fn new(action: Option<Box<Action>>) -> Self {
        let world = world();
        let id = world.birth();
        Self { magic: magic_of(id), id, world, hidden: false, action: Place::new(action) }
    }

    /// The ledger that the value is in.
    pub fn world(&self) -> &'static World {
        self.world
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    /// Checks the value and returns its id. Ends the process if the memory is not that of a value.
    pub fn check(&self) -> u32 {
        if self.magic != magic_of(self.id) {
            eprintln!("a value is not whole: id {}, magic {:x}", self.id, self.magic);
            std::process::abort();
        }
        if !self.world.is_live(self.id) {
            world().fail(format!("value {} is reached and was dropped", self.id));
        }
        self.id
    }
}

impl Clone for Canary {
    fn clone(&self) -> Self {
        if explodes(&world().clone_bomb) && !std::thread::panicking() {
            planned_panic();
        }
        Self::new(None)
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.check();
        self.world.drop_of(self.id);
        // SAFETY: the field belongs to this value; the write is not removed, so a late reader sees
        // it.
        unsafe { (&raw mut self.magic).write_volatile(DEAD) };
        if let Some(action) = self.action.with(Option::take).flatten() {
            action.run();
        }
    }
}
