//! The types of values. Each has a canary and places for handles.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};

use recyc::{Finalize, Trace, Tracer};

use super::actions::Will;
use super::canary::{Canary, planned_panic};
use super::heap::{Bound, Cleaner, ExternalMemory, Place, Quick, Tight, Weak};
use super::ledger::{explodes, world};
use super::links::{Link, WeakLink};
use super::walk::Walk;

/// A value of any type.
pub trait Thing: Trace + Bound {
    fn canary(&self) -> &Canary;

    /// Shows the walk all that the value owns.
    fn walk(&self, walk: &mut Walk<'_>);

    /// Puts a handle into the place of that number, and returns what was there, or what finds no
    /// place.
    fn put(&self, place: usize, link: Option<Link>) -> Option<Link>;

    /// A clone of the handle in the place of that number.
    fn get(&self, place: usize) -> Option<Link>;

    /// Puts a `Weak` in, and returns what finds no place.
    fn keep(&self, weak: WeakLink) -> Option<WeakLink> {
        Some(weak)
    }

    /// Values with a canary of their own that are inside this one.
    fn parts(&self, _: &mut dyn FnMut(&dyn Thing)) {}

    /// The name of the type, for messages.
    fn name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// Whether the handles in the value are not reported.
    fn is_hidden(&self) -> bool {
        self.canary().hidden
    }
}

type OnePlace = Place<Option<Link>>;

fn put(place: &OnePlace, link: Option<Link>) -> Option<Link> {
    let mut link = link;
    place.with(|place| std::mem::swap(place, &mut link));
    link
}

fn get(place: &OnePlace) -> Option<Link> {
    place.with(|place| place.clone()).flatten()
}

fn all<'a>(walk: &mut Walk<'_>, links: impl IntoIterator<Item = &'a Link>) {
    links.into_iter().for_each(|link| walk.link(link));
}

fn one(walk: &mut Walk<'_>, place: &OnePlace) {
    if place.with(|place| all(walk, place.iter())).is_none() {
        world().fail("a place is in use at a quiet point".into());
    }
}

/// A place of each kind.
#[derive(Trace)]
pub struct Knot {
    #[trace(skip)]
    pub canary: Canary,
    first: OnePlace,
    second: Quick,
    third: Tight,
    weaks: Place<Vec<WeakLink>>,
}

impl Knot {
    pub fn new(link: Option<Link>) -> Self {
        Self::with_canary(Canary::new(None), link)
    }

    pub fn with_canary(canary: Canary, link: Option<Link>) -> Self {
        let (first, second) = (Place::new(None), Quick::new(link));
        Self { canary, first, second, third: Tight::new(), weaks: Place::new(Vec::new()) }
    }
}

impl Thing for Knot {
    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        one(walk, &self.first);
        self.second.with(|link| all(walk, link));
        self.third.with(|link| all(walk, link));
        self.weaks.with(|weaks| weaks.iter().for_each(|weak| walk.weak(weak)));
    }

    fn put(&self, place: usize, link: Option<Link>) -> Option<Link> {
        match place % 3 {
            0 => put(&self.first, link),
            1 => self.second.put(link),
            // A field that is not reported has to be emptied at the end.
            _ if self.canary.hidden => link,
            _ => self.third.put(link),
        }
    }

    fn get(&self, place: usize) -> Option<Link> {
        match place % 3 {
            0 => get(&self.first),
            1 => self.second.with(Option::clone).flatten(),
            _ => self.third.get(),
        }
    }

    fn keep(&self, weak: WeakLink) -> Option<WeakLink> {
        let mut weak = Some(weak);
        self.weaks.with(|weaks| match weaks.len() {
            0..3 => weaks.extend(weak.take()),
            _ => std::mem::swap(&mut weaks[0], weak.as_mut().expect("it was put in just now")),
        });
        weak
    }
}

/// The collections of the standard library, and what is not reported.
#[derive(Trace)]
pub struct Bag {
    #[trace(skip)]
    pub canary: Canary,
    pub content: Content,
}

