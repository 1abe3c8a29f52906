//! The handles that are compared: the two of this crate, and the two of the standard library.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use recyc::{Config, Gc, Trace, sync};

use super::{Node, RcNode, node, rc_node};

/// A handle as the benches use it.
pub trait Subject {
    const NAME: &'static str;
    type Node: Clone;
    type Number;

    fn number(number: u64) -> Self::Number;
    fn node(id: usize) -> Self::Node;
    fn id(node: &Self::Node) -> u64;
    fn replace(node: &Self::Node, slot: usize, target: Option<Self::Node>) -> Option<Self::Node>;
    fn get(node: &Self::Node, slot: usize) -> Option<Self::Node>;

    fn set(node: &Self::Node, slot: usize, target: Option<Self::Node>) {
        drop(Self::replace(node, slot, target));
    }

    /// Back to the usual settings, with collections of its own or without.
    fn configure(_automatic: bool) {}
    /// Collects. Returns the number of freed values and the number of traced values.
    fn collect() -> (usize, usize) {
        (0, 0)
    }
    fn collect_young() -> (usize, usize) {
        (0, 0)
    }
}

/// The handles that free cycles.
pub trait Collects: Subject {}

macro_rules! settings {
    ($($at:ident)::+) => {
        fn configure(automatic: bool) {
            $($at)::+::configure(Config::default().with_automatic(automatic)).expect("a default with another switch");
        }
        fn collect() -> (usize, usize) {
            let found = $($at)::+::collect();
            (found.reclaimed, found.captured)
        }
        fn collect_young() -> (usize, usize) {
            let found = $($at)::+::collect_young();
            (found.reclaimed, found.captured)
        }
    };
}

macro_rules! local {
    ($subject:ident, $name:literal, $handle:ident<$node:ident>, $new:path $(, $settings:tt)*) => {
        pub struct $subject;

        impl Subject for $subject {
            const NAME: &'static str = $name;
            type Node = $handle<$node>;
            type Number = $handle<u64>;

            fn number(number: u64) -> $handle<u64> {
                $handle::new(number)
            }
            fn node(id: usize) -> $handle<$node> {
                $new(id)
            }
            fn id(node: &$handle<$node>) -> u64 {
                node.id
            }
            fn replace(node: &$handle<$node>, slot: usize, target: Option<$handle<$node>>) -> Option<$handle<$node>> {
                node.edges[slot].replace(target)
            }
            fn get(node: &$handle<$node>, slot: usize) -> Option<$handle<$node>> {
                node.edges[slot].borrow().clone()
            }
            $(settings!$settings;)*
        }
    };
}

local!(Ours, "Gc", Gc<Node>, node, (recyc));
local!(Std, "Rc", Rc<RcNode>, rc_node);

impl Collects for Ours {}

#[derive(Trace)]
pub struct SharedNode {
    id: u64,
    edges: [Mutex<Option<sync::Gc<SharedNode>>>; 3],
}

pub struct AtomicNode {
    id: u64,
    edges: [Mutex<Option<Arc<AtomicNode>>>; 3],
}

macro_rules! between_threads {
    ($subject:ident, $name:literal, $handle:path, $node:ident $(, $settings:tt)*) => {
        pub struct $subject;

        const _: () = {
            use $handle as Handle;

            impl Subject for $subject {
                const NAME: &'static str = $name;
                type Node = Handle<$node>;
                type Number = Handle<u64>;

                fn number(number: u64) -> Handle<u64> {
                    Handle::new(number)
                }
                fn node(id: usize) -> Handle<$node> {
                    Handle::new($node { id: id as u64, edges: Default::default() })
                }
                fn id(node: &Handle<$node>) -> u64 {
                    node.id
                }
                fn replace(node: &Handle<$node>, slot: usize, target: Option<Handle<$node>>) -> Option<Handle<$node>> {
                    let mut edge = node.edges[slot].lock().unwrap_or_else(PoisonError::into_inner);
                    std::mem::replace(&mut *edge, target)
                }
                fn get(node: &Handle<$node>, slot: usize) -> Option<Handle<$node>> {
                    node.edges[slot].lock().unwrap_or_else(PoisonError::into_inner).clone()
                }
                $(settings!$settings;)*
            }
        };
    };
}

between_threads!(OursShared, "sync::Gc", sync::Gc, SharedNode, (sync));
between_threads!(StdShared, "Arc", Arc, AtomicNode);

impl Collects for OursShared {}
