//! Steps that change what there is, and steps that control the collector.

use std::num::NonZeroUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use recyc::Config;

use super::heap::{self, CollectGuard, Gc};
use super::links::Link;
use super::player::Player;
use super::run::planned;
use super::values::Plain;

impl Player {
    /// Changes what there is.
    pub fn change(&mut self) {
        match self.random.below(40) {
            0..4 => {
                if let Some(link) = self.any() {
                    self.own(link);
                }
            }
            4..12 => self.put(false),
            12..15 => self.put(true),
            15..17 => self.empty(),
            17..22 => self.get(),
            22..24 => self.exchange(),
            24 => self.see_otherwise(),
            25..27 => self.downgrade(),
            27..29 => self.upgrade(),
            29 => self.keep_weak(),
            30..33 => self.raw(),
            33..35 => self.by_mut(),
            35..37 => self.make_mut(),
            37..39 => self.move_out(),
            _ => self.move_in(),
        }
    }

    /// Puts a handle into a value.
    fn put(&mut self, moved: bool) {
        let (Some(owner), link) = (self.any(), if moved { self.take() } else { self.any() }) else {
            return;
        };
        let place = self.random.below(6);
        let old = owner.thing().put(place, link);
        match old {
            Some(old) if self.random.one_in(4) => self.own(old),
            old => drop(old),
        }
    }

    /// Empties a place.
    fn empty(&mut self) {
        let Some(owner) = self.any() else { return };
        drop(owner.thing().put(self.random.below(6), None));
    }

    /// Clones a handle out of a value.
    fn get(&mut self) {
        let Some(owner) = self.any() else { return };
        if let Some(link) = owner.thing().get(self.random.below(6)) {
            link.check();
            self.own(link);
        }
    }

    /// Exchanges what is in two values.
    fn exchange(&mut self) {
        let (Some(a), Some(b)) = (self.any(), self.any()) else { return };
        let (i, j) = (self.random.below(6), self.random.below(6));
        let from_a = a.thing().put(i, None);
        let from_b = b.thing().put(j, from_a);
        drop(a.thing().put(i, from_b));
    }

    fn see_otherwise(&mut self) {
        let as_any = self.random.one_in(2);
        if let Some(link) = self.take() {
            self.own(link.seen_otherwise(as_any));
        }
    }

    fn downgrade(&mut self) {
        let Some(link) = self.any() else { return };
        self.weaks.push(link.downgrade());
        if self.weaks.len() > 8 {
            let weak = self.weaks.swap_remove(self.random.below(8));
            self.weaks.extend(self.random.one_in(2).then(|| weak.through_raw()));
        }
    }

    fn upgrade(&mut self) {
        if self.weaks.is_empty() {
            return;
        }
        let weak = &self.weaks[self.random.below(self.weaks.len())];
        let (upgraded, mut target) = (weak.upgrade(), weak.target());
        let is_alone = self.world.is_alone();
        if heap::SUSPENDS && is_alone && upgraded.is_none() && target.is_some() {
            // A suspended collection has found the value dead, and its end drops the value.
            planned(self.world, || _ = heap::collect_step(NonZeroUsize::MIN));
            target = weak.target();
        }
        // A value that has died by counting in a collection may wait for its finalizer.
        let waits = upgraded.is_none() && target.is_some_and(|target| self.world.waits(target));
        if upgraded.is_some() != target.is_some() && !waits && is_alone {
            self.world.fail(format!(
                "upgrading a Weak gives {}, its target is {target:?}",
                upgraded.is_some()
            ));
        }
        if let Some(link) = upgraded {
            self.own(link);
        }
    }

    /// Puts a `Weak` into a value.
    fn keep_weak(&mut self) {
        if let (Some(owner), Some(weak)) = (self.any(), self.weaks.pop()) {
            drop(owner.thing().keep(weak));
        }
    }

    fn raw(&mut self) {
        match self.random.below(4) {
            0 if self.raws.len() < 6 => {
                let raw = self.take().map(Link::into_raw);
                self.raws.extend(raw);
            }
            1 if self.raws.len() < 6 => {
                let raw = self.raws.last().map(|raw| raw.increment());
                self.raws.extend(raw);
            }
            2 => {
                if let Some(raw) = self.raws.pop() {
                    raw.decrement();
                }
            }
            _ => {
                if let Some(raw) = self.raws.pop() {
                    self.own(raw.back());
                }
            }
        }
    }

    /// Takes a plain value's handle out of those that the thread owns.
    fn take_plain(&mut self) -> Option<Gc<Plain>> {
        let at = self.roots.iter().position(|link| matches!(link, Link::Plain(_)))?;
        match self.roots.swap_remove(at) {
            Link::Plain(plain) => Some(plain),
            other => {
                self.roots.push(other);
                None
            }
        }
    }

    /// Changes a value by `get_mut`.
    fn by_mut(&mut self) {
        let Some(mut plain) = self.take_plain() else { return };
        let unique = Gc::strong_count(&plain) == 1 && Gc::weak_count(&plain) == 0;
        let (link, step) = (self.any(), self.random.below(6));
        let value = Gc::get_mut(&mut plain);
        if value.is_some() != unique && self.world.is_alone() {
            self.world.fail(format!("get_mut gives {}", value.is_some()));
        }
        if let Some(value) = value {
            match step {
                0 => drop(std::mem::replace(&mut value.first, link)),
                1 => value.second.1 = link.map(Box::new),
                2 => drop(std::mem::take(&mut value.first)),
                3 => {
                    if let (Some(first), Some(second)) = (&mut value.first, &mut value.second.1) {
                        std::mem::swap(first, second);
                    }
                }
                4 => {
                    // A collection may come while the value is under `&mut`.
                    let first = value.first.take();
                    self.garbage();
                    value.first = first;
                }
                _ => {
                    if let Some(loose) = self.loose.last_mut() {
                        std::mem::swap(value, &mut **loose);
                        self.world.settle(&**loose);
                        self.world.settle(value);
                    }
                }
            }
        }
        self.own(Link::Plain(plain));
    }

