//! Weak handles, of the program and in nodes, and what an upgrade has to answer.

use super::heap::{Root, body, fail, push_root, with};
use super::node::{Handle, WeakHandle};
use super::oracle::remove;

pub fn downgrade(id: usize, handle: &Handle) {
    let weak = handle.downgrade();
    with(|world| {
        let target = (id, world.model.entries[id].block);
        world.model.weaks.push(target);
        world.weaks.push((target, weak));
    });
}

pub fn weak_into(node: usize, root: &mut Root) {
    let weak = root.handle().downgrade();
    with(|world| {
        let target = (root.id, world.model.entries[root.id].block);
        world.model.entries[node].weaks.push(target);
    });
    body(node).weaks.borrow_mut().push(weak);
}

/// Upgrades a weak of the program.
pub fn upgrade(operand: u8) {
    let upgraded = with(|world| {
        let at = usize::from(operand) % world.weaks.len().max(1);
        let (target, weak) = world.weaks.get(at)?;
        Some((weak.upgrade(), world.model.upgradable(*target)))
    });
    _ = upgraded.and_then(upgraded_as_expected).map(push_root);
}

/// Upgrades the last `Weak` in a node.
pub fn upgrade_in(node: usize) {
    let upgraded = body(node).weaks.borrow().last().map(WeakHandle::upgrade);
    let expected = with(|world| {
        let target = world.model.entries[node].weaks.last().copied()?;
        world.model.upgradable(target)
    });
    _ = upgraded.and_then(|handle| upgraded_as_expected((handle, expected))).map(push_root);
}

fn upgraded_as_expected((handle, expected): (Option<Handle>, Option<bool>)) -> Option<Root> {
    match handle {
        Some(handle) if expected == Some(false) => {
            fail(|| "a Weak to a destroyed value was upgraded".to_owned());
            std::mem::forget(handle);
            None
        }
        None if expected == Some(true) => {
            fail(|| "a Weak to a reachable value was not upgraded".to_owned());
            None
        }
        handle => handle.map(Root::new),
    }
}

/// Upgrades a `Weak` of the program to the node that is dying or being finalized, if there is one.
pub fn revive(id: usize, alive: bool) -> Option<Root> {
    let upgraded = with(|world| {
        let target = (id, world.model.entries[id].block);
        let (_, weak) = world.weaks.iter().find(|(weak, _)| *weak == target)?;
        Some(weak.upgrade())
    })?;
    upgraded_as_expected((upgraded, Some(alive)))
}

pub fn drop_weak(operand: u8) {
    with(|world| {
        if !world.weaks.is_empty() {
            let at = usize::from(operand) % world.weaks.len();
            let (target, _weak) = world.weaks.swap_remove(at);
            remove(&mut world.model.weaks, &target);
        }
    });
}
