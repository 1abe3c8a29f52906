//! Neither the trace of a dead value nor its end needs stack for containers, whatever their kinds.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::hash::{Hash, Hasher};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use recyc::{Config, Depth, Disposer, Promise, Shape, Trace, Tracer};
#[cfg(feature = "smallvec")]
use smallvec::SmallVec;

use super::{DEEP, alone_on_a_small_stack};

/// Counts its drops by the references to the token, and panics in one of them.
struct Part {
    _token: Arc<()>,
    panics: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        assert!(!self.panics, "a part panics");
    }
}

/// All trees are equal: sets and heaps hold one at most.
macro_rules! all_equal {
    ($tree:ty) => {
        impl PartialEq for $tree {
            fn eq(&self, _: &Self) -> bool {
                true
            }
        }

        impl Eq for $tree {}

        impl PartialOrd for $tree {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $tree {
            fn cmp(&self, _: &Self) -> Ordering {
                Ordering::Equal
            }
        }

        impl Hash for $tree {
            fn hash<H: Hasher>(&self, _: &mut H) {}
        }

        impl Clone for $tree {
            fn clone(&self) -> Self {
                unreachable!("for `Cow` only")
            }
        }
    };
}

/// The promises for one of the heaps, and the kinds of containers: the type, and how one is made of
/// a tree.
macro_rules! heap {
    ($heap:ident, $gc:ty, $collect:path, $configure:path, [$($(#[$only:meta])? $kind:ident: $ty:ty = |$tree:ident| $make:expr;)+]) => {
        mod $heap {
            use super::*;

            pub enum Tree {
                Handle($gc),
                $($(#[$only])? $kind($ty, Part),)+
            }
            all_equal!(Tree);

            // SAFETY: each variant owns its container alone, and no part owns a handle. The derive
            // promises nothing of a type that contains itself through some of these containers.
            unsafe impl Trace for Tree {
                fn trace(&self, tracer: &mut Tracer<'_>) {
                    match self {
                        Self::Handle(handle) => handle.trace(tracer),
                        $($(#[$only])? Self::$kind(container, _) => container.trace(tracer),)+
                    }
                }

                unsafe fn dispose(&mut self, disposer: &Disposer) {
                    match self {
                        // SAFETY: the caller gives up the value, and so its parts.
                        Self::Handle(handle) => unsafe { handle.dispose(disposer) },
                        $($(#[$only])? Self::$kind(container, part) => {
                            // SAFETY: as above; the guards are dropped both if one panics.
                            let _guards = unsafe { (disposer.untraced(part), disposer.part(container)) };
                        })+
                    }
                }

                fn shape<D: Depth>() -> Shape<impl Promise> {
                    Shape::NODE
                }
            }

            #[derive(Trace)]
            pub struct Value(Mutex<Option<Tree>>);

            const KINDS: &[fn(Tree, Part) -> Tree] = &[$($(#[$only])? |$tree, part| Tree::$kind($make, part)),+];

            /// A value in a tree of its own. Puts a part beside each container; `bomb` is the
            /// number of the part that panics.
            fn cycle(kinds: impl Iterator<Item = usize>, token: &Arc<()>, bomb: Option<usize>) -> $gc {
                let value = <$gc>::new(Value(Mutex::new(None)));
                let mut tree = Tree::Handle(value.clone());
                for (at, kind) in kinds.enumerate() {
                    tree = KINDS[kind](tree, Part { _token: token.clone(), panics: bomb == Some(at) });
                }
                *value.0.lock().expect("no panic") = Some(tree);
                value
            }

            #[test]
            fn a_dead_value_is_destroyed_without_stack_for_its_containers() {
                alone_on_a_small_stack(|| {
                    $configure(Config::manual()).expect("a valid Config");
                    let each = |kind| Box::new((0..DEEP).map(move |_| kind)) as Box<dyn Iterator<Item = usize>>;
                    let mixed = Box::new((0..DEEP).map(|at| at % KINDS.len())) as Box<dyn Iterator<Item = usize>>;
                    for kinds in (0..KINDS.len()).map(each).chain([mixed]) {
                        let token = Arc::new(());
                        let value = cycle(kinds, &token, None);
                        assert_eq!(Arc::strong_count(&token), DEEP + 1);
                        drop(value.clone());
                        let report = $collect();
                        assert_eq!((report.captured, report.reclaimed), (1, 0));
                        drop(value);
                        assert_eq!($collect().reclaimed, 1);
                        assert_eq!(Arc::strong_count(&token), 1);
                    }
                });
            }

            #[test]
            fn a_panic_at_any_depth_keeps_no_part_from_its_drop() {
                alone_on_a_small_stack(|| {
                    $configure(Config::manual()).expect("a valid Config");
                    // Under Miri at a few depths only.
                    for bomb in (0..150).step_by(if cfg!(miri) { 37 } else { 1 }) {
                        let token = Arc::new(());
                        drop(cycle((0..150).map(|at| at % KINDS.len()), &token, Some(bomb)));
                        assert!(catch_unwind(AssertUnwindSafe($collect)).is_err());
                        assert_eq!(Arc::strong_count(&token), 1);
                        assert_eq!($collect().captured, 0);
                    }
                });
            }
        }
    };
}

/// The kinds of both heaps, and those of one.
macro_rules! heaps {
    ([$($both:tt)*] ($($local:tt)*) [$($local_kinds:tt)*] ($($shared:tt)*) [$($shared_kinds:tt)*]) => {
        heap!($($local)*, [$($both)* $($local_kinds)*]);
        heap!($($shared)*, [$($both)* $($shared_kinds)*]);
    };
}

heaps! {
    [
        Boxed: Box<Tree> = |tree| Box::new(tree);
        Pinned: Pin<Box<Tree>> = |tree| Box::pin(tree);
        Optional: Option<Box<Tree>> = |tree| Some(Box::new(tree));
        Fallible: Result<Box<Tree>, u8> = |tree| Ok(Box::new(tree));
        Tuple: Box<(u8, Tree, String)> = |tree| Box::new((1, tree, String::from("2")));
        Array: Box<[Tree; 1]> = |tree| Box::new([tree]);
        Reversed: Box<Reverse<Tree>> = |tree| Box::new(Reverse(tree));
        Cursor: Cursor<Box<Tree>> = |tree| Cursor::new(Box::new(tree));
        Slice: Box<[Tree]> = |tree| Box::new([tree]);
        Vec: Vec<Tree> = |tree| vec![tree];
        Owned: Cow<'static, [Tree]> = |tree| Cow::Owned(vec![tree]);
        Iterator: std::vec::IntoIter<Tree> = |tree| vec![tree].into_iter();
        Deque: VecDeque<Tree> = |tree| [tree].into();
        List: LinkedList<Tree> = |tree| [tree].into();
        Heap: BinaryHeap<Tree> = |tree| [tree].into();
        OrderedSet: BTreeSet<Tree> = |tree| [tree].into();
        OrderedValues: BTreeMap<u8, Tree> = |tree| [(1, tree)].into();
        OrderedKeys: BTreeMap<Tree, u8> = |tree| [(tree, 1)].into();
        HashSet: HashSet<Tree> = |tree| [tree].into();
        HashValues: HashMap<u8, Tree> = |tree| [(1, tree)].into();
        HashKeys: HashMap<Tree, u8> = |tree| [(tree, 1)].into();
        #[cfg(feature = "smallvec")]
        Small: Box<SmallVec<[Tree; 1]>> = |tree| Box::new(SmallVec::from([tree]));
        #[cfg(feature = "smallvec")]
        Spilled: SmallVec<[Box<Tree>; 0]> = |tree| std::iter::once(Box::new(tree)).collect();
        Once: Box<OnceLock<Tree>> = |tree| Box::new(OnceLock::from(tree));
        Mutex: Box<Mutex<Tree>> = |tree| Box::new(Mutex::new(tree));
        RwLock: Box<RwLock<Tree>> = |tree| Box::new(RwLock::new(tree));
    ]
    (local, recyc::Gc<Value>, recyc::collect, recyc::configure) [
        Cell: Box<std::cell::Cell<Tree>> = |tree| Box::new(std::cell::Cell::new(tree));
        RefCell: Box<std::cell::RefCell<Tree>> = |tree| Box::new(std::cell::RefCell::new(tree));
        OnceCell: Box<std::cell::OnceCell<Tree>> = |tree| Box::new(std::cell::OnceCell::from(tree));
    ]
    (shared, recyc::sync::Gc<Value>, recyc::sync::collect, recyc::sync::configure) []
}
