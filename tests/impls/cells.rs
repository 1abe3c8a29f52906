//! Cells that no two threads may use, under the battery.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use super::battery;
use super::kinds::next;
use super::model::{Element, Kind};

kinds! {
    cell: Cell<P>, [1], |parts| Cell::new(next(&mut parts));
    cell_of_option: Cell<Option<P>>, [0, 1], |parts| Cell::new(parts.next());
    cell_of_vec: Cell<Vec<P>>, [0, 3], |parts| Cell::new(parts.by_ref().collect());
    ref_cell: RefCell<Vec<P>>, [0, 1, 3], |parts| RefCell::new(parts.by_ref().collect());
    once_cell: OnceCell<P>, [0, 1], |parts| parts.next().map_or_else(OnceCell::new, OnceCell::from);

    nested: HashMap<usize, RefCell<Vec<Option<Box<(P, String)>>>>>, [0, 6], |parts| {
        let mut map = HashMap::new();
        for (number, part) in parts.by_ref().enumerate() {
            let row: &mut RefCell<Vec<_>> = map.entry(number / 3).or_default();
            row.get_mut().extend([Some(Box::new((part, number.to_string()))), None]);
        }
        map
    };
}

#[cfg(feature = "once_cell")]
kinds! {
    unsync_once_cell: ::once_cell::unsync::OnceCell<P>, [0, 1], |parts| {
        parts.next().map_or_else(::once_cell::unsync::OnceCell::new, ::once_cell::unsync::OnceCell::from)
    };
}