#[derive(Trace)]
pub enum Content {
    List(Place<Vec<Link>>),
    Queue(Place<VecDeque<Link>>),
    Tree(Place<BTreeMap<usize, Link>>),
    /// One handle at most: a `HashMap` leaks the others if dropping one panics.
    Hash(Place<HashMap<usize, Link, BuildHasherDefault<DefaultHasher>>>),
    Nested(Place<Vec<Vec<Link>>>),
    Boxed(Option<Box<OnePlace>>),
    Pair((OnePlace, Quick)),
    Array([OnePlace; 3]),
    Hidden(#[trace(skip)] OnePlace),
    Owned(Owned),
}

/// How many handles a collection of a value has at most.
const FULL: usize = 3;

impl Thing for Bag {
    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        match &self.content {
            Content::List(list) => _ = list.with(|list| all(walk, list.iter())),
            Content::Queue(queue) => _ = queue.with(|queue| all(walk, queue.iter())),
            Content::Tree(tree) => _ = tree.with(|tree| all(walk, tree.values())),
            Content::Hash(hash) => _ = hash.with(|hash| all(walk, hash.values())),
            Content::Nested(nested) => _ = nested.with(|nested| all(walk, nested.iter().flatten())),
            Content::Boxed(place) => place.iter().for_each(|place| one(walk, place)),
            Content::Pair((first, second)) => {
                one(walk, first);
                second.with(|link| all(walk, link));
            }
            Content::Array(places) => places.iter().for_each(|place| one(walk, place)),
            Content::Hidden(place) => one(walk, place),
            Content::Owned(owned) => walk.part(&*owned.0),
        }
    }

    fn put(&self, place: usize, link: Option<Link>) -> Option<Link> {
        let mut link = link;
        match &self.content {
            Content::List(list) => list.with(|list| match link.take() {
                Some(new) if list.len() < FULL => list.push(new),
                Some(new) => link = Some(std::mem::replace(&mut list[place % FULL], new)),
                None => link = list.pop(),
            }),
            Content::Queue(queue) => queue.with(|queue| {
                queue.extend(link.take());
                if queue.len() > FULL || place % 2 == 0 {
                    link = queue.pop_front();
                }
            }),
            Content::Tree(tree) => tree.with(|tree| match link.take() {
                Some(new) => link = tree.insert(place % FULL, new),
                None => link = tree.remove(&(place % FULL)),
            }),
            Content::Hash(hash) => hash.with(|hash| match link.take() {
                Some(new) => link = hash.insert(0, new),
                None => link = hash.remove(&0),
            }),
            Content::Nested(nested) => nested.with(|nested| match link.take() {
                Some(new) if nested.len() < FULL => nested.push(vec![new]),
                Some(new) => {
                    nested[place % FULL].push(new);
                    link = nested[(place + 1) % FULL].pop();
                }
                None => {
                    link = nested.last_mut().and_then(Vec::pop);
                    if link.is_none() {
                        nested.pop();
                    }
                }
            }),
            Content::Boxed(boxed) => {
                return boxed
                    .as_ref()
                    .map_or_else(|| link.clone(), |place| put(place, link.clone()));
            }
            Content::Pair((first, _)) if place % 2 == 0 => return put(first, link),
            Content::Pair((_, second)) => return second.put(link),
            Content::Array(places) => return put(&places[place % 3], link),
            Content::Hidden(place) => return put(place, link),
            Content::Owned(owned) => return owned.0.put(place, link),
        };
        link
    }

    fn get(&self, place: usize) -> Option<Link> {
        match &self.content {
            Content::List(list) => list.with(|list| list.get(place % FULL).cloned()).flatten(),
            Content::Queue(queue) => queue.with(|queue| queue.front().cloned()).flatten(),
            Content::Tree(tree) => tree.with(|tree| tree.get(&(place % FULL)).cloned()).flatten(),
            Content::Hash(hash) => hash.with(|hash| hash.get(&0).cloned()).flatten(),
            Content::Nested(nested) => {
                nested.with(|nested| nested.last()?.last().cloned()).flatten()
            }
            Content::Boxed(boxed) => get(boxed.as_deref()?),
            Content::Pair((first, _)) if place % 2 == 0 => get(first),
            Content::Pair((_, second)) => second.with(Option::clone).flatten(),
            Content::Array(places) => get(&places[place % 3]),
            Content::Hidden(place) => get(place),
            Content::Owned(owned) => owned.0.get(place),
        }
    }

    fn parts(&self, f: &mut dyn FnMut(&dyn Thing)) {
        if let Content::Owned(owned) = &self.content {
            f(&*owned.0);
        }
    }

    fn is_hidden(&self) -> bool {
        self.canary.hidden || matches!(self.content, Content::Hidden(_))
    }
}

/// A box that only a hand-written `Trace` can report.
pub struct Owned(pub Box<dyn Thing>);

