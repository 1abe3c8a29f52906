//! Handles of all types, strong, weak and raw.

use std::mem::ManuallyDrop;
use std::sync::atomic::Ordering::Relaxed;

use recyc::{Closure, Trace, unsize};

use super::heap::{DynAny, DynCode, DynThing, Gc, Weak};
use super::ledger::world;
use super::values::{Captured, Element, Knot, Plain, Thing};

/// The captures of a closure, as the closure itself returns them.
pub struct Exposed(*const dyn Thing);

/// Makes a closure that returns its captures.
pub fn closure(captured: Captured) -> Closure<Captured, fn(&Captured, ()) -> Exposed> {
    Closure::new(captured, |captured, ()| Exposed(&raw const *captured as *const dyn Thing))
}

/// A handle.
#[derive(Clone, Trace)]
pub enum Link {
    Knot(Gc<Knot>),
    Thing(Gc<DynThing>),
    Any(Gc<DynAny>),
    Row(Gc<[Element]>),
    Code(Gc<DynCode>),
    Plain(Gc<Plain>),
}

impl Link {
    /// The value; of a slice, the first element.
    pub fn thing(&self) -> &dyn Thing {
        match self {
            Self::Knot(knot) => &**knot,
            Self::Thing(thing) => &**thing,
            Self::Any(any) => any.downcast_ref::<Knot>().expect("only knots become `dyn Any`"),
            Self::Row(row) => &row[0],
            // SAFETY: the captures are in the block, which this handle keeps alive.
            Self::Code(code) => unsafe { &*code.call(()).0 },
            Self::Plain(plain) => &**plain,
        }
    }

    /// All values in the block.
    pub fn things(&self, f: &mut dyn FnMut(&dyn Thing)) {
        match self {
            Self::Row(row) => row.iter().for_each(|element| f(element)),
            other => f(other.thing()),
        }
    }

    /// Checks that the values in the block are whole, and returns the id of the first.
    pub fn check(&self) -> u32 {
        self.things(&mut |thing| _ = thing.canary().check());
        self.thing().canary().id()
    }

    /// Records that the values are in this block from now on.
    pub fn settle(&self) {
        self.things(&mut |thing| {
            world().settle(thing);
            thing.parts(&mut |part| world().settle(part));
        });
    }

    pub fn strong_count(&self) -> usize {
        match self {
            Self::Knot(gc) => Gc::strong_count(gc),
            Self::Thing(gc) => Gc::strong_count(gc),
            Self::Any(gc) => Gc::strong_count(gc),
            Self::Row(gc) => Gc::strong_count(gc),
            Self::Code(gc) => Gc::strong_count(gc),
            Self::Plain(gc) => Gc::strong_count(gc),
        }
    }

    pub fn weak_count(&self) -> usize {
        match self {
            Self::Knot(gc) => Gc::weak_count(gc),
            Self::Thing(gc) => Gc::weak_count(gc),
            Self::Any(gc) => Gc::weak_count(gc),
            Self::Row(gc) => Gc::weak_count(gc),
            Self::Code(gc) => Gc::weak_count(gc),
            Self::Plain(gc) => Gc::weak_count(gc),
        }
    }

    pub fn downgrade(&self) -> WeakLink {
        let weak = match self {
            Self::Knot(gc) => AnyWeak::Knot(Gc::downgrade(gc)),
            Self::Thing(gc) => AnyWeak::Thing(Gc::downgrade(gc)),
            Self::Any(gc) => AnyWeak::Any(Gc::downgrade(gc)),
            Self::Row(gc) => AnyWeak::Row(Gc::downgrade(gc)),
            Self::Code(gc) => AnyWeak::Code(Gc::downgrade(gc)),
            Self::Plain(gc) => AnyWeak::Plain(Gc::downgrade(gc)),
        };
        WeakLink::new(weak, self.thing().canary().id())
    }

    /// The same handle as one of another type, where there is one.
    pub fn seen_otherwise(self, as_any: bool) -> Self {
        match self {
            Self::Knot(knot) if as_any => Self::Any(unsize!(knot => DynAny)),
            Self::Knot(knot) => Self::Thing(unsize!(knot => DynThing)),
            Self::Plain(plain) => Self::Thing(unsize!(plain => DynThing)),
            Self::Any(any) => match any.downcast::<Plain>() {
                Ok(plain) => Self::Plain(plain),
                Err(any) => any.downcast::<Knot>().map_or_else(Self::Any, Self::Knot),
            },
            other => other,
        }
    }

    pub fn into_raw(self) -> RawLink {
        match self {
            Self::Knot(gc) => RawLink::Knot(Gc::into_raw(gc)),
            Self::Thing(gc) => RawLink::Thing(Gc::into_raw(gc)),
            Self::Any(gc) => RawLink::Any(Gc::into_raw(gc)),
            Self::Row(gc) => RawLink::Row(Gc::into_raw(gc)),
            Self::Code(gc) => RawLink::Code(Gc::into_raw(gc)),
            Self::Plain(gc) => RawLink::Plain(Gc::into_raw(gc)),
        }
    }
}

/// A count without a handle. Dropping it leaks the count, so [`back`](Self::back) is called once.
pub enum RawLink {
    Knot(*const Knot),
    Thing(*const DynThing),
    Any(*const DynAny),
    Row(*const [Element]),
    Code(*const DynCode),
    Plain(*const Plain),
}