    /// Changes a value by `make_mut`, which may clone it or move it to another block.
    fn make_mut(&mut self) {
        if self.random.one_in(20) {
            self.world.clone_bomb.store(1, Relaxed);
        }
        if self.random.one_in(4) {
            let at = self.roots.iter().position(|link| matches!(link, Link::Row(_)));
            if let Some(Link::Row(mut row)) = at.map(|at| self.roots.swap_remove(at)) {
                Gc::make_mut(&mut row)[1].fixed = self.any();
                let link = Link::Row(row);
                link.settle();
                self.own(link);
            }
        } else if let Some(mut plain) = self.take_plain() {
            let link = self.any();
            let old = std::mem::replace(&mut Gc::make_mut(&mut plain).first, link);
            let link = Link::Plain(plain);
            link.settle();
            self.own(link);
            drop(old);
        }
        self.world.clone_bomb.store(-1, Relaxed);
    }

    /// Moves a value out of its block.
    fn move_out(&mut self) {
        let Some(plain) = self.take_plain() else { return };
        let unique = Gc::strong_count(&plain) == 1;
        let value = match self.random.below(3) {
            0 => Gc::into_inner(plain),
            1 => Gc::try_unwrap(plain).map_err(|plain| self.own(Link::Plain(plain))).ok(),
            // The clone is leaked if another thread leaves the last handle to this one, and its
            // drop panics.
            _ if !self.world.is_alone() => Gc::into_inner(plain),
            _ => Some(Gc::unwrap_or_clone(plain)),
        };
        if value.is_none() && unique && self.world.is_alone() {
            self.world.fail("the last handle does not give the value".into());
        }
        if let Some(value) = value {
            let value = Box::new(value);
            self.world.settle(&*value);
            self.loose.push(value);
        }
    }

    /// Moves a value to a block again, or changes it where it is, or drops it.
    fn move_in(&mut self) {
        let Some(mut value) = self.loose.pop() else { return };
        match self.random.below(4) {
            0 => drop(value),
            1 => {
                let link = self.any();
                let old = std::mem::replace(&mut value.first, link);
                self.loose.push(value);
                drop(old);
            }
            _ => self.boxed_again(*value),
        }
    }

    /// Controls the collector.
    pub fn control(&mut self) {
        match self.random.below(26) {
            0..3 => _ = heap::collect(),
            3..6 => _ = heap::collect_young(),
            6..11 => {
                let limit = self.random.pick(&[1, 2, 3, 5, 9, 20]);
                let before = self.world.finalizers();
                let report = heap::collect_step(NonZeroUsize::new(limit).expect("not zero"));
                // After finalizers the dead are looked at again.
                let again = self.world.finalizers() != before || !self.world.is_alone();
                if report.captured > limit * heap::STEP && !again {
                    self.world.fail(format!(
                        "a step of {limit} has looked at {} blocks",
                        report.captured
                    ));
                }
            }
            11..13 => self.collect_if_needed(),
            13 => heap::freeze(),
            14 => heap::unfreeze(),
            15 => self.pauses.extend((self.pauses.len() < 2).then(heap::pause)),
            16 => drop(self.pauses.pop()),
            17 => heap::disable(),
            18 => heap::enable(),
            19 => {
                let _guard = CollectGuard::new();
                self.garbage();
            }
            20 if self.random.one_in(8) => {
                self.world.trace_bomb.store(self.random.below(6) as i32, Relaxed)
            }
            21 => {
                if let Some(link) = self.take() {
                    self.send(link);
                }
            }
            22 => {
                // A collection may come while a place is in use.
                let haven = self.world;
                if haven.is_alone() {
                    haven.haven.with(|_| self.garbage());
                }
            }
            23..25 => _ = heap::run_finalizers(),
            _ => self.configure(),
        }
    }

    fn collect_if_needed(&mut self) {
        let pending = heap::is_pending();
        let report = heap::collect_if_needed();
        if report.is_some() != pending && self.world.is_alone() {
            self.world.fail(format!("a collection is pending: {pending}, and gives {report:?}"));
        }
    }

    /// Puts another configuration in force.
    pub fn configure(&mut self) {
        let random = &mut self.random;
        let config = Config::default()
            .with_automatic(!random.one_in(6))
            .with_young_threshold(random.pick(&[1, 1, 2, 5, 20, 100, 2_000]))
            .with_young_bytes(random.pick(&[1, 1_000, 64 << 10, 1 << 30]))
            .with_promote_after(random.pick(&[1, 2, 3]))
            .with_heap_growth(random.pick(&[1e-6, 0.1, 0.5, 100.0]))
            .with_work_limit(NonZeroUsize::new(random.pick(&[0, 0, 1, 2, 3, 8, 30])))
            .with_automatic_work_limit(NonZeroUsize::new(random.pick(&[0, 1, 2, 5, 20_000])))
            .with_finalize_on_demand(random.one_in(3))
            .with_adaptive(random.one_in(2))
            .with_collect_on_thread_exit(true)
            .with_free_list_limit(random.pick(&[0, 64, 1_000, 256 << 10]))
            .with_wait_limit(Duration::from_micros(random.pick(&[0, 1, 100])));
        self.world.may_wait.fetch_or(config.finalize_on_demand, Relaxed);
        heap::configure(config).expect("every field is in its range");
    }
}
