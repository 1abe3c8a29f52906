//! What the models are made of: a value whose every use the checker sees, and the run of a model.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicPtr, Ordering};
use loom::sync::{Mutex, MutexGuard};
pub use recyc::sync::model as heap;
use recyc::sync::{Gc, collect};
use recyc::{Depth, Disposer, Promise, Shape, Trace, Tracer};

/// The nodes of one execution.
#[derive(Clone, Default)]
pub struct World {
    made: Arc<AtomicUsize>,
    gone: Arc<AtomicUsize>,
}

impl World {
    pub fn node(&self) -> Gc<Node> {
        self.node_with(None)
    }

    /// A node that runs `end` when its value is destroyed.
    pub fn node_with(&self, end: Option<Box<dyn Fn()>>) -> Gc<Node> {
        self.made.fetch_add(1, SeqCst);
        let plain = Plain { place: UnsafeCell::new(()), gone: self.gone.clone(), end };
        Gc::new(Node { plain, slot: Mutex::new(None), once: Once::default() })
    }

    /// A value with a finalizer that holds itself.
    pub fn snake(&self, words: impl Fn(&Snake) + 'static) -> Gc<Snake> {
        self.snake_beside(None, words)
    }

    /// A value with a finalizer that holds itself and a node.
    pub fn snake_beside(
        &self,
        beside: Option<Gc<Node>>,
        words: impl Fn(&Snake) + 'static,
    ) -> Gc<Snake> {
        self.made.fetch_add(1, SeqCst);
        let plain = Plain { place: UnsafeCell::new(()), gone: self.gone.clone(), end: None };
        let snake =
            Gc::new(Snake { plain, tail: Mutex::new(None), beside, words: Box::new(words) });
        *snake.tail.lock().unwrap() = Some(snake.clone());
        snake
    }

    pub fn gone(&self) -> usize {
        self.gone.load(SeqCst)
    }

    /// With no handle left: everything is destroyed once and freed, by two collections at most.
    pub fn end(self) {
        heap::wait_for_others();
        collect();
        collect();
        assert_eq!(self.gone(), self.made.load(SeqCst), "values destroyed, and values made");
        assert_eq!(heap::blocks(), 0, "blocks that are not freed");
    }
}

pub struct Node {
    plain: Plain, // destroyed first, before a lock in the value could put things in order
    pub slot: Mutex<Option<Gc<Node>>>,
    pub once: Once,
}

// SAFETY: all that is shared are cells of the checker, which finds out whether that is so.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

/// Memory that is read by every use of the value and written by its end.
struct Plain {
    place: UnsafeCell<()>,
    gone: Arc<AtomicUsize>,
    end: Option<Box<dyn Fn()>>,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.place.with_mut(|_| ());
        if let Some(end) = &self.end {
            end();
        }
        self.gone.fetch_add(1, SeqCst);
    }
}

impl Node {
    /// Uses the value.
    pub fn touch(&self) {
        self.plain.place.with(|_| ());
    }

    /// Changes the value.
    pub fn change(&mut self) {
        self.plain.place.with_mut(|_| ());
    }

    pub fn put(&self, target: Option<Gc<Node>>) {
        *self.slot.lock().unwrap() = target;
    }

    pub fn take(&self) -> Option<Gc<Node>> {
        self.slot.lock().unwrap().take()
    }
}

// SAFETY: the handles belong to this value alone, and each is reported once; the one behind a lock
// with the lock taken.
unsafe impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.touch();
        match self.once.get() {
            Some(target) => target.trace(tracer),
            None => tracer.note_unread_cell(),
        }
        match self.slot.try_lock() {
            // SAFETY: the lock is part of the value, and unlocking it runs no code but the
            // checker's.
            Ok(guard) => unsafe { tracer.lock(Held { guard, plain: &self.plain }) },
            Err(_) => tracer.note_unread_cell(),
        }
    }

    unsafe fn dispose(&mut self, _: &Disposer) {
        let unreadable = self.slot.try_lock().is_err();
        // SAFETY: the caller gives up the value.
        unsafe { std::ptr::drop_in_place(&mut self.plain) };
        if unreadable {
            // SAFETY: as above; what is behind the lock was not reported.
            unsafe { std::ptr::drop_in_place(&mut self.slot) };
        }
    }

    fn shape<D: Depth>() -> Shape<impl Promise> {
        Shape::NODE
    }
}