// SAFETY: the pointer stands for a handle, and the handles of this heap can be sent where programs
// send them.
unsafe impl Send for RawLink {}

impl RawLink {
    /// A handle that owns the count while this value owns it too.
    fn twin(&self) -> ManuallyDrop<Link> {
        // SAFETY: the count is not taken back before this value ends, and the result is not
        // dropped.
        ManuallyDrop::new(unsafe {
            match *self {
                Self::Knot(raw) => Link::Knot(Gc::from_raw(raw)),
                Self::Thing(raw) => Link::Thing(Gc::from_raw(raw)),
                Self::Any(raw) => Link::Any(Gc::from_raw(raw)),
                Self::Row(raw) => Link::Row(Gc::from_raw(raw)),
                Self::Code(raw) => Link::Code(Gc::from_raw(raw)),
                Self::Plain(raw) => Link::Plain(Gc::from_raw(raw)),
            }
        })
    }

    pub fn with(&self, f: impl FnOnce(&Link)) {
        f(&self.twin());
    }

    /// The handle back.
    pub fn back(self) -> Link {
        ManuallyDrop::into_inner(self.twin())
    }

    /// One more count.
    pub fn increment(&self) -> Self {
        // SAFETY: the pointer came from `into_raw`, and its count is not taken back yet.
        unsafe {
            match *self {
                Self::Knot(raw) => Gc::increment_strong_count(raw),
                Self::Thing(raw) => Gc::increment_strong_count(raw),
                Self::Any(raw) => Gc::increment_strong_count(raw),
                Self::Row(raw) => Gc::increment_strong_count(raw),
                Self::Code(raw) => Gc::increment_strong_count(raw),
                Self::Plain(raw) => Gc::increment_strong_count(raw),
            }
        }
        match *self {
            Self::Knot(raw) => Self::Knot(raw),
            Self::Thing(raw) => Self::Thing(raw),
            Self::Any(raw) => Self::Any(raw),
            Self::Row(raw) => Self::Row(raw),
            Self::Code(raw) => Self::Code(raw),
            Self::Plain(raw) => Self::Plain(raw),
        }
    }

    /// One count less.
    pub fn decrement(self) {
        // SAFETY: the pointer came from `into_raw`, and this value, which owns its count, ends
        // here.
        unsafe {
            match self {
                Self::Knot(raw) => Gc::decrement_strong_count(raw),
                Self::Thing(raw) => Gc::decrement_strong_count(raw),
                Self::Any(raw) => Gc::decrement_strong_count(raw),
                Self::Row(raw) => Gc::decrement_strong_count(raw),
                Self::Code(raw) => Gc::decrement_strong_count(raw),
                Self::Plain(raw) => Gc::decrement_strong_count(raw),
            }
        }
    }
}

/// A `Weak`, and the value that it was made for.
#[derive(Clone, Trace)]
pub struct WeakLink {
    weak: AnyWeak,
    id: u32,
    moves: u32,
}

#[derive(Clone, Trace)]
pub enum AnyWeak {
    Knot(Weak<Knot>),
    Thing(Weak<DynThing>),
    Any(Weak<DynAny>),
    Row(Weak<[Element]>),
    Code(Weak<DynCode>),
    Plain(Weak<Plain>),
}

impl WeakLink {
    pub fn new(weak: AnyWeak, id: u32) -> Self {
        Self { weak, id, moves: world().entry(id).moves.load(Relaxed) }
    }

    /// The id of the value, if it is live and has not moved to another block.
    pub fn target(&self) -> Option<u32> {
        let world = world();
        (world.is_live(self.id) && world.entry(self.id).moves.load(Relaxed) == self.moves)
            .then_some(self.id)
    }

    /// Upgrades, and checks that the value is whole.
    pub fn upgrade(&self) -> Option<Link> {
        let link = match &self.weak {
            AnyWeak::Knot(weak) => weak.upgrade().map(Link::Knot),
            AnyWeak::Thing(weak) => weak.upgrade().map(Link::Thing),
            AnyWeak::Any(weak) => weak.upgrade().map(Link::Any),
            AnyWeak::Row(weak) => weak.upgrade().map(Link::Row),
            AnyWeak::Code(weak) => weak.upgrade().map(Link::Code),
            AnyWeak::Plain(weak) => weak.upgrade().map(Link::Plain),
        };
        if let Some(link) = &link {
            if link.check() != self.id {
                world().fail(format!("a Weak to value {} leads to another value", self.id));
            }
        }
        link
    }

    pub fn strong_count(&self) -> usize {
        match &self.weak {
            AnyWeak::Knot(weak) => weak.strong_count(),
            AnyWeak::Thing(weak) => weak.strong_count(),
            AnyWeak::Any(weak) => weak.strong_count(),
            AnyWeak::Row(weak) => weak.strong_count(),
            AnyWeak::Code(weak) => weak.strong_count(),
            AnyWeak::Plain(weak) => weak.strong_count(),
        }
    }

    /// Turns the `Weak` into a pointer and back, with another `Weak` between.
    pub fn through_raw(mut self) -> Self {
        if let AnyWeak::Knot(weak) = self.weak {
            let raw = weak.into_raw();
            // SAFETY: the pointer came from `into_raw` just now and is turned back once.
            self.weak = AnyWeak::Knot(unsafe { Weak::from_raw(raw) });
        }
        self
    }
}
