//! Handles in the places of nodes: putting them there, taking them out, exchanging them.
//!
//! A handle that is moved goes only where a `&` leads that was not made from it: the borrow checker
//! allows no other program, and the collector relies on that.

use super::super::kind::RefMut;
use super::heap::{Root, body, kind_of, pick, push_root, with};
use super::node::{Handle, Kind};

/// Moves a root into a place, if the program gets there without it.
pub fn give(to: u8, place: u8, root: Root) {
    match pick(to) {
        Some(to) if with(|world| world.model.reachable_without(root.id, to)) => {
            put(to, place, root)
        }
        _ => push_root(root),
    }
}

/// Moves a root into a place of a node; what was there is dropped.
pub fn put(to: usize, place: u8, root: Root) {
    let node = body(to);
    let id = root.id;
    if place % 3 == 0 || kind_of(id) != Kind::Plain {
        match node.list.try_borrow_mut() {
            Err(_) => push_root(root),
            Ok(mut list) => {
                list.push(root.into_handle());
                with(|world| world.model.link(to, id));
            }
        }
        return;
    }
    let Handle::Plain(gc) = root.into_handle() else { unreachable!("its kind is Plain") };
    with(|world| world.model.link(to, id));
    let old_id = node.targets[usize::from(place % 3 - 1)].replace(Some(id));
    if let Some(old_id) = old_id {
        with(|world| world.model.unlink(to, old_id));
    }
    let old = match place % 6 {
        1 => node.slot.replace(Some(gc)),
        4 => {
            // The old handle is dropped inside of `set`.
            node.slot.set(Some(gc));
            None
        }
        _ => node.cell.replace(Some(gc)),
    };
    drop(old.map(|old| Root::new(Handle::Plain(old))));
}

/// Moves a handle out of a place of a node.
pub fn take(from: usize, place: u8) -> Option<Root> {
    let node = body(from);
    let taken = match place % 3 {
        1 => node.slot.take().map(Handle::Plain),
        2 => node.cell.take().map(Handle::Plain),
        _ => None,
    };
    if taken.is_some() {
        node.targets[usize::from(place % 3 - 1)].set(None);
    }
    let taken = taken.or_else(|| {
        let mut list = node.list.try_borrow_mut().ok().filter(|list| !list.is_empty())?;
        let at = usize::from(place / 3) % list.len();
        Some(list.swap_remove(at))
    })?;
    with(|world| world.model.unlink(from, taken.id()));
    Some(Root::new(taken))
}

/// Exchanges a root with a handle in the list of a node: no count changes.
pub fn exchange(node: u8, root: Root) {
    let to = pick(node).filter(|&to| with(|world| world.model.reachable_without(root.id, to)));
    let list = to.map(|to| (to, body(to).list.try_borrow_mut()));
    let Some((to, Ok(mut list))) = list else { return push_root(root) };
    let Some(last) = list.last_mut() else { return push_root(root) };
    let id = root.id;
    let old = std::mem::replace(last, root.into_handle());
    with(|world| {
        world.model.unlink(to, old.id());
        world.model.link(to, id);
    });
    push_root(Root::new(old));
}

/// Exchanges the lists, or the cells, of two nodes that are held by roots.
pub fn swap(a: u8, b: u8, cells: u8) {
    let root = |operand: u8| {
        with(|world| {
            let usable = |id: &usize| {
                !world.model.locked.contains(id) && !world.model.entries[*id].kind.is_leaf()
            };
            let ids: Vec<_> = world.roots.iter().map(|root| root.id).filter(usable).collect();
            (!ids.is_empty()).then(|| ids[usize::from(operand) % ids.len()])
        })
    };
    let (Some(a), Some(b)) = (root(a), root(b)) else { return };
    if a == b {
        return;
    }
    let (left, right) = (body(a), body(b));
    let (from_left, from_right): (Vec<_>, Vec<_>);
    if cells % 2 == 1 {
        left.cell.swap(&right.cell);
        left.targets[1].swap(&right.targets[1]);
        (from_left, from_right) = (
            right.targets[1].get().into_iter().collect(),
            left.targets[1].get().into_iter().collect(),
        );
    } else {
        let (Ok(mut left), Ok(mut right)) =
            (left.list.try_borrow_mut(), right.list.try_borrow_mut())
        else {
            return;
        };
        std::mem::swap(&mut *left, &mut *right);
        let ids = |list: &RefMut<'_, Vec<Handle>>| list.iter().map(Handle::id).collect();
        (from_left, from_right) = (ids(&right), ids(&left));
    }
    with(|world| {
        for (from, to, ids) in [(a, b, from_left), (b, a, from_right)] {
            for id in ids {
                world.model.unlink(from, id);
                world.model.link(to, id);
            }
        }
    });
}

/// Drops the list of a node.
pub fn clear(id: usize) {
    let Ok(list) = body(id).list.try_borrow_mut().map(|mut list| std::mem::take(&mut *list)) else {
        return;
    };
    with(|world| list.iter().for_each(|handle| world.model.unlink(id, handle.id())));
    drop(list);
}
