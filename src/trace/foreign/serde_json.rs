//! `serde_json`: values that own no handles.

use serde_json::{Error, Map, Number, Value};

use crate::trace::{Depth, Disposer, Promise, Shape, Trace, Tracer};

leaf!(types: Value, Number, Error, Map<String, Value>,);
