//! Steps that the protocol must not take. The [`rules`](crate::sync::raw::rules) take them where a
//! test leaves a rule out.

use super::super::primitive::Ordering::AcqRel;
use super::{Header, Word};

impl Header {
    /// Registers the block without releasing a handle.
    pub(in crate::sync::raw) fn register_late(&self) -> Word {
        Word(self.word.fetch_or(Word::BUFFERED | Word::CANDIDATE, AcqRel))
    }
}
