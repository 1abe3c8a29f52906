//! gcmodule.

use gcmodule::{Cc, Trace, Tracer, collect_thread_cycles};

super::in_the_manner_of_gcmodule!(Gcmodule);
