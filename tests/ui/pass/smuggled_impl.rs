//! Parameters of every form.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use recyc::{Gc, Trace, trace_dyn, trace_fields};

struct Table<K: 'static, V, S, const N: usize>(HashMap<K, [V; N], S>)
where
    S: 'static;

trace_fields!(impl[
    K: Trace + Eq + Hash,
    V: Trace + Clone + From<<Vec<Vec<K>> as IntoIterator>::Item>,
    S: BuildHasher + 'static,
    const N: usize,
] Trace for Table<K, V, S, N>: Table { 0 });

struct Applied<F, T>(F, T);

struct By;

trace_fields!(impl[F: Fn(&T) -> Vec<Vec<T>> + Trace, T: Trace] TraceWith<Applied<F, T>> for By: Applied { 0, 1 });

trait Visit<T: 'static>: Trace {
    fn visit(&self, value: T);
}
trace_dyn!([T: Trace + Into<Option<Gc<T>>>] dyn Visit<T>);

/// Parameters that come through a macro of one's own.
macro_rules! traced {
    ($name:ident<$parameter:ident: $($bound:path),+>) => {
        struct $name<$parameter: 'static>($parameter);
        trace_fields!(impl[$parameter: $($bound +)+] Trace for $name<$parameter>: $name { 0 });
    };
}
traced!(Wrapper<T: Trace, std::fmt::Debug>);

fn main() {
    let wrapper = Gc::new(Wrapper(1));
    assert_eq!(wrapper.0, 1);
    drop(Gc::new(Table::<u8, Vec<u8>, std::hash::RandomState, 0>(HashMap::default())));
}
