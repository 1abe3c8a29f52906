//! `either`.

use either::Either;

use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

parts! {
    Either<L, R>, [L, R]: { Either::Left(part) => [part], Either::Right(part) => [part] };
}
