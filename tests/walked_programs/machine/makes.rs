//! Steps that make values.

use std::collections::{BTreeMap, VecDeque};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::Relaxed;

use recyc::unsize;

use super::actions::{Action, Will};
use super::canary::Canary;
use super::heap::{self, Cleaner, DynCode, DynThing, ExternalMemory, Gc, Place, Quick, Weak};
use super::ledger::{World, world};
use super::links::{AnyWeak, Link, WeakLink, closure};
use super::player::Player;
use super::values::{Bag, Captured, Content, Element, Knot, Owned, Plain, Soul, Wild};

impl Player {
    /// Makes one value, with handles to values that the thread knows.
    pub fn make(&mut self) {
        if self.world.is_nearly_full() {
            return drop(self.take());
        }
        let kind = self.random.below(18);
        let link = match kind {
            16 => return self.unwritten(),
            17 => return self.ring(),
            _ => self.without_finalizers(|player| match kind {
                0..4 => player.knot(),
                4..7 => player.bag(),
                7..10 => player.plain(),
                10..12 => player.soul(),
                12 => player.wild(),
                13 => player.row(),
                14 => player.code(),
                _ => player.knot_with_weak(),
            }),
        };
        if let Some(link) = link {
            self.own(link);
        }
    }

    /// Makes a value. No finalizer is called in that time if finalizers wait, unless a destructor
    /// collects.
    fn without_finalizers(&mut self, make: impl FnOnce(&mut Self) -> Option<Link>) -> Option<Link> {
        let calls = |world: &World| {
            let waits = world.is_alone() && heap::config().finalize_on_demand;
            waits.then(|| (world.finalizers(), world.collections.load(Relaxed)))
        };
        let before = calls(self.world);
        let link = make(self);
        if let (Some((finalizers, collections)), Some(now)) = (before, calls(self.world)) {
            if now.0 != finalizers && now.1 == collections {
                self.world.fail("a finalizer that waits is called by `Gc::new`".into());
            }
        }
        link
    }

    /// A handle to something in reach, or none.
    fn edge(&mut self) -> Option<Link> {
        if self.random.one_in(3) { None } else { self.any() }
    }

    fn canary(&mut self) -> Canary {
        let action = if self.random.one_in(8) { self.action() } else { None };
        Canary::new(action.map(Box::new))
    }

    fn action(&mut self) -> Option<Action> {
        match self.random.below(8) {
            0..2 => Some(Action::Drop(self.edge().into_iter().chain(self.edge()).collect())),
            2 => self.any().map(Action::Save),
            3..5 => self.any_weak().map(Action::Upgrade),
            5 => Some(Action::Allocate),
            6 => Some(Action::Collect),
            _ => Some(Action::Panic),
        }
    }

    fn any_weak(&mut self) -> Option<WeakLink> {
        self.any().map(|link| link.downgrade())
    }

    fn settled(&self, link: Link) -> Option<Link> {
        link.settle();
        Some(link)
    }

    fn knot(&mut self) -> Option<Link> {
        let (mut canary, edge) = (self.canary(), self.edge());
        if self.random.one_in(12) {
            canary.hidden = true;
            return self.settled(Link::Knot(Gc::new_leaf(Knot::with_canary(canary, edge))));
        }
        let knot = Gc::new(Knot::with_canary(canary, edge));
        match self.random.below(4) {
            0 => self.settled(Link::Thing(unsize!(knot => DynThing))),
            _ => self.settled(Link::Knot(knot)),
        }
    }

    fn knot_with_weak(&mut self) -> Option<Link> {
        let (canary, edge) = (self.canary(), self.edge());
        let id = canary.id();
        let mut own = None;
        let knot = Gc::new_cyclic(|weak| {
            if weak.upgrade().is_some() {
                world().fail("a value is reached before it exists".into());
            }
            own = Some(weak.clone());
            Knot::with_canary(canary, edge)
        });
        let link = self.settled(Link::Knot(knot))?;
        if let Some(own) = own {
            drop(link.thing().keep(WeakLink::new(AnyWeak::Knot(own), id)));
        }
        Some(link)
    }

    fn bag(&mut self) -> Option<Link> {
        let (canary, edge) = (self.canary(), self.edge());
        let content = match self.random.below(10) {
            0 => Content::List(Place::new(edge.into_iter().collect())),
            1 => Content::Queue(Place::new(VecDeque::from_iter(edge))),
            2 => Content::Tree(Place::new(BTreeMap::from_iter(edge.map(|link| (0, link))))),
            3 => Content::Hash(Place::new(edge.map(|link| (0, link)).into_iter().collect())),
            4 => Content::Nested(Place::new(vec![edge.into_iter().collect(), Vec::new()])),
            5 => Content::Boxed(edge.is_some().then(|| Box::new(Place::new(edge)))),
            6 => Content::Pair((Place::new(edge), Quick::new(self.edge()))),
            7 => Content::Array([Place::new(edge), Place::new(self.edge()), Place::new(None)]),
            8 => Content::Hidden(Place::new(edge)),
            _ => Content::Owned(Owned(Box::new(Knot::with_canary(self.canary(), edge)))),
        };
        let bag = Gc::new(Bag { canary, content });
        self.settled(Link::Thing(unsize!(bag => DynThing)))
    }

