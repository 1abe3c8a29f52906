//! The trace of a live value needs no stack for containers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use recyc::{Config, Trace, trace_dyn};

use super::{DEEP, Shareable, alone_on_a_small_stack};

/// The promises for one of the heaps.
macro_rules! heap {
    ($heap:ident, $gc:ty, $collect:path, $configure:path, $dynamic:path) => {
        mod $heap {
            use super::*;

            #[derive(Trace, Default)]
            enum Tree {
                #[default]
                Empty,
                Handle($gc),
                Box(Box<Tree>, u8, Box<Tree>),
                Slice(Box<[Tree]>),
                Vec(Vec<Tree>),
                Deque(VecDeque<Tree>),
                Map(BTreeMap<u8, Tree>),
                Iterator(std::vec::IntoIter<Tree>),
                Dynamic(Box<dyn Inner>),
            }

            #[derive(Trace)]
            pub struct Value(Mutex<Tree>);

            trait Inner: $dynamic {
                fn take(&mut self) -> Tree;
            }
            trace_dyn!(dyn Inner);

            impl Inner for Tree {
                fn take(&mut self) -> Tree {
                    std::mem::take(self)
                }
            }

            impl Tree {
                /// Puts a tree into a container of the kind.
                fn wrap(self, kind: usize) -> Self {
                    match kind {
                        0 => Self::Box(Box::new(self), 0, Box::default()),
                        1 => Self::Slice(Box::new([self, Self::Empty])),
                        2 => Self::Vec(vec![self, Self::Empty]),
                        3 => Self::Deque([self].into()),
                        4 => Self::Map([(0, self)].into()),
                        5 => Self::Iterator(vec![self].into_iter()),
                        _ => Self::Dynamic(Box::new(self)),
                    }
                }

                fn inner(&mut self) -> Option<Self> {
                    match self {
                        Self::Empty | Self::Handle(_) => None,
                        Self::Box(inner, ..) => Some(std::mem::take(&mut **inner)),
                        Self::Slice(inner) => inner.first_mut().map(std::mem::take),
                        Self::Vec(inner) => inner.first_mut().map(std::mem::take),
                        Self::Deque(inner) => inner.pop_front(),
                        Self::Map(inner) => inner.remove(&0),
                        Self::Iterator(inner) => inner.next(),
                        Self::Dynamic(inner) => Some(inner.take()),
                    }
                }

                /// Drops the structure, for which drop glue would need the stack.
                fn take_apart(mut self) {
                    while let Some(inner) = self.inner() {
                        self = inner;
                    }
                }
            }

            fn empty() -> $gc {
                <$gc>::new(Value(Mutex::new(Tree::Empty)))
            }

            fn fill(value: &$gc, tree: Tree) -> Tree {
                std::mem::replace(&mut *value.0.lock().expect("no panic"), tree)
            }

            #[test]
            fn a_handle_behind_many_containers_is_found() {
                alone_on_a_small_stack(|| {
                    $configure(Config::manual()).expect("a valid Config");
                    let of_each_kind = (0..7).map(|kind| (0..DEEP).map(|_| kind).collect());
                    for kinds in
                        of_each_kind.chain([(0..DEEP).map(|at| at % 7).collect::<Vec<_>>()])
                    {
                        let (value, target) = (empty(), empty());
                        fill(&value, kinds.into_iter().fold(Tree::Handle(target), Tree::wrap));
                        drop(value.clone());
                        let report = $collect();
                        assert_eq!((report.captured, report.reclaimed), (2, 0));
                        fill(&value, Tree::Empty).take_apart();
                        drop(value);
                        $collect();
                    }
                });
            }
        }
    };
}

heap!(local, recyc::Gc<Value>, recyc::collect, recyc::configure, Trace);
heap!(shared, recyc::sync::Gc<Value>, recyc::sync::collect, recyc::sync::configure, Shareable);
