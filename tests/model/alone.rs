//! Steps that need a value for themselves: `get_mut`, `try_unwrap`, `make_mut`.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::heap::{Finally, Root, fail, kind_of, push_root, take_root, with};
use super::oracle::remove;
use super::steps::{collect, is_full};

/// Whether a handle to the node is the only one, and whether there is a `Weak`; only known between
/// steps.
fn sharing(id: usize) -> Option<(bool, bool)> {
    with(|world| {
        (world.depth == 0)
            .then(|| (world.model.handles()[id] == 1, world.model.weak_handles(id) > 0))
    })
}

fn expect(id: usize, what: &str, got: bool, expected: Option<bool>) {
    if expected.is_some_and(|expected| expected != got) {
        fail(|| format!("{what} of node {id} answered {got}"));
    }
    if got && with(|world| world.model.visited.contains(&id)) {
        fail(|| format!("{what} succeeded while node {id} is being finalized"));
    }
}

pub fn get_mut(root: &mut Root, operand: u8) {
    let id = root.id;
    let expected = sharing(id).map(|(only, weak)| only && !weak);
    let Some(node) = root.handle().get_mut() else { return expect(id, "get_mut", false, expected) };
    expect(id, "get_mut", true, expected);
    with(|world| world.model.locked.push(id));
    let lock = Finally(|| with(|world| _ = remove(&mut world.model.locked, &id)));
    collect(operand);
    if let (Some(node), Some(mut other)) = (node.body(), take_root(operand)) {
        let (to, handle) = (other.id, other.handle().clone());
        push_root(other);
        // The list may have been leaked in an earlier step.
        match node.list.try_borrow_mut() {
            Err(_) => push_root(Root::new(handle)),
            Ok(mut list) => {
                list.push(handle);
                with(|world| world.model.link(id, to));
            }
        }
    }
    drop(lock);
}

pub fn unwrap(root: Root, reboxing: u8) {
    let id = root.id;
    if !kind_of(id).is_sized() {
        return push_root(root);
    }
    let expected = sharing(id).map(|(only, _)| only);
    match root.into_handle().try_unwrap() {
        Err(handle) => {
            expect(id, "try_unwrap", false, expected);
            push_root(Root::new(handle));
        }
        Ok(value) => {
            expect(id, "try_unwrap", true, expected);
            with(|world| world.model.unsettle(id));
            if reboxing % 2 == 1 {
                let handle = value.rebox();
                with(|world| world.model.settle(id, &handle));
                push_root(Root::new(handle));
            } else {
                drop(value);
            }
        }
    }
}

pub fn make_mut(root: Root) {
    let id = root.id;
    if is_full() || !kind_of(id).is_sized() {
        return push_root(root);
    }
    let expected = sharing(id);
    let calm = with(|world| world.diet.actions == 0);
    let mut handle = root.into_handle();
    let before = handle.addr();
    // It may have replaced the handle and panicked then, when it dropped the old one.
    let result = catch_unwind(AssertUnwindSafe(|| handle.make_mut()));
    let (now, moved) = (handle.id(), handle.addr() != before);
    if now != id {
        with(|world| world.model.settle(now, &handle));
    } else if moved {
        with(|world| world.model.moved(id, &handle));
    }
    if let (Some((only, weak)), true) = (expected, calm) {
        expect(id, "cloning in make_mut", now != id, Some(!only));
        expect(id, "changing the block in make_mut", moved, Some(!only || weak));
    }
    push_root(Root::new(handle));
    result.unwrap_or_else(|payload| resume_unwind(payload));
}
