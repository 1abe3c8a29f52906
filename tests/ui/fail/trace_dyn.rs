//! A box can be traced only if its trait says that the values can.

use recyc::trace_dyn;

trait Silent {}
trace_dyn!(dyn Silent);

fn main() {}
