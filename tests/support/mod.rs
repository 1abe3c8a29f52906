//! The items that several suites of one binary use. A binary of its own takes the files that it
//! needs.

pub mod drops;
pub mod local;
pub mod quiet;
pub mod shared;
