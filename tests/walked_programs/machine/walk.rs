//! The oracle: a walk of all living values through their fields, and what it compares.

use std::num::NonZeroUsize;
use std::sync::atomic::Ordering::Relaxed;

use super::heap::{SUSPENDS, collect_step, is_pending, stats};
use super::ledger::World;
use super::links::{Link, WeakLink};
use super::player::Player;
use super::run::planned;
use super::values::Thing;

/// The values that one walk sees. The lists are kept between walks.
pub struct Walk<'w> {
    world: &'w World,
    /// Handles and `Weak` handles to each block, by the id of its first value: seen, and as the
    /// crate counts them.
    strong: Vec<(u32, u32)>,
    weak: Vec<(u32, u32)>,
    /// Targets, and whether the handle is one that `Trace` does not report.
    edges: Vec<(u32, bool)>,
    /// Where the edges of each value begin.
    begins: Vec<u32>,
    hidden: bool,
    /// Whether a collection may be suspended during the walk.
    may_be_suspended: bool,
    /// Whether values may wait for their finalizers.
    may_wait: bool,
    comparisons: usize,
}

/// One of this number of comparisons ends the suspended collection first, and is exact.
const EXACT: usize = 4;

/// The conditions on the values that no handle of the program leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// They may wait for a collection.
    Whole,
    /// They are dropped, unless a handle that `Trace` does not report leads to them.
    Gone,
}

