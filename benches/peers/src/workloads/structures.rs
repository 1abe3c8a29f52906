//! Data structures that change all the time, with the collections that the peer makes of itself.

use std::hint::black_box;

use crate::clock::Clock;
use crate::outcome::Outcome;
use crate::peer::{Peer, Scheme};

/// Slots of a DOM element.
const PARENT: usize = 0;
const FIRST_CHILD: usize = 1;
const NEXT_SIBLING: usize = 2;
/// Elements in what one edit replaces.
const WIDGET: usize = 8;

/// A page of 1,000 sections. An edit walks through what a section has, with handles as a script
/// would hold them, and puts something new in its place; what was there refers to itself, by its
/// parents.
pub fn dom<P: Peer>(edits: usize) -> Outcome {
    let sections: Vec<P::Node> = (0..1_000).map(P::new).collect();
    let mut random = fastrand::Rng::with_seed(7);
    let clock = Clock::start();
    for _ in 0..edits {
        let section = &sections[random.usize(..sections.len())];
        let old = P::get(section, FIRST_CHILD);
        walk_up_and_down::<P>(old.as_ref());
        let new = widget::<P>();
        P::set(&new, PARENT, Some(section.clone()));
        P::set(section, FIRST_CHILD, Some(new));
        dismantle::<P>(old);
        P::safepoint(&sections);
    }
    if P::SCHEME == Scheme::Traces {
        P::collect(&sections);
    }
    let ns = clock.ns() / edits as f64;
    for section in &sections {
        dismantle::<P>(P::replace(section, FIRST_CHILD, None));
    }
    drop(sections);
    P::collect(&[]);
    Outcome::checked::<P>(ns, 1_000 + edits * WIDGET)
}

/// The same page, but nothing new: an edit walks through what two sections have, and exchanges it.
/// Nothing dies, and with `Rc` there is nothing to break by hand.
pub fn dom_moves<P: Peer>(edits: usize) -> Outcome {
    let sections: Vec<P::Node> = (0..1_000).map(P::new).collect();
    for section in &sections {
        append::<P>(section, Some(widget::<P>()));
    }
    let mut random = fastrand::Rng::with_seed(7);
    let clock = Clock::start();
    for _ in 0..edits {
        let [here, there] = [&sections[random.usize(..1_000)], &sections[random.usize(..1_000)]];
        let [mine, yours] = [here, there].map(|section| {
            let widget = P::replace(section, FIRST_CHILD, None);
            walk_up_and_down::<P>(widget.as_ref());
            widget
        });
        append::<P>(there, mine);
        append::<P>(here, yours);
        P::safepoint(&sections);
    }
    if P::SCHEME == Scheme::Traces {
        P::collect(&sections);
    }
    let ns = clock.ns() / edits as f64;
    for section in &sections {
        dismantle::<P>(P::replace(section, FIRST_CHILD, None));
    }
    drop(sections);
    P::collect(&[]);
    Outcome::checked::<P>(ns, 1_000 + 1_000 * WIDGET)
}

/// Puts a widget into a section, if there is one: the section may have been exchanged with itself.
fn append<P: Peer>(section: &P::Node, widget: Option<P::Node>) {
    if let Some(widget) = widget {
        P::set(&widget, PARENT, Some(section.clone()));
        P::set(section, FIRST_CHILD, Some(widget));
    }
}

fn widget<P: Peer>() -> P::Node {
    let top = P::new(0);
    for id in 1..WIDGET {
        let child = P::new(id as u64);
        P::set(&child, PARENT, Some(top.clone()));
        let sibling = P::replace(&top, FIRST_CHILD, None);
        P::set(&child, NEXT_SIBLING, sibling);
        P::set(&top, FIRST_CHILD, Some(child));
    }
    top
}

fn walk_up_and_down<P: Peer>(top: Option<&P::Node>) {
    let mut child = top.and_then(|top| P::get(top, FIRST_CHILD));
    let mut sum = 0;
    while let Some(node) = child {
        sum += P::get(&node, PARENT).map_or(0, |parent| P::id(&parent)) + P::id(&node);
        child = P::get(&node, NEXT_SIBLING);
    }
    black_box(sum);
}