/// The lock of a node. Its release is the last use of the lock.
struct Held<'a> {
    guard: MutexGuard<'a, Option<Gc<Node>>>,
    plain: &'a Plain,
}

impl Deref for Held<'_> {
    type Target = Option<Gc<Node>>;

    fn deref(&self) -> &Self::Target {
        &self.guard
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.plain.place.with(|_| ());
    }
}

/// A value with a finalizer.
pub struct Snake {
    plain: Plain,
    pub tail: Mutex<Option<Gc<Snake>>>,
    beside: Option<Gc<Node>>,
    words: Box<dyn Fn(&Snake)>,
}

// SAFETY: as for the node.
unsafe impl Send for Snake {}
// SAFETY: as for the node.
unsafe impl Sync for Snake {}

impl Snake {
    /// Uses the value.
    pub fn touch(&self) {
        self.plain.place.with(|_| ());
    }

    /// Changes the value.
    pub fn change(&mut self) {
        self.plain.place.with_mut(|_| ());
    }

    /// Uses the node that the value holds.
    pub fn touch_beside(&self) {
        self.beside.as_ref().expect("it has a node").touch();
    }

    pub fn let_go(&self) {
        let tail = self.tail.lock().unwrap().take();
        drop(tail);
    }
}

// SAFETY: as for the node. It cannot be disposed, and its `Trace` does not declare that it can be.
unsafe impl Trace for Snake {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.touch();
        self.beside.trace(tracer);
        if let Ok(guard) = self.tail.try_lock() {
            // SAFETY: the lock is part of the value, and unlocking it runs no code but the
            // checker's.
            unsafe { tracer.lock(guard) };
        }
    }

    fn finalizer() -> Option<fn(&Self)> {
        Some(|snake| {
            snake.touch();
            (snake.words)(snake);
            snake.touch();
        })
    }
}

/// What a `OnceLock` is, of the checker's parts: goes from empty to full, and is read without a
/// lock.
#[derive(Default)]
pub struct Once(AtomicPtr<Node>);

impl Once {
    pub fn set(&self, target: Gc<Node>) {
        self.0.store(Gc::into_raw(target).cast_mut(), Ordering::Release);
    }

    pub fn get(&self) -> Option<ManuallyDrop<Gc<Node>>> {
        let pointer = self.0.load(Ordering::Acquire);
        // SAFETY: the pointer came from `into_raw`, whose count the cell keeps: the handle made
        // here is not dropped.
        (!pointer.is_null()).then(|| ManuallyDrop::new(unsafe { Gc::from_raw(pointer) }))
    }

    pub fn get_cloned(&self) -> Gc<Node> {
        Gc::clone(&self.get().expect("the cell was filled"))
    }
}

impl Drop for Once {
    fn drop(&mut self) {
        self.get().map(ManuallyDrop::into_inner);
    }
}

/// Makes the two point to each other, in cells that need no lock.
pub fn tie(a: &Gc<Node>, b: &Gc<Node>) {
    a.once.set(b.clone());
    b.once.set(a.clone());
}

/// Runs a model with at most `preemptions` preemptions.
pub fn check(name: &str, preemptions: usize, model: impl Fn(World) + Sync + Send + 'static) {
    #[cfg(recyc_mutants)]
    let preemptions = crate::safeguards::switch_off().unwrap_or(preemptions);
    let executions = Arc::new(AtomicUsize::new(0));
    let counter = executions.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 100_000;
    builder.check(move || {
        counter.fetch_add(1, SeqCst);
        heap::begin();
        model(World::default());
        heap::end();
    });
    println!("\n{name}: {} executions with {preemptions} preemptions", executions.load(SeqCst));
}

/// A test that runs a model.
macro_rules! model {
    ($(#[$doc:meta])* $name:ident, $preemptions:literal, $model:expr) => {
        $(#[$doc])*
        #[test]
        fn $name() {
            crate::model::check(stringify!($name), $preemptions, $model);
        }
    };
}
pub(crate) use model;
