//! Fields that can be seen.

use recyc::trace_fields;

mod foreign {
    pub struct Open {
        pub open: u8,
        pub(super) too: u8,
    }
}

struct Opener;
trace_fields!(impl[] TraceWith<foreign::Open> for Opener: foreign::Open { open, too });

fn main() {
    let value = foreign::Open { open: 1, too: 2 };
    assert_eq!((value.open, value.too), (1, 2));
}
