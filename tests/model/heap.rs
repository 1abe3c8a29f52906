//! The world of a running program: its handles beside the model, and what guards and finalizers see
//! of it.
//!
//! It is a thread-local, because destructors have no arguments. It is never borrowed while user
//! code may run, so a destructor can do anything that the program can. The model changes just
//! before a handle goes and just after one comes; in between it records fewer handles than exist,
//! never more.

use std::any::Any;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::super::kind::{self, Config, Trace, Tracer};
use super::guard::Guard;
use super::node::{Body, Handle, Kind, WeakHandle};
use super::op::{Action, CALM, Code, Diet, Op, op};
use super::oracle::{Model, State, Target, remove};
use super::{places, steps, weaks};

/// The payload of a panic that the program wanted.
pub struct Planned;

/// The handles of a running program, and their model.
pub struct World {
    pub model: Model,
    pub roots: Vec<Root>,
    pub weaks: Vec<(Target, WeakHandle)>,
    pub diet: &'static Diet,
    /// How many guards and finalizers are at work, one inside the other.
    pub depth: usize,
    /// How often something rare has happened.
    pub rare: Rare,
    /// Nothing is noted any longer.
    over: bool,
}

/// Events that few programs meet, and how often this program met them. A promise about an event
/// that no program meets is not tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rare {
    /// Candidates that were frozen and young at once.
    pub frozen_and_young: usize,
    /// Frozen candidates that died in a collection.
    pub frozen_and_dead: usize,
    /// Values that were dead and that finalizers brought back, in collections.
    pub resurrected: usize,
    /// Collections that a panic in a trace made give up.
    pub abandoned: usize,
    /// Collections inside collections.
    pub nested: usize,
    /// Young collections that found some dead and left some alive.
    pub mixed: usize,
    /// Collections under a destructor or finalizer that runs under another.
    pub deep: usize,
}

impl Rare {
    pub fn add(&mut self, other: Self) {
        self.frozen_and_young += other.frozen_and_young;
        self.frozen_and_dead += other.frozen_and_dead;
        self.resurrected += other.resurrected;
        self.abandoned += other.abandoned;
        self.nested += other.nested;
        self.mixed += other.mixed;
        self.deep += other.deep;
    }
}

impl World {
    fn drop_weaks(&mut self) {
        self.model.weaks.clear();
        self.weaks.clear();
    }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::new(World {
        model: Model::default(),
        roots: Vec::new(),
        weaks: Vec::new(),
        diet: &CALM,
        depth: 0,
        rare: Rare::default(),
        over: false,
    });
}

/// Calls `look` with the world. Neither a node nor a handle may be dropped during the call.
pub fn with<R>(look: impl FnOnce(&mut World) -> R) -> R {
    WORLD.with_borrow_mut(look)
}

/// Notes a broken promise; the program fails when the step is over.
pub fn fail(what: impl FnOnce() -> String) {
    with(|world| world.model.fail(what));
}

/// Whether the program has ended, or its thread.
pub fn is_over() -> bool {
    WORLD.try_with(|world| world.borrow().over).unwrap_or(true)
}

pub fn kind_of(id: usize) -> Kind {
    with(|world| world.model.entries[id].kind)
}

/// Notes that the value of a node was cloned; the clone is a node of its own.
pub fn copied(id: usize) -> usize {
    with(|world| world.model.loose(world.model.entries[id].kind))
}

/// A handle that the program holds outside of all nodes.
pub struct Root {
    pub id: usize,
    handle: Option<Handle>,
}

impl Root {
    pub fn new(handle: Handle) -> Self {
        let id = handle.id();
        with(|world| world.model.roots.push(id));
        Self { id, handle: Some(handle) }
    }

    pub fn handle(&mut self) -> &mut Handle {
        self.handle.as_mut().expect("only taken at the end")
    }

    /// Returns the bare handle, which the model no longer records.
    pub fn into_handle(mut self) -> Handle {
        self.forget();
        self.handle.take().expect("only taken at the end")
    }

    fn forget(&self) {
        let known = with(|world| remove(&mut world.model.roots, &self.id));
        assert!(known, "the model lost a root");
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        if self.handle.is_some() && !is_over() {
            self.forget();
        }
    }
}

/// Takes the root that an operand means.
pub fn take_root(operand: u8) -> Option<Root> {
    with(|world| match world.roots.len() {
        0 => None,
        len => Some(world.roots.remove(usize::from(operand) % len)),
    })
}

