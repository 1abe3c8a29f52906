//! A thread of a program: the handles that it owns, and the choice of its next step.

use std::mem::MaybeUninit;

use super::heap::{Gc, PauseGuard};
use super::ledger::World;
use super::links::{Link, RawLink, WeakLink};
use super::random::Random;
use super::values::{Knot, Plain};
use super::walk::Walk;

/// How many handles a thread holds at most.
const MOST: usize = 24;

/// The handles and values that a thread of a program owns.
pub struct Player {
    pub world: &'static World,
    pub random: Random,
    pub roots: Vec<Link>,
    pub weaks: Vec<WeakLink>,
    pub raws: Vec<RawLink>,
    /// Values that were moved out of their blocks.
    #[allow(clippy::vec_box, reason = "the ledger has the addresses of the values")]
    pub loose: Vec<Box<Plain>>,
    /// Blocks without a value.
    pub unwritten: Vec<Gc<MaybeUninit<Knot>>>,
    pub pauses: Vec<PauseGuard>,
}

impl Player {
    pub fn new(world: &'static World, seed: u64) -> Self {
        Self {
            world,
            random: Random::new(seed),
            roots: Vec::new(),
            weaks: Vec::new(),
            raws: Vec::new(),
            loose: Vec::new(),
            unwritten: Vec::new(),
            pauses: Vec::new(),
        }
    }

    /// Shows the walk all handles that the thread owns.
    pub fn walk(&self, walk: &mut Walk<'_>) {
        self.roots.iter().for_each(|link| walk.link(link));
        self.raws.iter().for_each(|raw| raw.with(|link| walk.link(link)));
        self.weaks.iter().for_each(|weak| walk.weak(weak));
        self.loose.iter().for_each(|plain| walk.part(&**plain));
    }

    /// How many blocks the thread has that hold no value.
    pub fn blocks(&self) -> usize {
        self.unwritten.len()
    }

    /// A handle that the thread owns.
    pub fn any(&mut self) -> Option<Link> {
        match self.roots.len() {
            0 => None,
            n => Some(self.roots[self.random.below(n)].clone()),
        }
    }

    /// Takes a handle out of those that the thread owns.
    pub fn take(&mut self) -> Option<Link> {
        match self.roots.len() {
            0 => None,
            n => Some(self.roots.swap_remove(self.random.below(n))),
        }
    }

    /// Owns a handle. Drops another one if there are too many.
    pub fn own(&mut self, link: Link) {
        self.roots.push(link);
        if self.roots.len() > MOST {
            drop(self.take());
        }
    }

    /// Owns what finalizers and destructors have saved, and what other threads have sent.
    pub fn receive(&mut self) {
        let saved = self.world.haven.with(|haven| haven.pop());
        if let Some(link) = saved.flatten() {
            link.check();
            self.own(link);
        }
    }

    /// Sends a handle to any thread.
    pub fn send(&mut self, link: Link) {
        let mut link = Some(link);
        self.world.haven.with(|haven| haven.extend(link.take()));
    }

    /// Runs the next step.
    pub fn step(&mut self) {
        match self.random.below(100) {
            0..22 => self.make(),
            22..42 => drop(self.take()),
            42..95 => self.change(),
            95..97 => self.receive(),
            _ => self.control(),
        }
    }

    /// Gives up everything. Each drop may panic, so this is called until it returns.
    pub fn give_up(&mut self) {
        self.pauses.clear();
        while let Some(raw) = self.raws.pop() {
            drop(raw.back());
        }
        while let Some(link) = self.roots.pop() {
            drop(link);
        }
        while let Some(link) = self.world.haven.with(Vec::pop).flatten() {
            drop(link);
        }
        while let Some(plain) = self.loose.pop() {
            drop(plain);
        }
        self.unwritten.clear();
        self.weaks.clear();
    }
}
