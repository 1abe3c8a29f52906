//! Memory that may be refused where the standard library would end the process.

/// Gives back the memory of a list beyond `capacity`. Unlike `Vec::shrink_to` it does not abort if there is no memory for
/// the smaller list. An empty list gives all of it back: asking for a smaller piece would make the allocator put all that
/// was freed by the collection in order at this moment.
pub(crate) fn shrink<T: Copy>(list: &mut Vec<T>, capacity: usize) {
    let mut smaller = Vec::new();
    if list.capacity() > capacity && (list.is_empty() || smaller.try_reserve_exact(capacity.max(list.len())).is_ok()) {
        smaller.extend_from_slice(list);
        *list = smaller;
    }
}

/// Makes a box, or gives the value back if there is no memory. It is a slice of one, since only lists may be refused memory.
pub(crate) fn try_box<T>(value: T) -> Result<Box<[T]>, T> {
    let mut list = Vec::new();
    if list.try_reserve_exact(1).is_err() {
        return Err(value);
    }
    list.push(value);
    Ok(list.into_boxed_slice())
}