pub fn push_root(root: Root) {
    with(|world| world.roots.push(root));
}

/// Returns the node that an operand selects, among the nodes that have handles, are reachable and
/// are not mutably borrowed.
pub fn pick(operand: u8) -> Option<usize> {
    with(|world| {
        let model = &world.model;
        let reachable = model.reachable();
        let fits = |&id: &usize| {
            let entry = &model.entries[id];
            reachable[id]
                && entry.state == State::Live
                && !entry.kind.is_leaf()
                && !model.locked.contains(&id)
        };
        let all: Vec<_> = (0..model.entries.len()).filter(fits).collect();
        (!all.is_empty()).then(|| all[usize::from(operand) % all.len()])
    })
}

/// The contents of a node as a program sees them that has walked there by references alone.
pub fn body<'a>(id: usize) -> &'a Body {
    with(|world| {
        let body = world.model.entries[id]
            .ghost()
            .node()
            .body()
            .expect("only nodes with handles are picked");
        // SAFETY: the node is reachable, and no step keeps the reference across user code that
        // might drop it.
        unsafe { &*std::ptr::from_ref(body) }
    })
}

/// Called by the finalizers of all nodes.
pub fn finalized(guard: &Guard) {
    if guard.is_of_the_past() {
        return;
    }
    let id = guard.id();
    let action = with(|world| {
        world.model.visited.push(id);
        world.model.finalized(id);
        world.model.entries[id].finalizer
    });
    let _visit = Finally(|| with(|world| _ = remove(&mut world.model.visited, &id)));
    perform(id, action, true);
}

/// Runs the action of a guard or a finalizer of node `id`.
pub fn perform(id: usize, action: Action, alive: bool) {
    if action == Action::Nothing || with(|world| world.depth > 3) {
        return;
    }
    with(|world| {
        world.model.stirred = true;
        world.depth += 1;
    });
    let _depth = Finally(|| with(|world| world.depth -= 1));
    match action {
        Action::Nothing => {}
        // A second panic while the first is on its way would end the process, as it does in any
        // destructor.
        Action::Panic if std::thread::panicking() => {}
        Action::Panic => std::panic::resume_unwind(Box::new(Planned)),
        Action::Revive => weaks::revive(id, alive).into_iter().for_each(push_root),
        Action::ReviveInto(neighbour) => {
            if let (Some(root), Some(to)) = (weaks::revive(id, alive), pick(neighbour)) {
                places::put(to, 0, root);
            }
        }
        Action::Clear if alive && !kind_of(id).is_leaf() => places::clear(id),
        Action::Clear => {}
        Action::Loop => steps::garbage_loop(),
        Action::Do(op) => steps::step(op),
    }
    check(false);
}

/// Compares the world with the model.
fn check(between_steps: bool) {
    if between_steps {
        check_headers(kind::check_reachable);
    }
    with(|world| {
        let World { model, weaks, .. } = world;
        match between_steps {
            true => model.check_between_steps(),
            false => model.check_reachable(),
        }
        for (target, weak) in weaks {
            let expected = if between_steps {
                Some(model.is_live(*target))
            } else {
                model.upgradable(*target)
            };
            let count = weak.strong_count();
            if expected.is_some_and(|expected| expected != (count > 0)) {
                model.fail(|| format!("a Weak of {target:?} sees count {count}"));
            }
        }
    });
}

/// Has the heap check itself, and every block that roots and candidates lead to by `check_blocks`,
/// unless some trace panics.
fn check_headers(check_blocks: impl FnOnce(&Vec<Traced>)) {
    kind::inspect::check();
    let copy = |root: &Root| {
        // SAFETY: the copies are not dropped, and the roots are not dropped while the copies exist,
        // because tracing runs only the code of this model.
        root.handle.as_ref().map(|handle| ManuallyDrop::new(unsafe { std::ptr::read(handle) }))
    };
    let roots: Option<Vec<_>> = with(|world| {
        world
            .model
            .armed
            .is_empty()
            .then(|| world.roots.iter().filter_map(copy).map(Traced).collect())
    });
    if let Some(roots) = roots {
        check_blocks(&roots);
    }
}

/// A copy of a root that owns no count. For the checker it stands for the root.
struct Traced(ManuallyDrop<Handle>);

