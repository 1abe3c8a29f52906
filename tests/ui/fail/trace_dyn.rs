//! A box can be traced only if its trait declares that the values can. Traced parameters are not enough.

use recyc::{Trace, trace_dyn};

trait Silent<T> {}
trace_dyn!([T: Trace] dyn Silent<T>);

fn main() {}