impl<'w> Walk<'w> {
    pub fn new(world: &'w World) -> Self {
        let (strong, weak, edges, begins) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            world,
            strong,
            weak,
            edges,
            begins,
            hidden: false,
            may_be_suspended: false,
            may_wait: false,
            comparisons: 0,
        }
    }

    /// A handle that the value owns.
    pub fn link(&mut self, link: &Link) {
        let first = link.check() as usize;
        self.strong[first].0 += 1;
        self.strong[first].1 = link.strong_count() as u32;
        self.weak[first].1 = link.weak_count() as u32;
        let hidden = self.hidden;
        let edges = &mut self.edges;
        link.things(&mut |thing| edges.push((thing.canary().id(), hidden)));
    }

    /// A value inside the value.
    pub fn part(&mut self, part: &dyn Thing) {
        self.edges.push((part.canary().check(), false));
    }

    /// A `Weak` that the value owns.
    pub fn weak(&mut self, weak: &WeakLink) {
        let target = weak.target();
        // A suspended collection has found dead what a later share destroys. A value that has died
        // by counting in a collection may wait for its finalizer without a handle.
        let may_wait = self.may_wait && target.is_some_and(|target| self.world.waits(target));
        let may_be_dead = (self.may_be_suspended || may_wait) && weak.strong_count() == 0;
        if target.is_some() != (weak.strong_count() > 0) && !may_be_dead {
            self.world.fail(format!(
                "a Weak has {} handles, its target is {target:?}",
                weak.strong_count()
            ));
        }
        if let Some(target) = target {
            self.weak[target as usize].0 += 1;
        }
    }

    /// A `Weak` of the value to itself.
    pub fn own(&mut self, id: u32) {
        self.weak[id as usize].0 += 1;
    }

    /// Walks everything, and compares.
    ///
    /// Between two shares of a collection, the dead are dropped in part, and the counts of the
    /// handles that they owned are still there. So the values in reach alone are compared while a
    /// collection may be suspended, and now and then the suspended collection is ended before
    /// everything is compared.
    ///
    /// No other thread runs, and the players are all that have handles of this program.
    pub fn compare(&mut self, players: &[&Player], demand: Demand) {
        self.may_wait = demand == Demand::Whole;
        if SUSPENDS && demand == Demand::Whole {
            self.compare_reached(players);
            self.comparisons += 1;
            if self.comparisons % EXACT != 0 {
                return;
            }
            planned(self.world, || _ = collect_step(NonZeroUsize::MIN));
        }
        let roots = self.begin(players);
        let born = self.strong.len();
        for id in 0..born as u32 {
            self.begins.push(self.edges.len() as u32);
            // SAFETY: no other thread runs, and nothing is dropped during the walk.
            match unsafe { self.world.thing(id) } {
                Some(thing) => self.value(thing),
                None if self.world.is_live(id) => {
                    self.world.fail(format!("value {id} is live and was never placed"))
                }
                None => {}
            }
        }
        self.begins.push(self.edges.len() as u32);
        self.counts(players.iter().map(|player| player.blocks()).sum());
        if demand == Demand::Gone && !self.world.is_tainted() {
            self.gone(roots);
        }
    }

    /// Walks the values that the handles of the program lead to, and compares.
    fn compare_reached(&mut self, players: &[&Player]) {
        self.may_be_suspended = true;
        self.begin(players);
        let (mut reached, mut next) = (vec![false; self.strong.len()], 0);
        while let Some(&(id, _)) = self.edges.get(next) {
            next += 1;
            if std::mem::replace(&mut reached[id as usize], true) {
                continue;
            }
            // SAFETY: no other thread runs, and nothing is dropped during the walk.
            match unsafe { self.world.thing(id) } {
                Some(thing) => self.value(thing),
                None => self
                    .world
                    .fail(format!("value {id} is in reach and was dropped or never placed")),
            }
        }
        self.may_be_suspended = false;
        for (id, (&(seen, counted), &(weak_seen, weak_counted))) in
            self.strong.iter().zip(&self.weak).enumerate()
        {
            if seen > counted {
                self.world.fail(format!("value {id} has {seen} handles and only {counted} counts"));
            }
            if seen > 0 && weak_seen > weak_counted {
                self.world.fail(format!(
                    "value {id} has {weak_seen} Weak handles, the crate counts {weak_counted}"
                ));
            }
        }
    }

    /// Walks the handles that the program owns; returns the number of their targets.
    fn begin(&mut self, players: &[&Player]) -> usize {
        let born = self.world.born();
        self.strong.clear();
        self.strong.resize(born, (0, 0));
        self.weak.clear();
        self.weak.resize(born, (0, 0));
        self.edges.clear();
        self.begins.clear();
        self.hidden = false;
        players.iter().for_each(|player| player.walk(self));
        let world = self.world;
        world.haven.with(|haven| haven.iter().for_each(|link| self.link(link)));
        self.edges.len()
    }

    fn value(&mut self, thing: &dyn Thing) {
        self.hidden = thing.is_hidden();
        thing.walk(self);
        self.hidden = true;
        let seen = thing.canary().action.with(|action| {
            if let Some(action) = action {
                action.links().iter().for_each(|link| self.link(link));
                action.weak().into_iter().for_each(|weak| self.weak(weak));
            }
        });
        if seen.is_none() {
            self.world.fail("an action is in use at a quiet point".into());
        }
    }

    /// The crate counts handles and blocks as the walk does.
    fn counts(&mut self, others: usize) {
        let (mut blocks, mut waiting) = (others, 0);
        for (id, (&(seen, counted), &(weak_seen, weak_counted))) in
            self.strong.iter().zip(&self.weak).enumerate()
        {
            let may_wait = self.may_wait && self.world.waits(id as u32);
            // A value that waits has one handle more, or none.
            let waits = may_wait && (seen == 0 || counted == seen + 1);
            waiting += usize::from(waits);
            if seen == 0 {
                blocks += usize::from(waits);
                continue;
            }
            blocks += 1;
            if seen != counted && !waits && !self.world.is_tainted() {
                self.world
                    .fail(format!("value {id} has {seen} handles and the crate counts {counted}"));
            }
            if seen > counted {
                self.world.fail(format!("value {id} has {seen} handles and only {counted} counts"));
            }
            if weak_seen != weak_counted && !self.world.is_tainted() {
                self.world.fail(format!(
                    "value {id} has {weak_seen} Weak handles, the crate counts {weak_counted}"
                ));
            }
        }
        let live = stats().live - self.world.baseline.load(Relaxed) as usize;
        if live != blocks && !self.world.is_tainted() {
            self.world.fail(format!("there are {blocks} blocks and the crate counts {live}"));
        }
        let mut is_reported = waiting == 0;
        let panicked = planned(self.world, || is_reported |= is_pending());
        if !is_reported && !panicked && !self.world.is_tainted() {
            self.world.fail(format!("{waiting} values wait and nothing is pending"));
        }
    }

    /// Every living value is in reach.
    fn gone(&self, roots: usize) {
        let mut reached = vec![false; self.strong.len()];
        self.spread(&mut reached, self.edges[..roots].iter().map(|edge| edge.0).collect());
        let hidden = self.edges[roots..].iter().filter(|edge| edge.1).map(|edge| edge.0);
        self.spread(&mut reached, hidden.collect());
        for (id, reached) in reached.into_iter().enumerate() {
            if !reached && self.world.is_live(id as u32) {
                self.world.fail(format!(
                    "value {id} is out of reach and was not dropped: {}",
                    self.describe(id as u32)
                ));
            }
        }
    }

    /// The type of a value, its counts, and the values that have handles to it.
    fn describe(&self, id: u32) -> String {
        // SAFETY: no other thread runs, and nothing is dropped during the walk.
        let name = |id| unsafe { self.world.thing(id) }.map_or("nothing", |thing| thing.name());
        let owners = (0..self.strong.len() as u32).filter_map(|owner| {
            let edges =
                self.begins[owner as usize] as usize..self.begins[owner as usize + 1] as usize;
            let edge = self.edges[edges].iter().find(|edge| edge.0 == id)?;
            Some(format!("{owner} {} hidden: {}", name(owner), edge.1))
        });
        format!(
            "{}, {:?} counts, owners {:?}",
            name(id),
            self.strong[id as usize],
            owners.collect::<Vec<_>>()
        )
    }

    fn spread(&self, reached: &mut [bool], mut waiting: Vec<u32>) {
        while let Some(id) = waiting.pop() {
            if !std::mem::replace(&mut reached[id as usize], true) {
                let edges =
                    self.begins[id as usize] as usize..self.begins[id as usize + 1] as usize;
                waiting.extend(self.edges[edges].iter().map(|edge| edge.0));
            }
        }
    }

    /// The conditions on the values that were dropped, at the end of the program.
    pub fn dropped(&self) {
        for id in 0..self.world.born() as u32 {
            let entry = self.world.entry(id);
            let has_soul = entry.has_soul.load(Relaxed);
            if has_soul && !self.world.is_live(id) && !self.world.is_tainted() {
                let (finalized, cleaned) =
                    (entry.finalized.load(Relaxed), entry.cleaned.load(Relaxed));
                if (finalized, cleaned) != (1, 1) {
                    self.world.fail(format!(
                        "value {id} was finalized {finalized} times and cleaned {cleaned} times"
                    ));
                }
            }
        }
    }
}