// SAFETY: a value of this type is never in a block. It reports the handle that it copies, which no
// other value reports.
unsafe impl Trace for Traced {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
}

/// Runs its contents when it is dropped, so also when the scope ends by a panic.
pub struct Finally<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Runs a program on a thread of its own.
///
/// # Errors
///
/// The first promise of the crate that it saw broken, and at which step.
pub fn run(program: &[Op], diet: &'static Diet) -> Result<(), String> {
    run_after(program, diet, || {}).map(|_| ())
}

/// Runs a program on a thread that calls `prepare` first. Returns the rare events that happened.
///
/// # Errors
///
/// As for [`run`].
pub fn run_after(
    program: &[Op],
    diet: &'static Diet,
    prepare: impl FnOnce() + Send,
) -> Result<Rare, String> {
    thread::scope(|scope| {
        let run = || {
            prepare();
            execute(program, diet)
        };
        let runner = thread::Builder::new().stack_size(1 << 20).spawn_scoped(scope, run);
        match runner.expect("a thread can be started").join() {
            Ok(result) => result,
            Err(payload) => Err(format!("after the last step: {}", message(&*payload))),
        }
    })
}

fn execute(program: &[Op], diet: &'static Diet) -> Result<Rare, String> {
    let _turn = kind::alone();
    with(|world| {
        world.diet = diet;
        world.model.strangers = kind::inspect::live_blocks();
    });
    // If freed memory is not used again, a memory checker detects a use after free. If it is used
    // again, the model does.
    let config = Config::default()
        .with_automatic(false)
        .with_young_threshold(2)
        .with_promote_after(diet.promote_after)
        .with_work_limit(NonZeroUsize::new(diet.work_limit))
        .with_free_list_limit(if program.len() % 2 == 0 { 0 } else { 1 << 10 });
    kind::configure(config).expect("a valid Config");
    for (at, &op) in program.iter().enumerate() {
        attempt(|| steps::step(op)).map_err(|what| format!("step {at}, {op:?}: {what}"))?;
    }
    finish().map_err(|what| format!("at the end: {what}"))?;
    Ok(with(|world| world.rare))
}

/// Runs a step between steps, and gives up if it breaks a promise.
fn attempt(step: impl FnOnce()) -> Result<(), String> {
    let result = catch_unwind(AssertUnwindSafe(|| {
        // A planned panic ends the step, but not the checks.
        match catch_unwind(AssertUnwindSafe(step)) {
            Err(payload) if !payload.is::<Planned>() => std::panic::resume_unwind(payload),
            _ => check(true),
        }
    }));
    let failure = with(|world| world.model.failure.take());
    let failure = failure.or_else(|| result.err().map(|payload| message(&*payload)));
    failure.map_or(Ok(()), |what| {
        give_up();
        Err(what)
    })
}

/// Nothing can be trusted any longer: no handle is dropped, and nothing is collected at the end of
/// the thread.
fn give_up() {
    with(|world| {
        world.over = true;
        world.roots.drain(..).for_each(std::mem::forget);
        world.weaks.drain(..).for_each(std::mem::forget);
    });
    _ = kind::configure(Config::default().with_automatic(false).with_collect_on_thread_exit(false));
}

/// Drops everything; nothing may be left, however often finalizers have brought something back.
fn finish() -> Result<(), String> {
    attempt(|| steps::step(op(Code::Disarm, [0; 5])))?;
    if kind::SHARED {
        attempt(|| check_headers(|roots| _ = kind::inspect::check_reachable(roots)))?;
    }
    for _ in 0..200 {
        while let Some(root) = take_root(0) {
            attempt(|| drop(root))?;
        }
        attempt(|| with(World::drop_weaks))?;
        attempt(|| steps::step(op(Code::Unfreeze, [0; 5])))?;
        let before = with(|world| (std::mem::take(&mut world.model.stirred), world.model.deaths).1);
        attempt(|| _ = kind::collect())?;
        if with(|world| {
            !world.model.stirred && world.model.deaths == before && world.roots.is_empty()
        }) {
            break;
        }
    }
    attempt(|| {
        with(|world| {
            let left = world.model.blocks();
            if left > 0 && !world.model.leaky {
                world.model.fail(|| format!("{left} nodes are left"));
            }
        });
    })?;
    with(|world| world.over = true);
    Ok(())
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}
