//! The word of a block: version, flags and count, which change together.

use super::primitive::VERSION_BITS;

/// The value of a header's word, as one load returns it.
///
/// | bits   | part    | meaning                                                                                   |
/// |--------|---------|-------------------------------------------------------------------------------------------|
/// | 0..32  | count   | number of handles                                                                         |
/// | 32..39 | flags   | below                                                                                     |
/// | 39..64 | version | changes with every new handle; the top bit stays once it is set, until a collection clears it |
///
/// | flag        | meaning                                                                                       |
/// |-------------|-----------------------------------------------------------------------------------------------|
/// | `BUFFERED`  | an entry in a candidate list is, or is about to be, there; for as long as the block lives      |
/// | `CANDIDATE` | a collection may enter the block                                                              |
/// | `FROZEN`    | a collection reads the value                                                                  |
/// | `DEAD`      | a collection found the block unreachable; its value is as good as destroyed                   |
/// | `FINALIZED` | the finalizer was called, or there is none                                                    |
/// | `UPGRADED`  | a `Weak` has become a handle since `get_mut` last looked                                      |
/// | `LEAF`      | owns no handles: never a candidate; `BUFFERED` and `CANDIDATE` are set without an entry        |
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(pub(super) u64);

impl Word {
    pub(super) const BUFFERED: u64 = 1 << 32;
    pub(super) const CANDIDATE: u64 = 1 << 33;
    pub(super) const FROZEN: u64 = 1 << 34;
    pub(super) const DEAD: u64 = 1 << 35;
    pub(super) const FINALIZED: u64 = 1 << 36;
    pub(super) const UPGRADED: u64 = 1 << 37;
    pub(super) const LEAF: u64 = 1 << 38;

    pub(super) const ONE_VERSION: u64 = 1 << (u64::BITS - VERSION_BITS);
    pub(super) const VERSION: u64 = !(Self::ONE_VERSION - 1);
    /// The version has been through all its values, and has no meaning until it is cleared.
    pub(super) const VERSION_SATURATED: u64 = 1 << 63;

    /// A count with this bit is an overflow that is still far from reaching the flags.
    pub(super) const TOO_MANY: u64 = 1 << 31;

    /// With these flags the drop of a handle only counts: the block is registered, and it has no
    /// finalizer to call.
    const QUIET: u64 = Self::BUFFERED | Self::CANDIDATE | Self::FINALIZED;

    #[inline(always)]
    pub(crate) fn count(self) -> u32 {
        self.0 as u32
    }

    #[inline(always)]
    fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    #[inline(always)]
    pub(crate) fn is_quiet(self) -> bool {
        self.0 & Self::QUIET == Self::QUIET
    }

    #[inline]
    pub(crate) fn is_registered(self) -> bool {
        self.0 & (Self::BUFFERED | Self::CANDIDATE) == Self::BUFFERED | Self::CANDIDATE
    }

    #[inline]
    pub(crate) fn is_buffered(self) -> bool {
        self.has(Self::BUFFERED)
    }

    #[inline]
    pub(crate) fn is_candidate(self) -> bool {
        self.has(Self::CANDIDATE)
    }

    #[inline]
    pub(crate) fn is_frozen(self) -> bool {
        self.has(Self::FROZEN)
    }

    #[inline]
    pub(crate) fn is_dead(self) -> bool {
        self.has(Self::DEAD)
    }

    #[inline]
    pub(crate) fn is_finalized(self) -> bool {
        self.has(Self::FINALIZED)
    }

    #[inline]
    pub(crate) fn is_upgraded(self) -> bool {
        self.has(Self::UPGRADED)
    }

    #[inline]
    pub(crate) fn is_leaf(self) -> bool {
        self.has(Self::LEAF)
    }

    #[inline]
    pub(crate) fn is_worn(self) -> bool {
        self.has(Self::VERSION_SATURATED)
    }

    /// Whether the value is gone, or the block is marked dead.
    #[inline]
    pub(crate) fn is_gone(self) -> bool {
        self.count() == 0 || self.is_dead()
    }

    /// Whether a collection starts from an entry of this block.
    #[inline]
    pub(crate) fn is_root(self) -> bool {
        self.is_candidate() && !self.is_gone()
    }

    /// The count and the version, without the flags. If two readings are equal, no handle was made
    /// or dropped between them.
    #[inline]
    pub(crate) fn count_and_version(self) -> u64 {
        self.0 & (Self::VERSION | u64::from(u32::MAX))
    }

    /// The number of entries in candidate lists that have a pin, zero or one.
    #[inline]
    pub(crate) fn entries(self) -> u32 {
        u32::from(self.is_buffered() && !self.is_leaf())
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut f = f.debug_struct("Word");
        f.field("count", &self.count()).field("version", &(self.0 / Self::ONE_VERSION));
        f.field("buffered", &self.is_buffered()).field("candidate", &self.is_candidate());
        f.field("frozen", &self.is_frozen()).field("dead", &self.is_dead());
        f.field("finalized", &self.is_finalized()).field("leaf", &self.is_leaf()).finish()
    }
}
