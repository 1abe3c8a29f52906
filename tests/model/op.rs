//! The steps of a random program.
//!
//! A step is a code and five bytes. The bytes are taken modulo what there is to choose from at that
//! moment, so every sequence of bytes is a valid program: the fuzzer and quickcheck share the
//! format, and a program can be shortened anywhere without becoming invalid.

use std::fmt;

use super::node::Kind;

/// The operation of a step. The letters are its operands `a` to `e`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Makes a node of kind `a` with a root. `b`, `c`: the action of its guard; `d`, `e`: the
    /// action of its finalizer.
    New,
    /// Makes a node through `Gc::new_cyclic`, with a `Weak` to itself inside; collects in the
    /// closure if `b` is odd.
    Cyclic,
    /// Clones root `a`.
    Clone,
    /// Drops root `a`.
    Drop,
    /// Puts a clone of root `b` into place `c` of node `a`.
    Link,
    /// Moves root `b` into place `c` of node `a`.
    Give,
    /// Moves what is in place `c` of node `a` to the roots.
    Fetch,
    /// Moves what is in place `c` of node `a` to the same place of node `b`.
    Shift,
    /// Exchanges root `b` with a handle in the list of node `a`.
    Exchange,
    /// Exchanges the lists of the roots `a` and `b`, or their cells if `c` is odd.
    Swap,
    /// Drops what is in place `c` of node `a`.
    Unlink,
    /// Drops the whole list of node `a`.
    Clear,
    /// Makes a `Weak` of root `a`.
    Downgrade,
    /// Puts a `Weak` of root `b` into node `a`.
    WeakInto,
    /// Upgrades weak `a`; the handle becomes a root.
    Upgrade,
    /// Upgrades a `Weak` inside node `a`; the handle becomes a root.
    UpgradeIn,
    /// Drops weak `a`.
    DropWeak,
    /// Gets `&mut` of root `a`, collects during the borrow (a young if `b` is odd), and changes the
    /// value through it.
    GetMut,
    /// Takes the value out of root `a`; drops it, or puts it into a new block if `b` is odd.
    Unwrap,
    /// Calls `make_mut` on root `a`, for an unshared `&mut`.
    MakeMut,
    /// Borrows the list of root `a` mutably during a collection (a young if `b` is odd).
    Hold,
    /// Borrows the list of node `a` mutably and leaks the guard.
    Leak,
    /// From now on, tracing node `a` panics.
    Arm,
    /// No trace panics any longer.
    Disarm,
    /// Changes the configuration: `a` promotion, `b` work limit, `c` whether `Gc::new` collects.
    Configure,
    /// Freezes the candidates.
    Freeze,
    /// Makes the frozen candidates candidates again.
    Unfreeze,
    /// Makes a value that is frozen, dead in a collection (a young if `a` is odd) and brought back
    /// by its finalizer, and that loses a handle after.
    Relapse,
    /// A young collection.
    Young,
    /// A full collection.
    Full,
}

/// A step: the code and its operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Op {
    pub code: Code,
    pub args: [u8; 5],
}

/// Shortens a program in a regression test; also what `Debug` prints.
pub const fn op(code: Code, args: [u8; 5]) -> Op {
    Op { code, args }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "op({:?}, {:?})", self.code, self.args)
    }
}

impl Op {
    /// How many bytes a step takes.
    pub const BYTES: usize = 6;

    /// The step that these bytes mean on this diet.
    pub fn decode(bytes: [u8; Self::BYTES], diet: &Diet) -> Self {
        let [code, a, b, c, d, e] = bytes;
        op(diet.codes[usize::from(code) % diet.codes.len()], [a, b, c, d, e])
    }
}

/// The program that these bytes mean on this diet; an unfinished last step is left out.
pub fn decode(bytes: &[u8], diet: &Diet) -> Vec<Op> {
    bytes
        .chunks_exact(Op::BYTES)
        .map(|step| Op::decode(step.try_into().expect("chunks of that size"), diet))
        .collect()
}

/// The most steps of a random program.
const MOST_STEPS: u64 = 200;

