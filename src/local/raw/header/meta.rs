//! The meta word of a header: the vtable of the value, or the side record, and the tags.

use std::fmt;

use crate::local::raw::side::Side;
use crate::local::raw::vtable::Vtable;

/// A pointer to the vtable of the value's type or to a side record, with tags in its low five bits.
///
/// | tag      | bits | meaning                                                                    |
/// |----------|------|----------------------------------------------------------------------------|
/// | age      | 0, 1 | number of collections that captured the block and found it live, up to 3   |
/// | `IN_OLD` | 2    | the block is in the old or the frozen set                                  |
/// | `PLAIN`  | 3    | no finalizer is still to be called, and the block is not wide              |
/// | `SIDE`   | 4    | the pointer leads to a side record: there are or were `Weak` handles       |
///
/// **meta**: without `SIDE` the pointer was made from a `&'static Vtable`. With `SIDE` it leads to
/// a side record that the block keeps alive (*side*). The vtable of either is that of the block.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Meta(*const ());

impl Meta {
    const AGE: usize = 0b11;
    const IN_OLD: usize = 1 << 2;
    const PLAIN: usize = 1 << 3;
    const SIDE: usize = 1 << 4;
    const TAGS: usize = 0b1_1111;

    /// The word of a new block of the type.
    #[inline]
    pub(super) fn new(vtable: &'static Vtable) -> Self {
        let plain = if vtable.is_plain() { Self::PLAIN } else { 0 };
        Self((&raw const *vtable).cast::<()>().map_addr(|addr| addr | plain))
    }

    #[inline]
    fn tags(self) -> usize {
        self.0.addr() & Self::TAGS
    }

    #[inline]
    fn pointer(self) -> *const () {
        self.0.map_addr(|addr| addr & !Self::TAGS)
    }

    #[inline]
    fn has(self, tag: usize) -> bool {
        self.0.addr() & tag != 0
    }

    #[inline]
    fn with(self, tag: usize, is_set: bool) -> Self {
        Self(self.0.map_addr(|addr| if is_set { addr | tag } else { addr & !tag }))
    }

    #[inline]
    pub(super) fn age(self) -> u8 {
        (self.0.addr() & Self::AGE) as u8
    }

    /// The word of a block that is one collection older. Returns `None` for the highest age.
    #[inline]
    pub(super) fn older(self) -> Option<Self> {
        (self.0.addr() & Self::AGE != Self::AGE).then(|| Self(self.0.map_addr(|addr| addr + 1)))
    }

    /// The word of a block of age 0.
    pub(super) fn newborn(self) -> Self {
        Self(self.0.map_addr(|addr| addr & !Self::AGE))
    }

    /// Whether the block is younger than `old_age` and neither in the old nor in the frozen set.
    #[inline]
    pub(super) fn is_young_and_free(self, old_age: u8) -> bool {
        const { assert!(Self::IN_OLD > Self::AGE) };
        self.0.addr() & (Self::AGE | Self::IN_OLD) < usize::from(old_age)
    }

    #[inline]
    pub(super) fn is_in_old(self) -> bool {
        self.has(Self::IN_OLD)
    }

    #[inline]
    pub(super) fn with_in_old(self, is_in_old: bool) -> Self {
        self.with(Self::IN_OLD, is_in_old)
    }

    #[inline]
    pub(super) fn is_plain(self) -> bool {
        self.has(Self::PLAIN)
    }

    pub(super) fn with_plain(self, is_plain: bool) -> Self {
        self.with(Self::PLAIN, is_plain)
    }

    #[inline]
    pub(super) fn has_side(self) -> bool {
        self.has(Self::SIDE)
    }

    /// Whether the block is plain and neither a side record nor a set of old candidates leads to
    /// it.
    #[inline]
    pub(super) fn ends_plainly(self) -> bool {
        self.0.addr() & (Self::SIDE | Self::IN_OLD | Self::PLAIN) == Self::PLAIN
    }

    /// The tags, to be joined with those of other blocks.
    #[inline]
    pub(super) fn to_join(self) -> Tags {
        Tags(self.0.addr())
    }

    /// The vtable of the block.
    ///
    /// # Safety
    ///
    /// The word belongs to a block that is not freed.
    #[inline]
    pub(super) unsafe fn vtable(self) -> &'static Vtable {
        let pointer = self.pointer();
        if self.has_side() {
            // SAFETY: by *meta* the pointer leads to a side record, which is alive by *side*.
            unsafe { (*pointer.cast::<Side>()).vtable() }
        } else {
            // SAFETY: by *meta* the pointer was made from a `&'static Vtable`.
            unsafe { &*pointer.cast::<Vtable>() }
        }
    }

    /// The side record, if there is one.
    #[inline]
    pub(super) fn side(self) -> Option<*const Side> {
        self.has_side().then(|| self.pointer().cast())
    }

    /// The word that leads to a side record. The tags stay.
    pub(super) fn with_side(self, side: *const Side) -> Self {
        debug_assert!(!self.has_side());
        let tags = self.tags() | Self::SIDE;
        Self(side.cast::<()>().map_addr(|addr| addr | tags))
    }

    /// The word that leads to a vtable without a side record. The other tags stay.
    pub(super) fn with_vtable(self, vtable: &'static Vtable) -> Self {
        let tags = self.tags() & !Self::SIDE;
        Self((&raw const *vtable).cast::<()>().map_addr(|addr| addr | tags))
    }
}

impl fmt::Debug for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "age {}", self.age())?;
        for (is_set, tag) in
            [(self.is_in_old(), "in old"), (self.is_plain(), "plain"), (self.has_side(), "side")]
        {
            if is_set {
                write!(f, ", {tag}")?;
            }
        }
        Ok(())
    }
}

/// The tags of several blocks together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tags(usize);

impl Tags {
    #[inline]
    pub(crate) fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether some block has a side record or is in the old or the frozen set. Both are undone
    /// before a block is freed.
    pub(crate) fn has_attachments(self) -> bool {
        self.0 & (Meta::SIDE | Meta::IN_OLD) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meta_word_keeps_its_tags_and_its_vtable() {
        let (one, other) = (Vtable::of::<crate::Gc<u8>>(), Vtable::of::<crate::Gc<u16>>());
        let meta = Meta::new(one).with_in_old(true).older().expect("age 0 is not the highest");
        assert_eq!(format!("{meta:?}"), "age 1, in old, plain");
        // SAFETY: by *meta* the word leads to a vtable: it was made from one.
        assert!(std::ptr::eq(unsafe { meta.vtable() }, one));
        let meta = meta.with_vtable(other).with_plain(false);
        // SAFETY: by *meta* the word leads to a vtable: it was made from one.
        assert!(std::ptr::eq(unsafe { meta.vtable() }, other));
        assert_eq!(format!("{:?}", meta.with_in_old(false).newborn()), "age 0");
        assert_eq!((meta.side(), meta.is_young_and_free(3)), (None, false));
        assert_eq!(
            std::iter::successors(Some(meta), |meta| meta.older()).last().map(Meta::age),
            Some(3)
        );
    }
}
