//! A box can be traced only if its trait says that the values can; that its parameters can is not enough.

use recyc::{Trace, trace_dyn};

trait Silent<T> {}
trace_dyn!([T: Trace] dyn Silent<T>);

fn main() {}
