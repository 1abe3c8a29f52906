//! An option that is unknown, repeated or misplaced is refused, never ignored.

use recyc::Trace;

#[derive(Trace)]
#[trace(finalise)]
struct Unknown;

#[derive(Trace)]
#[trace(acyclic)]
#[trace(acyclic)]
struct Twice;

#[derive(Trace)]
#[trace(skip)]
struct OfAField;

#[derive(Trace)]
struct OfAType {
    #[trace(finalize)]
    first: u8,
    #[trace(skipped)]
    second: u8,
    #[trace(skip, with = "Adapter")]
    third: u8,
}

#[derive(Trace)]
enum OfAVariant {
    #[trace(skip)]
    First(u8),
}

#[derive(Trace)]
#[trace(finalize = true)]
struct WithValue;

#[derive(Trace)]
#[trace(bound)]
struct WithoutValue;

#[derive(Trace)]
#[trace(bound = "T Trace")]
struct NotAClause<T>(T);

#[derive(Trace)]
#[trace]
struct Nothing;

#[derive(Trace)]
#[trace(leaf, unsafe_drop, bound = "")]
struct LeafWithPromises;

#[derive(Trace)]
#[trace(leaf)]
struct LeafWithOptions {
    #[trace(skip)]
    first: u8,
    #[trace(with = "Adapter")]
    second: u8,
}

fn main() {}
