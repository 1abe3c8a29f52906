//! Fields that cannot be seen from here cannot be named.

use recyc::trace_fields;

mod foreign {
    pub struct Closed {
        pub open: u8,
        closed: u8,
    }
}

struct Opener;
trace_fields!(impl[] TraceWith<foreign::Closed> for Opener: foreign::Closed { open, closed });

fn main() {}