// SAFETY: the box owns its value alone.
unsafe impl Trace for Owned {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

/// Handles that change only by `&mut`.
#[derive(Clone, Trace)]
pub struct Plain {
    #[trace(skip)]
    pub canary: Canary,
    pub first: Option<Link>,
    pub second: (u8, Option<Box<Link>>),
}

impl Thing for Plain {
    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        all(walk, &self.first);
        all(walk, self.second.1.as_deref());
    }

    fn put(&self, _: usize, link: Option<Link>) -> Option<Link> {
        link
    }

    fn get(&self, place: usize) -> Option<Link> {
        if place % 2 == 0 { self.first.clone() } else { self.second.1.as_deref().cloned() }
    }
}

/// A value with a finalizer.
#[derive(Trace)]
#[trace(finalize)]
pub struct Soul {
    #[trace(skip)]
    pub canary: Canary,
    pub own: Weak<Soul>,
    pub place: OnePlace,
    #[trace(skip)]
    pub will: Place<Will>,
    pub cleaner: Cleaner,
    pub external: ExternalMemory,
}

impl Finalize for Soul {
    fn finalize(&self) {
        let id = self.canary.check();
        self.canary.world().finalizer_of(id);
        let own =
            self.own.upgrade().map(|own| Link::Thing(recyc::unsize!(own => super::heap::DynThing)));
        let neighbour = get(&self.place);
        if let Some(neighbour) = &neighbour {
            neighbour.check();
        }
        let will = self.will.with(|will| std::mem::replace(will, Will::Nothing));
        if let Some(will) = will {
            will.run(own, neighbour, || put(&self.place, None));
        }
    }
}

impl Thing for Soul {
    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        one(walk, &self.place);
        walk.own(self.canary.id());
        self.will.with(|will| will.weak().into_iter().for_each(|weak| walk.weak(weak)));
    }

    fn put(&self, _: usize, link: Option<Link>) -> Option<Link> {
        put(&self.place, link)
    }

    fn get(&self, _: usize) -> Option<Link> {
        get(&self.place)
    }
}

/// A value with a hand-written `Trace`, which panics now and then.
pub struct Wild {
    pub canary: Canary,
    pub list: Place<Vec<Link>>,
}

// SAFETY: the list belongs to this value alone, and each handle in it is reported once.
unsafe impl Trace for Wild {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.canary.check();
        if std::ptr::eq(self.canary.world(), world()) && explodes(&world().trace_bomb) {
            world().taint();
            planned_panic();
        }
        self.list.trace(tracer);
    }
}

impl Thing for Wild {
    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        self.list.with(|list| all(walk, list.iter()));
    }

    fn put(&self, place: usize, link: Option<Link>) -> Option<Link> {
        let mut link = link;
        self.list.with(|list| match link.take() {
            Some(new) if list.len() < FULL => list.push(new),
            Some(new) => link = Some(std::mem::replace(&mut list[place % FULL], new)),
            None => link = list.pop(),
        });
        link
    }

    fn get(&self, place: usize) -> Option<Link> {
        self.list.with(|list| list.get(place % FULL).cloned()).flatten()
    }
}

/// An element of a slice.
#[derive(Trace)]
pub struct Element {
    #[trace(skip)]
    pub canary: Canary,
    pub place: OnePlace,
    pub fixed: Option<Link>,
}

impl Clone for Element {
    fn clone(&self) -> Self {
        Self {
            canary: self.canary.clone(),
            place: Place::new(get(&self.place)),
            fixed: self.fixed.clone(),
        }
    }
}

impl Thing for Element {
    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        one(walk, &self.place);
        all(walk, &self.fixed);
    }

    fn put(&self, _: usize, link: Option<Link>) -> Option<Link> {
        put(&self.place, link)
    }

    fn get(&self, place: usize) -> Option<Link> {
        if place % 2 == 0 { get(&self.place) } else { self.fixed.clone() }
    }
}

/// The variables that a closure has captured.
#[derive(Trace)]
pub struct Captured {
    #[trace(skip)]
    pub canary: Canary,
    pub place: OnePlace,
    pub fixed: Option<Link>,
}

impl Thing for Captured {
    fn canary(&self) -> &Canary {
        &self.canary
    }

    fn walk(&self, walk: &mut Walk<'_>) {
        one(walk, &self.place);
        all(walk, &self.fixed);
    }

    fn put(&self, _: usize, link: Option<Link>) -> Option<Link> {
        put(&self.place, link)
    }

    fn get(&self, place: usize) -> Option<Link> {
        if place % 2 == 0 { get(&self.place) } else { self.fixed.clone() }
    }
}