/// Drops a widget. Peers without a collector break its cycles by hand.
fn dismantle<P: Peer>(top: Option<P::Node>) {
    let Some(top) = top.filter(|_| P::SCHEME == Scheme::ByHand) else { return };
    P::set(&top, PARENT, None);
    let mut child = P::replace(&top, FIRST_CHILD, None);
    while let Some(node) = child {
        P::set(&node, PARENT, None);
        child = P::replace(&node, NEXT_SIBLING, None);
    }
}

/// Slots of an entry of the cache.
const BEFORE: usize = 0;
const AFTER: usize = 1;
const CAPACITY: usize = 10_000;
/// The number of keys, twice the capacity, so that every other lookup fails.
const KEYS: usize = 2 * CAPACITY;

/// A cache that forgets what was used least recently: a doubly linked ring in order of use. Entries
/// are unlinked in the proper way, so there are cycles at all times and garbage in cycles never;
/// the question is what this costs.
pub fn lru<P: Peer>(operations: usize) -> Outcome {
    let head = [P::new(0)];
    insert::<P>(&head[0], &head[0], head[0].clone());
    let mut table: Vec<Option<P::Node>> = vec![None; KEYS];
    let (mut used, mut made) = (0, 1);
    let mut random = fastrand::Rng::with_seed(7);
    let clock = Clock::start();
    for _ in 0..operations {
        let key = random.usize(..KEYS);
        if let Some(entry) = &table[key] {
            unlink::<P>(entry);
        } else {
            if used == CAPACITY {
                let oldest = P::get(&head[0], BEFORE).expect("the ring is closed");
                unlink::<P>(&oldest);
                table[P::id(&oldest) as usize] = None;
                used -= 1;
            }
            table[key] = Some(P::new(key as u64));
            (used, made) = (used + 1, made + 1);
        }
        let newest = P::get(&head[0], AFTER).expect("the ring is closed");
        insert::<P>(&head[0], &newest, table[key].clone().expect("found or made"));
        P::safepoint(&head);
    }
    if P::SCHEME == Scheme::Traces {
        P::collect(&head);
    }
    let ns = clock.ns() / operations as f64;
    table.iter().flatten().for_each(unlink::<P>);
    drop(table);
    (BEFORE..=AFTER).for_each(|slot| P::set(&head[0], slot, None));
    drop(head);
    P::collect(&[]);
    Outcome::checked::<P>(ns, made)
}

fn insert<P: Peer>(before: &P::Node, after: &P::Node, entry: P::Node) {
    P::set(&entry, BEFORE, Some(before.clone()));
    P::set(&entry, AFTER, Some(after.clone()));
    P::set(after, BEFORE, Some(entry.clone()));
    P::set(before, AFTER, Some(entry));
}

fn unlink<P: Peer>(entry: &P::Node) {
    let before = P::replace(entry, BEFORE, None).expect("it is in the ring");
    let after = P::replace(entry, AFTER, None).expect("it is in the ring");
    P::set(&after, BEFORE, Some(before.clone()));
    P::set(&before, AFTER, Some(after));
}

/// A table of 1,000 handles and random operations on it: new objects, edges set and cut, handles
/// taken out of edges.
pub fn mutator<P: Peer>(operations: usize) -> Outcome {
    if P::SCHEME == Scheme::ByHand {
        // The program has no record of these cycles, so it cannot break them.
        return Outcome::Absent;
    }
    let mut table: Vec<P::Node> = (0..1_000).map(P::new).collect();
    let size = table.len();
    let mut made = size;
    let mut random = fastrand::Rng::with_seed(7);
    let clock = Clock::start();
    for id in 0..operations {
        let (at, other, slot) = (random.usize(..size), random.usize(..size), random.usize(..3));
        match random.u8(..10) {
            0..4 => {
                table[at] = P::new(id as u64);
                made += 1;
            }
            4..8 => P::set(&table[at], slot, Some(table[other].clone())),
            8 => P::set(&table[at], slot, None),
            _ => {
                if let Some(target) = P::get(&table[at], slot) {
                    table[other] = target;
                }
            }
        }
        P::safepoint(&table);
    }
    if P::SCHEME == Scheme::Traces {
        P::collect(&table);
    }
    let ns = clock.ns() / operations as f64;
    drop(table);
    P::collect(&[]);
    Outcome::checked::<P>(ns, made)
}
