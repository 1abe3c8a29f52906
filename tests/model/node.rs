//! The nodes of a random program: one type for each way in which a value can be made, traced and
//! destroyed.
//!
//! All have the same contents, a [`Body`] or, for leaves, two guards. A [`Handle`] is a handle to
//! any of them.

use super::super::kind::{
    Bound, Cell, Finalize, Gc, GcCell, RefCell, Trace, Tracer, Weak, slice_of, unsize,
};
use super::guard::{Guard, Spy};
use super::heap;
use super::op::Action;

/// The parts of a node with handles.
#[derive(Trace)]
pub struct Body {
    #[trace(skip)]
    pub first: Guard,
    pub spy: Spy,
    /// The targets of `slot` and `cell`, because reading these would need a clone.
    #[trace(skip)]
    pub targets: [Cell<Option<usize>>; 2],
    pub list: RefCell<Vec<Handle>>,
    pub slot: GcCell<Option<Gc<Plain>>>,
    pub cell: Cell<Option<Gc<Plain>>>,
    pub weaks: RefCell<Vec<WeakHandle>>,
    #[trace(skip)]
    pub last: Guard,
}

impl Body {
    pub fn new(plan: Plan) -> Self {
        let [first, last] = plan.guards();
        Self {
            first,
            spy: Spy { id: plan.id, program: std::thread::current().id() },
            targets: Default::default(),
            list: RefCell::default(),
            slot: GcCell::default(),
            cell: Cell::default(),
            weaks: RefCell::default(),
            last,
        }
    }
}

impl Clone for Body {
    /// Makes a new node with a handle to each node in the list of this one, for `Gc::make_mut`.
    fn clone(&self) -> Self {
        let copy = Self::new(Plan::quiet(heap::copied(self.first.id())));
        if let Ok(list) = self.list.try_borrow() {
            for handle in list.iter() {
                heap::with(|world| world.model.link(copy.first.id(), handle.id()));
                copy.list.borrow_mut().push(handle.clone());
            }
        }
        copy
    }
}

/// The parts of a leaf.
#[derive(Trace)]
pub struct Bare {
    #[trace(skip)]
    pub first: Guard,
    #[trace(skip)]
    pub last: Guard,
}

impl Clone for Bare {
    fn clone(&self) -> Self {
        Self::new(Plan::quiet(heap::copied(self.first.id())))
    }
}

/// The plan of a new node.
#[derive(Clone, Copy)]
pub struct Plan {
    pub id: usize,
    pub dying: Action,
    /// Whether the guard that does the action stands before the handles.
    pub early: bool,
}

impl Plan {
    /// A node without a destructor.
    pub fn quiet(id: usize) -> Self {
        Self { id, dying: Action::Nothing, early: true }
    }

    fn guards(self) -> [Guard; 2] {
        let (first, last) =
            if self.early { (self.dying, Action::Nothing) } else { (Action::Nothing, self.dying) };
        [Guard::new(self.id, first), Guard::new(self.id, last)]
    }
}

/// The trait of all node types.
pub trait Node: Bound {
    fn guard(&self) -> &Guard;
    fn body(&self) -> Option<&Body>;
    /// Puts a value that was taken out of its block into a new one.
    fn rebox(self: Box<Self>) -> Handle;
}

/// With a `dispose` from the derive.
#[derive(Clone, Trace)]
pub struct Plain(pub Body);

/// Alignment beyond that of the header.
#[derive(Clone, Trace)]
#[repr(align(128))]
pub struct Aligned(pub Body);

/// Traced by hand and without a `dispose`: destroyed by drop glue.
#[derive(Clone)]
pub struct Opaque(pub Body);

// SAFETY: passes on to its only part.
unsafe impl Trace for Opaque {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

/// With a finalizer.
#[derive(Clone, Trace)]
#[trace(finalize)]
pub struct Final(pub Body);

/// Without a `dispose`, with a finalizer.
#[derive(Clone)]
pub struct OpaqueFinal(pub Body);

// SAFETY: passes on to its only part.
unsafe impl Trace for OpaqueFinal {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }

