//! Memory that may be refused where the standard library would end the process.

use super::sizes::size;

/// Gives back the memory of a list beyond `capacity`. Unlike `Vec::shrink_to` it does not abort if
/// there is no memory for the smaller list. An empty list gives all of it back: asking for a
/// smaller piece would make the allocator put all that was freed by the collection in order at this
/// moment.
pub(crate) fn shrink<T: Copy>(list: &mut Vec<T>, capacity: usize) {
    let mut smaller = Vec::new();
    if list.capacity() > capacity
        && (list.is_empty() || smaller.try_reserve_exact(capacity.max(list.len())).is_ok())
    {
        smaller.extend_from_slice(list);
        *list = smaller;
    }
}

/// Makes a box, or gives the value back if there is no memory. It is a slice of one, since only
/// lists may be refused memory.
pub(crate) fn try_box<T>(value: T) -> Result<Box<[T]>, T> {
    let mut list = Vec::new();
    if list.try_reserve_exact(1).is_err() {
        return Err(value);
    }
    list.push(value);
    Ok(list.into_boxed_slice())
}

/// No list of the crate is longer, so that an index and two flags fit in 32 bits.
pub(crate) const LONGEST_LIST: u32 = (1 << 30) - 1;

/// Makes room for one more in a list that will have at most `most` entries. Returns `false` if
/// there is no memory, or the list would be longer than [`LONGEST_LIST`].
#[inline]
pub(crate) fn has_room<T>(list: &mut Vec<T>, most: impl FnOnce() -> usize) -> bool {
    list.len() < list.capacity() || grow(list, most)
}

/// [`has_room`] for a list that is full.
///
/// Doubles the list. Above 64 Ki entries, does not grow it beyond `most` entries.
#[cold]
#[inline(never)]
pub(crate) fn grow<T>(list: &mut Vec<T>, most: impl FnOnce() -> usize) -> bool {
    const SHORT: usize = size(1 << 16, 64);
    const LEAST: usize = size(64, 4);
    let (len, most) = (list.len(), most());
    let most = if len < SHORT { usize::MAX } else { most };
    let more = len.min(most.saturating_sub(len)).max(LEAST);
    len + more < LONGEST_LIST as usize && list.try_reserve_exact(more).is_ok()
}

/// Adds an entry to a list, without a test of its capacity.
///
/// # Safety
///
/// The list is shorter than its capacity.
#[inline(always)]
pub(crate) unsafe fn push_unchecked<T>(list: &mut Vec<T>, entry: T) {
    let len = list.len();
    debug_assert!(len < list.capacity());
    // SAFETY: by *room*, as the caller promises, there is memory for one more entry.
    unsafe { list.as_mut_ptr().add(len).write(entry) };
    // SAFETY: by *room* the length is within the capacity, and the entry was just written.
    unsafe { list.set_len(len + 1) };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fewer steps than with a smaller factor: an allocator that cannot map pages elsewhere copies
    /// the list in each.
    #[test]
    fn a_long_list_doubles_up_to_its_bound() {
        for (most, capacity) in [(usize::MAX, 140_000), (200_000, 140_000), (100_000, 100_000)] {
            let mut list = vec![0_u32; 70_000];
            assert!(grow(&mut list, || most));
            assert_eq!(list.capacity(), capacity);
        }
    }

    #[test]
    fn a_list_at_its_bound_has_room_for_a_few_more() {
        let mut list = vec![0_u32; 70_000];
        assert!(grow(&mut list, || 70_000));
        assert!((70_001..70_100).contains(&list.capacity()));
    }
}
