//! Which fields may own memory outside of their places, as their types are written.
//!
//! `owned_bytes` is called for each new value, and compiled for each type of a field. The fields of
//! which the name of the type shows that they own nothing, or handles only, are left out of it.
//! A name may mean another type than it seems to. The estimate is too low then.

use syn::{GenericArgument, PathArguments, Type};

use crate::bounds::UNCONDITIONAL;
use crate::functions::LEAVES;

/// Types that own what their arguments own.
const IN_PLACE: [&str; 10] = [
    "Cell", "GcCell", "Mutex", "OnceCell", "OnceLock", "Option", "RefCell", "Result", "Reverse",
    "RwLock",
];

/// Whether a value of a type may own memory outside of its place.
pub fn may_own_bytes(ty: &Type) -> bool {
    match ty {
        Type::Paren(inner) => may_own_bytes(&inner.elem),
        Type::Group(inner) => may_own_bytes(&inner.elem),
        Type::Array(array) => may_own_bytes(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(may_own_bytes),
        Type::BareFn(_) | Type::Never(_) | Type::Ptr(_) | Type::Reference(_) => false,
        Type::Path(path) if path.qself.is_none() => {
            let Some(segment) = path.path.segments.last() else { return true };
            let is_one_of = |names: &[&str]| names.iter().any(|name| segment.ident == name);
            match &segment.arguments {
                PathArguments::AngleBracketed(arguments) if is_one_of(&IN_PLACE) => {
                    arguments.args.iter().any(|argument| match argument {
                        GenericArgument::Type(ty) => may_own_bytes(ty),
                        _ => true,
                    })
                }
                PathArguments::AngleBracketed(_) => !is_one_of(&UNCONDITIONAL),
                _ => segment.ident == "String" || !is_one_of(&LEAVES),
            }
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_handles_and_numbers_own_no_bytes() {
        for ty in [
            "u8",
            "fn()",
            "Gc<T>",
            "RefCell<Option<sync::Weak<T>>>",
            "[(u64, Cell<bool>); 4]",
            "&'static str",
        ] {
            assert!(!may_own_bytes(&syn::parse_str(ty).unwrap()), "{ty}");
        }
    }

    #[test]
    fn fields_of_any_other_type_may_own_bytes() {
        for ty in [
            "String",
            "T",
            "Vec<u8>",
            "Option<Box<u8>>",
            "RefCell<Vec<Gc<T>>>",
            "Cell",
            "(u8, Other)",
        ] {
            assert!(may_own_bytes(&syn::parse_str(ty).unwrap()), "{ty}");
        }
    }
}
