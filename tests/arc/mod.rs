//! The promises of `Arc`, tested for `sync::Gc`: the tests of `tests/rc`, on handles of the shared
//! heap.

#[path = "../rc/boxes.rs"]
mod boxes;
#[path = "../rc/closures.rs"]
mod closures;
#[path = "../rc/counts.rs"]
mod counts;
#[path = "../rc/cyclic.rs"]
mod cyclic;
#[path = "../rc/finalizers.rs"]
mod finalizers;
#[path = "../rc/identity.rs"]
mod identity;
use crate::support::shared as kind;
#[path = "../rc/leaves.rs"]
mod leaves;
#[path = "../rc/making.rs"]
mod making;
#[path = "../rc/model.rs"]
mod model;
#[path = "../rc/raw.rs"]
mod raw;
#[path = "../rc/slices.rs"]
mod slices;
#[path = "../rc/strings.rs"]
mod strings;
#[path = "../rc/traits.rs"]
mod traits;
#[path = "../rc/uninit.rs"]
mod uninit;
#[path = "../rc/unsize.rs"]
mod unsize;
#[path = "../rc/unwrapping.rs"]
mod unwrapping;
#[path = "../rc/weak_raw.rs"]
mod weak_raw;
