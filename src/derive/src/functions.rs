//! Fields of function pointers, which own no handle whatever their signature is.
//!
//! No list of impls names every signature: `fn(&A)` is another type than `fn(A)`, and so is one
//! with two references. The derive sees the signature in the type of the field, so it leaves such a
//! field out and does not require `Trace`. That is sound even if a name means another type than it
//! seems to: what is left out counts as held from outside.

use quote::ToTokens;
use syn::{PathArguments, Type};

use crate::fields::parts_of_path;

/// Types without handles that often stand beside a function pointer, as the key of a table.
pub const LEAVES: [&str; 18] = [
    "String",
    "bool",
    "char",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "& 'static str",
];

/// Whether a type is a function pointer, or a well-known container of function pointers that take
/// references and of types that own no handle.
pub fn is_of_functions(ty: &Type) -> bool {
    match ty {
        Type::Paren(inner) => is_of_functions(&inner.elem),
        Type::Group(inner) => is_of_functions(&inner.elem),
        Type::BareFn(_) => true,
        _ => takes_references(ty) && has_no_handle(ty),
    }
}

/// Whether there is a function pointer in the type for which an impl may be missing.
fn takes_references(ty: &Type) -> bool {
    parts(ty).into_iter().any(|part| match part {
        Type::BareFn(function) => function.to_token_stream().to_string().contains(['&', '\'']),
        part => takes_references(part),
    })
}

/// Whether a value is plain data by the name of its type: text, numbers and well-known containers
/// of them, whose destruction runs no code of the user.
///
/// A name may mean another type than it seems to. If the destructor of such a type panics, what is
/// disposed after it is leaked.
pub fn owns_plain_data_only(ty: &Type) -> bool {
    has_no_handle(ty) && !has_other_arguments(ty)
}

/// Whether an argument of a container is not among its parts, such as a hasher or a raw lock. Its
/// destructor is the user's.
fn has_other_arguments(ty: &Type) -> bool {
    let parts = parts(ty);
    let has_others = match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| {
            let arguments = &segment.arguments;
            matches!(arguments, PathArguments::AngleBracketed(all) if all.args.len() > parts.len())
        }),
        _ => false,
    };
    has_others || parts.into_iter().any(has_other_arguments)
}

fn has_no_handle(ty: &Type) -> bool {
    let parts = parts(ty);
    match ty {
        Type::BareFn(_) => true,
        _ if parts.is_empty() => LEAVES.contains(&ty.to_token_stream().to_string().as_str()),
        _ => parts.into_iter().all(has_no_handle),
    }
}

/// The parts of a well-known container.
fn parts(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Paren(inner) => vec![&*inner.elem],
        Type::Group(inner) => vec![&*inner.elem],
        Type::Array(array) => vec![&*array.elem],
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        Type::Path(path) if path.qself.is_none() => parts_of_path(&path.path).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_pointer_of_any_signature_is_recognised() {
        for ty in [
            "fn()",
            "fn(&T)",
            "(for<'a> unsafe extern \"C\" fn(&'a T) -> &'a U)",
            "Option<fn(&T)>",
            "HashMap<String, fn(&mut Vm, &[Value]) -> Value>",
            "Vec<(&'static str, [Box<fn(Event<'_>)>; 2])>",
        ] {
            assert!(is_of_functions(&syn::parse_str(ty).unwrap()), "{ty}");
        }
    }

    #[test]
    fn a_container_of_anything_else_is_traced() {
        for ty in [
            "u8",
            "()",
            "T",
            "Option<fn(u8)>",
            "(Gc<u8>, fn(&T))",
            "Other<fn(&T)>",
            "Box<dyn Fn(&T)>",
        ] {
            assert!(!is_of_functions(&syn::parse_str(ty).unwrap()), "{ty}");
        }
    }
}
