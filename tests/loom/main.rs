//! Every order of events that matters, for two or three threads and a few blocks, under the model
//! checker.
//!
//! Run with `RUSTFLAGS="--cfg loom --cfg recyc_mutants" cargo test --release --test loom`. Each
//! model prints how many executions it had: one that had a handful was serialised by some lock and
//! proves nothing. `safeguards` switches off what the protocol consists of, one part at a time, and
//! expects some model to fail.
#![cfg(loom)]

mod commit;
mod deferral;
mod handles;
mod lists;
mod model;
#[cfg(recyc_mutants)]
mod safeguards;
mod shares;
mod upgrades;
mod user_code;