/// The program that grows from this seed on this diet.
pub fn random(seed: u64, diet: &Diet) -> Vec<Op> {
    // SplitMix64: a counter, stirred.
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    };
    let steps = 1 + next() % MOST_STEPS;
    (0..steps)
        .map(|_| {
            let [bytes @ .., _, _] = next().to_le_bytes();
            Op::decode(bytes, diet)
        })
        .collect()
}

/// What a guard does when it is dropped, or a finalizer when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Nothing,
    /// Panics.
    Panic,
    /// Upgrades a `Weak` to its own node and keeps the handle.
    Revive,
    /// Upgrades a `Weak` to its own node and moves the handle into a neighbour.
    ReviveInto(u8),
    /// Drops the handles of its own node.
    Clear,
    /// Leaves behind a dead node that holds itself.
    Loop,
    /// Any step.
    Do(Op),
}

impl Action {
    /// The action that two bytes mean on this diet.
    pub fn decode(which: u8, operand: u8, diet: &Diet) -> Self {
        if which == 0 || which >= diet.actions {
            return Action::Nothing;
        }
        match which % 16 {
            0 | 1 if diet.panics => Action::Panic,
            2 | 3 => Action::Revive,
            4 | 5 => Action::ReviveInto(operand),
            6 | 7 => Action::Clear,
            8 => Action::Loop,
            _ => Action::Do(Op::decode(
                [operand, operand >> 2, operand >> 4, operand >> 3, 0, 0],
                diet,
            )),
        }
    }
}

/// The steps that a program is made of. A code that stands there twice comes twice as often.
#[derive(Debug)]
pub struct Diet {
    pub codes: &'static [Code],
    /// Of which types nodes are.
    pub kinds: &'static [Kind],
    /// How many of 256 guards and finalizers do something.
    pub actions: u8,
    /// Whether guards and finalizers panic.
    pub panics: bool,
    /// After how many collections a node is old, at first.
    pub promote_after: u8,
    /// How many nodes a young collection looks at, at first; 0 for all.
    pub work_limit: usize,
}

use Code::*;

/// Handles go round; nothing else happens in destructors. Completeness is asserted after every full
/// collection.
pub const CALM: Diet = Diet {
    codes: &[
        New, New, New, Clone, Drop, Drop, Drop, Link, Link, Link, Give, Give, Give, Fetch, Shift,
        Exchange, Swap, Unlink, Clear, Downgrade, Upgrade, DropWeak, GetMut, Unwrap, MakeMut, Hold,
        Configure, Young, Young, Full,
    ],
    kinds: Kind::SIZED,
    actions: 0,
    panics: false,
    promote_after: 2,
    work_limit: 0,
};

/// Young collections under a small work limit, hardly ever a full one.
pub const MINORS: Diet = Diet {
    codes: &[
        New, New, New, Clone, Drop, Drop, Drop, Drop, Link, Link, Link, Give, Give, Give, Fetch,
        Shift, Exchange, Swap, Unlink, Unlink, Configure, Young, Young, Young, Young, Young, Full,
    ],
    kinds: Kind::SIZED,
    actions: 0,
    panics: false,
    promote_after: 3,
    work_limit: 3,
};

/// Few steps, mostly moves, which change no count and register nothing: what a collection leaves
/// behind is all that leads to the dead.
pub const MOVES: Diet = Diet {
    codes: &[New, New, Clone, Clone, Give, Give, Give, Give, Give, Drop, Young],
    kinds: Kind::SIZED,
    actions: 0,
    panics: false,
    promote_after: 3,
    work_limit: 3,
};

/// The same, and nearly every finalizer does something.
pub const FINALIZERS: Diet = Diet { actions: 250, promote_after: 1, work_limit: 0, ..MOVES };

/// Weak handles everywhere.
pub const WEAKS: Diet = Diet {
    codes: &[
        New, New, Cyclic, Cyclic, Clone, Drop, Drop, Link, Give, Unlink, Downgrade, Downgrade,
        WeakInto, WeakInto, WeakInto, Upgrade, Upgrade, UpgradeIn, UpgradeIn, DropWeak, GetMut,
        Unwrap, MakeMut, MakeMut, Young, Full,
    ],
    kinds: Kind::SIZED,
    actions: 100,
    panics: false,
    promote_after: 2,
    work_limit: 0,
};

