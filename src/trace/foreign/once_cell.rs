//! `once_cell`: as the cells of the standard library that came of it.

use once_cell::{sync, unsync};

use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

parts! {
    unsync::OnceCell<T>, [T], through (Self::get, Self::get_mut): { Some(value) => [value], None => [] };
    // Another thread may fill it.
    sync::OnceCell<T>, [T], through (Self::get, Self::get_mut): { Some(value) => [value], None => unread };
}

// What makes the value is a closure, and may have captured anything.
leaf!(generic: [T: 'static, F: 'static] unsync::Lazy<T, F>);
leaf!(generic: [T: 'static, F: 'static] sync::Lazy<T, F>);