    fn plain_value(&mut self) -> Plain {
        Plain { canary: self.canary(), first: self.edge(), second: (7, self.edge().map(Box::new)) }
    }

    fn plain(&mut self) -> Option<Link> {
        let value = self.plain_value();
        self.settled(Link::Plain(Gc::new(value)))
    }

    fn soul(&mut self) -> Option<Link> {
        let (canary, edge) = (self.canary(), self.edge());
        let will = match self.random.below(12) {
            0..4 => Will::Nothing,
            4..6 => Will::Haven,
            6 => Will::Neighbour,
            7 => Will::Release,
            8 => self.any_weak().map_or(Will::Nothing, Will::Upgrade),
            9 => Will::Allocate,
            10 => Will::Collect,
            _ => Will::Panic,
        };
        let bytes = self.random.pick(&[0, 1, 1_000, 3_000]);
        let id = canary.id();
        let soul = Gc::new_cyclic(|own: &Weak<Soul>| {
            let (cleaner, world) = (Cleaner::new(), world());
            cleaner.register(move || _ = world.entry(id).cleaned.fetch_add(1, Relaxed));
            let (place, will) = (Place::new(edge), Place::new(will));
            Soul {
                canary,
                own: own.clone(),
                place,
                will,
                cleaner,
                external: ExternalMemory::new(bytes),
            }
        });
        world().entry(id).has_soul.store(true, Relaxed);
        soul.external.resize(bytes / 2);
        self.settled(Link::Thing(unsize!(soul => DynThing)))
    }

    fn wild(&mut self) -> Option<Link> {
        let list = Place::new(self.edge().into_iter().collect());
        let wild = Gc::new(Wild { canary: self.canary(), list });
        self.settled(Link::Thing(unsize!(wild => DynThing)))
    }

    fn element(&mut self) -> Element {
        Element { canary: self.canary(), place: Place::new(self.edge()), fixed: self.edge() }
    }

    fn row(&mut self) -> Option<Link> {
        let row: Gc<[Element]> = match self.random.below(4) {
            0 => Gc::from(vec![self.element(), self.element(), self.element()]),
            1 => unsize!(Gc::new([self.element(), self.element()]) => [Element]),
            2 => (0..2).map(|_| self.element()).collect(),
            _ => {
                let elements = [self.element(), self.element()];
                let mut row = Gc::<[Element]>::new_uninit_slice(2);
                let places = Gc::get_mut(&mut row).expect("the only handle");
                places
                    .iter_mut()
                    .zip(elements)
                    .for_each(|(place, element)| _ = place.write(element));
                // SAFETY: both elements were written just now.
                unsafe { row.assume_init() }
            }
        };
        self.settled(Link::Row(row))
    }

    fn code(&mut self) -> Option<Link> {
        let captured =
            Captured { canary: self.canary(), place: Place::new(self.edge()), fixed: self.edge() };
        let code = Gc::new(closure(captured));
        self.settled(Link::Code(unsize!(code => DynCode)))
    }

    /// Makes a block without a value, or writes one that was made before.
    fn unwritten(&mut self) {
        if self.unwritten.len() < 3 && self.random.one_in(2) {
            let zeroed = self.random.one_in(2);
            let block =
                if zeroed { Gc::new(MaybeUninit::zeroed()) } else { Gc::<Knot>::new_uninit() };
            return self.unwritten.push(block);
        }
        let Some(mut block) = self.unwritten.pop() else { return };
        let knot = Knot::with_canary(self.canary(), self.edge());
        Gc::get_mut(&mut block).expect("the only handle").write(knot);
        // SAFETY: the value was written just now.
        let link = Link::Knot(unsafe { block.assume_init() });
        link.settle();
        self.own(link);
    }

    /// Makes a ring, of which the thread may keep a handle.
    fn ring(&mut self) {
        let Some(first) = self.knot() else { return };
        let mut last = first.clone();
        for _ in 0..self.random.below(12) {
            let next = if self.random.one_in(3) { self.soul() } else { self.knot() };
            let Some(next) = next else { return };
            drop(last.thing().put(0, Some(next.clone())));
            last = next;
        }
        drop(last.thing().put(0, Some(first)));
        if self.random.one_in(3) {
            self.own(last);
        }
    }

    /// Makes a value that is garbage at once.
    pub fn garbage(&mut self) {
        if let Some(link) = self.without_finalizers(Self::knot) {
            drop(link.thing().put(0, Some(link.clone())));
        }
    }

    /// A value from one that is not in a block.
    pub fn boxed_again(&mut self, plain: Plain) {
        let link = Link::Plain(Gc::new(plain));
        link.settle();
        self.own(link);
    }
}