    fn finalizer() -> Option<fn(&Self)> {
        Some(|node| heap::finalized(node.guard()))
    }
}

/// A type that is erased in its handles.
#[derive(Trace)]
pub struct Seen(pub Body);

/// The one element of a slice.
#[derive(Trace)]
pub struct Part(pub Body);

/// Owns no handles.
#[derive(Clone, Trace)]
pub struct Leaf(pub Bare);

/// Owns no handles, with a finalizer.
#[derive(Clone, Trace)]
#[trace(finalize)]
pub struct LeafFinal(pub Bare);

impl Finalize for Final {
    fn finalize(&self) {
        heap::finalized(self.guard());
    }
}

impl Finalize for LeafFinal {
    fn finalize(&self) {
        heap::finalized(self.guard());
    }
}

/// Writes what has one arm for each type of node.
macro_rules! kinds {
    (
        $($kind:ident: $part:ident, $body:expr, $finalizes:literal;)*
        ; $($wide:ident: $target:ty, $make:expr, $look:expr, $change:expr;)*
    ) => {
        /// The type of the node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($kind,)*
            $($wide),*
        }

        impl Kind {
            pub const SIZED: &[Self] = &[$(Self::$kind),*];
            pub const ALL: &[Self] = &[$(Self::$kind,)* $(Self::$wide),*];

            /// Whether its values own no handles.
            pub fn is_leaf(self) -> bool {
                match self {
                    $(Self::$kind => stringify!($part) == "Bare",)*
                    $(Self::$wide => false),*
                }
            }

            pub fn finalizes(self) -> bool {
                match self {
                    $(Self::$kind => $finalizes,)*
                    $(Self::$wide => false),*
                }
            }

            /// Whether its values can be taken out of their blocks.
            pub fn is_sized(self) -> bool {
                Self::SIZED.contains(&self)
            }
        }

        /// A handle to a node of any type.
        #[derive(Clone, Trace)]
        pub enum Handle {
            $($kind(Gc<$kind>),)*
            $($wide(Gc<$target>)),*
        }

        impl Handle {
            pub fn new(kind: Kind, plan: Plan) -> Self {
                match kind {
                    $(Kind::$kind => Self::$kind(Gc::new($kind($part::new(plan)))),)*
                    $(Kind::$wide => {
                        let make: fn($wide) -> Gc<$target> = $make;
                        Self::$wide(make($wide(Body::new(plan))))
                    })*
                }
            }

            /// `fill` gets the body and a `Weak` to the node that will hold it.
            pub fn cyclic(kind: Kind, plan: Plan, fill: impl FnOnce(&WeakHandle, Option<&Body>)) -> Self {
                match kind {
                    $(Kind::$kind => Self::$kind(Gc::new_cyclic(|weak| {
                        let node = $kind($part::new(plan));
                        fill(&WeakHandle::$kind(weak.clone()), node.body());
                        node
                    })),)*
                    $(Kind::$wide => unreachable!("only sized values are made so"),)*
                }
            }

            pub fn node(&self) -> &dyn Node {
                match self {
                    $(Self::$kind(gc) => &**gc,)*
                    $(Self::$wide(gc) => {
                        let look: for<'a> fn(&'a $target) -> &'a dyn Node = $look;
                        look(&**gc)
                    })*
                }
            }

            pub fn id(&self) -> usize {
                self.node().guard().id()
            }

            pub fn strong_count(&self) -> usize {
                match self {
                    $(Self::$kind(gc) => Gc::strong_count(gc),)*
                    $(Self::$wide(gc) => Gc::strong_count(gc)),*
                }
            }

            pub fn weak_count(&self) -> usize {
                match self {
                    $(Self::$kind(gc) => Gc::weak_count(gc),)*
                    $(Self::$wide(gc) => Gc::weak_count(gc)),*
                }
            }

            /// The address by which the collector's lists name the node.
            pub fn addr(&self) -> usize {
                match self {
                    $(Self::$kind(gc) => Gc::as_ptr(gc).cast::<()>().addr(),)*
                    $(Self::$wide(gc) => Gc::as_ptr(gc).cast::<()>().addr()),*
                }
            }

            pub fn downgrade(&self) -> WeakHandle {
                match self {
                    $(Self::$kind(gc) => WeakHandle::$kind(Gc::downgrade(gc)),)*
                    $(Self::$wide(gc) => WeakHandle::$wide(Gc::downgrade(gc))),*
                }
            }

            pub fn get_mut(&mut self) -> Option<&mut dyn Node> {
                match self {
                    $(Self::$kind(gc) => Gc::get_mut(gc).map(|node| node as &mut dyn Node),)*
                    $(Self::$wide(gc) => {
                        let change: for<'a> fn(&'a mut $target) -> &'a mut (dyn Node + 'static) = $change;
                        Gc::get_mut(gc).map(|node| change(node) as &mut dyn Node)
                    })*
                }
            }

            pub fn make_mut(&mut self) {
                match self {
                    $(Self::$kind(gc) => { Gc::make_mut(gc); })*
                    $(Self::$wide(_) => {})*
                }
            }

            pub fn try_unwrap(self) -> Result<Box<dyn Node>, Self> {
                match self {
                    $(Self::$kind(gc) => match Gc::try_unwrap(gc) {
                        Ok(node) => Ok(Box::new(node)),
                        Err(gc) => Err(Self::$kind(gc)),
                    },)*
                    $(Self::$wide(gc) => Err(Self::$wide(gc))),*
                }
            }
        }

        /// A weak handle to a node of any type.
        #[derive(Clone, Trace)]
        pub enum WeakHandle {
            $($kind(Weak<$kind>),)*
            $($wide(Weak<$target>)),*
        }

        impl WeakHandle {
            pub fn upgrade(&self) -> Option<Handle> {
                match self {
                    $(Self::$kind(weak) => weak.upgrade().map(Handle::$kind),)*
                    $(Self::$wide(weak) => weak.upgrade().map(Handle::$wide)),*
                }
            }

            pub fn strong_count(&self) -> usize {
                match self {
                    $(Self::$kind(weak) => weak.strong_count(),)*
                    $(Self::$wide(weak) => weak.strong_count()),*
                }
            }
        }

        $(impl Node for $kind {
            fn guard(&self) -> &Guard {
                &self.0.first
            }

            fn body(&self) -> Option<&Body> {
                let body: fn(&$kind) -> Option<&Body> = $body;
                body(self)
            }

            fn rebox(self: Box<Self>) -> Handle {
                Handle::$kind(Gc::new(*self))
            }
        })*

        $(impl Node for $wide {
            fn guard(&self) -> &Guard {
                &self.0.first
            }

            fn body(&self) -> Option<&Body> {
                Some(&self.0)
            }

            fn rebox(self: Box<Self>) -> Handle {
                unreachable!("it is not taken out of its block")
            }
        })*
    };
}

kinds! {
    Plain: Body, |node| Some(&node.0), false;
    Final: Body, |node| Some(&node.0), true;
    Opaque: Body, |node| Some(&node.0), false;
    Aligned: Body, |node| Some(&node.0), false;
    OpaqueFinal: Body, |node| Some(&node.0), true;
    Leaf: Bare, |_| None, false;
    LeafFinal: Bare, |_| None, true;
    ;
    Seen: dyn Node + 'static, |node| unsize!(Gc::new(node) => dyn Node), |node| node, |node| node;
    Part: [Part], |node| slice_of(node), |nodes| &nodes[0], |nodes| &mut nodes[0];
}

impl Bare {
    pub fn new(plan: Plan) -> Self {
        let [first, last] = plan.guards();
        Self { first, last }
    }
}
