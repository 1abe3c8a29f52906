//! Random programs keep the promises of the crate, whatever they do.
//!
//! After every step the heap is compared with a model (see `model`), so each of these properties
//! holds all promises to account; they differ in what their programs do most. `RECYC_PROGRAMS` sets
//! how many programs each of them runs.

use std::cell::RefCell;
use std::env;
use std::marker::PhantomData;

use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult};

use super::kind::{self, Config, Gc, GcCell, Leaf, Trace, Weak};
use super::model;
use super::model::op::{self, Diet, Op};

/// A kind of program.
trait Menu: Clone + 'static {
    const DIET: &'static Diet;
}

/// Any program of a kind.
#[derive(Clone, Debug)]
struct Program<M>(Vec<Op>, PhantomData<M>);

impl<M: Menu> Arbitrary for Program<M> {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(op::random(u64::arbitrary(g), M::DIET), PhantomData)
    }

    /// Leaves out longer and shorter stretches of the program, then makes its operands zero.
    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let (program, again) = (self.0.clone(), self.0.clone());
        let lengths = std::iter::successors(Some(program.len() / 2), |length| Some(length / 2));
        let cuts = lengths.take_while(|&length| length > 0).flat_map(move |length| {
            let program = program.clone();
            (0..program.len()).step_by(length).map(move |start| {
                let end = program.len().min(start + length);
                [&program[..start], &program[end..]].concat()
            })
        });
        let operands = (0..again.len() * 5).filter_map(move |at| {
            let mut program = again.clone();
            let operand = &mut program[at / 5].args[at % 5];
            (std::mem::take(operand) != 0).then_some(program)
        });
        Box::new(cuts.chain(operands).map(|program| Self(program, PhantomData)))
    }
}

/// Runs the requested number of programs of a kind. A failing program is shortened and printed.
fn check_programs<M: Menu + std::fmt::Debug + Send>() {
    fn keeps_all_promises<M: Menu>(program: Program<M>) -> TestResult {
        model::run(&program.0, M::DIET).map_or_else(TestResult::error, |()| TestResult::passed())
    }
    let programs =
        env::var("RECYC_PROGRAMS").ok().and_then(|number| number.parse().ok()).unwrap_or(300);
    let mut check = QuickCheck::new().tests(programs).max_tests(programs);
    check.quickcheck(keeps_all_promises::<M> as fn(Program<M>) -> TestResult);
}

/// Writes a property for each kind of program.
macro_rules! properties {
    ($($(#[$doc:meta])* $name:ident: $diet:ident;)*) => {
        $(
            $(#[$doc])*
            #[test]
            fn $name() {
                #[derive(Clone, Debug)]
                struct Kind;

                impl Menu for Kind {
                    const DIET: &'static Diet = &op::$diet;
                }

                check_programs::<Kind>();
            }
        )*
    };
}

properties! {
    a_collection_leaves_exactly_the_reachable: CALM;
    a_young_collection_never_loses_the_witness_of_a_dead_cycle: MINORS;
    a_survivor_that_lost_a_handle_to_the_dead_is_looked_at_again: MOVES;
    what_a_finalizer_moves_is_looked_at_again: FINALIZERS;
    a_weak_knows_whether_its_value_is_gone: WEAKS;
    destructors_and_finalizers_may_do_anything: REENTRANT;
    a_panic_in_foreign_code_loses_nothing: PANICS;
    a_borrow_that_never_ends_costs_no_more_than_it_hides: LEAKS;
    what_finalizers_bring_back_lives_and_dies_once: RESURRECTIONS;
    a_value_whose_handles_do_not_know_its_type_is_collected_as_what_it_is: UNSIZED;
    a_configuration_may_change_at_any_moment: SETTINGS;
    what_is_frozen_dies_lives_and_is_found_as_all_else: FROZEN;
}

/// Programs meet this too seldom to rely on them: `make_mut` of a value that only `Weak` handles
/// share makes a block, which may collect, which may run a destructor that upgrades one of them.
#[test]
fn an_upgrade_while_make_mut_collects_keeps_the_value() {
    thread_local! {
        static WEAK: RefCell<Weak<Number>> = const { RefCell::new(Weak::new()) };
        static HELD: RefCell<Option<Gc<Number>>> = const { RefCell::new(None) };
    }

    #[derive(Clone, Trace)]
    struct Number(u32);

    #[derive(Trace)]
    struct Dead {
        me: GcCell<Option<Gc<Dead>>>,
        _upgrading: Leaf<Upgrading>,
    }

    struct Upgrading;

    impl Drop for Upgrading {
        fn drop(&mut self) {
            HELD.set(WEAK.with_borrow(Weak::upgrade));
        }
    }

    /// Calls `make_mut` when `others` blocks were made since the last collection; whether it
    /// collected.
    fn make_mut_after(others: usize) -> bool {
        kind::configure(Config::default().with_automatic(false)).expect("a valid Config");
        let mut mine = Gc::new(Number(7));
        WEAK.set(Gc::downgrade(&mine));
        let dead = Gc::new(Dead { me: GcCell::default(), _upgrading: Leaf(Upgrading) });
        dead.me.set(Some(dead.clone()));
        drop(dead);
        kind::configure(Config::default().with_young_threshold(4)).expect("a valid Config");
        let others: Vec<_> = (0..others).map(|_| Gc::new(())).collect();
        let too_many = HELD.take().is_some();

        Gc::make_mut(&mut mine).0 += 1;
        let held = HELD.take();
        if let Some(held) = &held {
            assert!(!Gc::ptr_eq(held, &mine));
            assert_eq!((Gc::strong_count(held), Gc::strong_count(&mine)), (1, 1));
            assert_eq!(held.0, 7);
        }
        assert_eq!(mine.0, 8);
        drop(others);
        kind::collect();
        held.is_some() && !too_many
    }

    let _turn = kind::alone();
    assert!((0..10).any(make_mut_after), "make_mut has never collected");
}
