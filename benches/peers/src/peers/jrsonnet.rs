//! jrsonnet-gcmodule, the fork of gcmodule that Jrsonnet keeps.

use jrsonnet_gcmodule::{Cc, Trace, Tracer, collect_thread_cycles};

super::in_the_manner_of_gcmodule!(Jrsonnet);