/// Guards and finalizers that do anything but panic.
pub const REENTRANT: Diet = Diet {
    codes: &[
        New, New, New, New, Cyclic, Clone, Drop, Drop, Drop, Drop, Link, Link, Link, Give, Give,
        Give, Fetch, Shift, Exchange, Swap, Unlink, Clear, Downgrade, WeakInto, Upgrade, UpgradeIn,
        DropWeak, GetMut, Unwrap, MakeMut, Hold, Configure, Young, Young, Full,
    ],
    kinds: Kind::SIZED,
    actions: 200,
    panics: false,
    promote_after: 2,
    work_limit: 0,
};

/// As [`REENTRANT`], and they panic too; so does tracing now and then.
pub const PANICS: Diet = Diet {
    codes: &[
        New, New, New, New, Cyclic, Clone, Drop, Drop, Drop, Drop, Link, Link, Link, Give, Give,
        Give, Fetch, Shift, Exchange, Unlink, Clear, Downgrade, WeakInto, Upgrade, DropWeak,
        GetMut, Unwrap, MakeMut, Hold, Arm, Disarm, Configure, Young, Young, Full,
    ],
    kinds: Kind::SIZED,
    actions: 200,
    panics: true,
    promote_after: 2,
    work_limit: 0,
};

/// As [`REENTRANT`], with borrows that never end.
pub const LEAKS: Diet = Diet {
    codes: &[
        New, New, New, Clone, Drop, Drop, Drop, Link, Link, Link, Give, Give, Fetch, Shift,
        Exchange, Unlink, Clear, Downgrade, Upgrade, GetMut, Unwrap, MakeMut, Hold, Leak,
        Configure, Young, Young, Full,
    ],
    kinds: Kind::SIZED,
    actions: 100,
    panics: false,
    promote_after: 2,
    work_limit: 0,
};

/// Nearly every node has a finalizer, and nearly every finalizer does something: mostly it brings
/// something back.
pub const RESURRECTIONS: Diet = Diet {
    codes: &[
        New, New, New, Clone, Drop, Drop, Drop, Drop, Link, Link, Give, Give, Give, Fetch, Shift,
        Unlink, Clear, Downgrade, WeakInto, Upgrade, UpgradeIn, GetMut, Unwrap, Young, Young, Full,
    ],
    kinds: &[
        Kind::Final,
        Kind::OpaqueFinal,
        Kind::LeafFinal,
        Kind::Final,
        Kind::OpaqueFinal,
        Kind::Plain,
    ],
    actions: 250,
    panics: false,
    promote_after: 1,
    work_limit: 0,
};

/// As [`REENTRANT`], with handles in which the type of the value is erased.
pub const UNSIZED: Diet =
    Diet { kinds: &[Kind::Seen, Kind::Part, Kind::Part, Kind::Plain, Kind::Opaque], ..REENTRANT };

/// The configuration changes and candidates are frozen all the time, also in destructors, and
/// `Gc::new` collects.
pub const SETTINGS: Diet = Diet {
    codes: &[
        New, New, New, New, Clone, Drop, Drop, Drop, Link, Link, Give, Give, Give, Fetch, Shift,
        Unlink, GetMut, Hold, Configure, Configure, Configure, Freeze, Unfreeze, Unfreeze, Young,
        Full,
    ],
    kinds: Kind::ALL,
    actions: 150,
    panics: false,
    promote_after: 2,
    work_limit: 3,
};

/// Frozen candidates die and are brought back; one that loses a handle after that is young and
/// frozen at once.
pub const FROZEN: Diet = Diet {
    codes: &[
        New, New, New, Clone, Drop, Drop, Drop, Link, Link, Give, Give, Fetch, Unlink, Upgrade,
        GetMut, Unwrap, Freeze, Unfreeze, Relapse, Relapse, Relapse, Young, Young, Full,
    ],
    kinds: Kind::SIZED,
    actions: 150,
    panics: false,
    promote_after: 3,
    work_limit: 0,
};
