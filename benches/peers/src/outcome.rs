//! The result of one process, and the line in which it reports the result to its parent.

use std::fmt;
use std::str::FromStr;

use crate::peer::{Peer, Scheme, dropped};

/// The result of one measurement. That a peer cannot do the work is a result too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// The figure, in the unit of the workload; every node was destroyed that had to be.
    Figure(f64),
    /// The figure, of a peer that leaves its cycles behind.
    Leaks(f64),
    /// The question makes no sense for this peer.
    Absent,
    /// The peer cannot be kept from collecting, and had done most of the work before it was timed.
    Early,
    /// The stack was too small.
    Overflow,
    /// Killed by a signal, or by its memory limit.
    Crash,
    Panic,
    Timeout,
    /// The number of destroyed nodes differs from the expected number.
    Wrong,
}

impl Outcome {
    /// Returns the figure if `expected` nodes were destroyed, [`Outcome::Leaks`] if fewer were and
    /// the peer may leak, and [`Outcome::Wrong`] otherwise.
    pub fn checked<P: Peer>(figure: f64, expected: usize) -> Self {
        let found = dropped();
        if found == expected {
            Self::Figure(figure)
        } else if matches!(P::SCHEME, Scheme::Leaks | Scheme::ByHand) && found < expected {
            Self::Leaks(figure)
        } else {
            eprintln!("{found} nodes were dropped, not {expected}");
            Self::Wrong
        }
    }

    pub fn figure(self) -> Option<f64> {
        match self {
            Self::Figure(figure) | Self::Leaks(figure) => Some(figure),
            _ => None,
        }
    }

    /// Returns an outcome of this kind with another figure.
    pub fn with_figure(self, figure: f64) -> Self {
        match self {
            Self::Figure(_) => Self::Figure(figure),
            Self::Leaks(_) => Self::Leaks(figure),
            other => other,
        }
    }

    /// The word for an outcome without a figure.
    pub fn word(self) -> &'static str {
        match self {
            Self::Figure(_) => "figure",
            Self::Leaks(_) => "leaks",
            Self::Absent => "–",
            Self::Early => "early",
            Self::Overflow => "overflow",
            Self::Crash => "crash",
            Self::Panic => "panic",
            Self::Timeout => "time-out",
            Self::Wrong => "wrong",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.figure() {
            Some(figure) => write!(f, "{} {figure}", self.word()),
            None => f.write_str(self.word()),
        }
    }
}

impl FromStr for Outcome {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let (word, figure) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let plain = [
            Self::Absent,
            Self::Early,
            Self::Overflow,
            Self::Crash,
            Self::Panic,
            Self::Timeout,
            Self::Wrong,
        ];
        match (word, figure.parse()) {
            ("figure", Ok(figure)) => Ok(Self::Figure(figure)),
            ("leaks", Ok(figure)) => Ok(Self::Leaks(figure)),
            _ => plain.into_iter().find(|outcome| outcome.word() == word).ok_or(()),
        }
    }
}
