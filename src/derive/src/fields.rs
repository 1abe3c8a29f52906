//! The parts of the shape of a type: the types of its traced fields. A type that occurs in several
//! fields is listed once.
//!
//! A field through which the type contains itself is written as its structure, without the type
//! itself. `recyc` explains structures at its trait `Structure`; they are tuples and function
//! pointers, types of the language, which mean the same wherever the path to the crate leads. The
//! compiler checks that a structure is that of the field. Only the contents of well-known
//! containers are read. A field that is not recognised is listed as it is, and then the compiler
//! finds that the type is opaque.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericArgument, GenericParam, Path, PathArguments, Type};

use crate::attributes::Role;
use crate::input::{Part, Subject};

/// The containers whose parts are looked into, and how many of their arguments are parts.
pub const TRANSPARENT: [(&str, usize); 19] = [
    ("BTreeMap", 2),
    ("BTreeSet", 1),
    ("BinaryHeap", 1),
    ("Box", 1),
    ("Cell", 1),
    ("HashMap", 2),
    ("HashSet", 1),
    ("LinkedList", 1),
    ("Mutex", 1),
    ("OnceCell", 1),
    ("OnceLock", 1),
    ("Option", 1),
    ("Pin", 1),
    ("RefCell", 1),
    ("Result", 2),
    ("RwLock", 1),
    ("SmallVec", 1),
    ("Vec", 1),
    ("VecDeque", 1),
];

/// Where these containers come from, if their names have a path.
const ORIGINS: [&str; 4] = ["alloc", "core", "smallvec", "std"];

/// The longest tuple that is looked into.
const LONGEST_TUPLE: usize = 4;

/// The parts of the shape.
pub struct Facts {
    /// The types that the calls name, as a list.
    pub types: TokenStream,
    /// The calls that join what the fields promise.
    pub calls: TokenStream,
}

/// The types of all fields that are traced by their own `Trace`, and the calls for them.
pub fn facts(subject: &Subject, depth: &Ident) -> Facts {
    let mut calls =
        Calls { depth, said: Vec::new(), types: Vec::new(), tokens: TokenStream::new() };
    for Part { ty, span, .. } in subject.parts().filter(|part| matches!(part.role, Role::Traced)) {
        let mut rest = Vec::new();
        match structure(subject, ty, &mut rest) {
            Some(structure) if structure.contains_self => {
                let structure = structure.tokens;
                calls.say(
                    *span,
                    ty,
                    &quote_spanned!(*span=> recursive_field::<Self, #ty, #structure>()),
                );
                rest.into_iter().for_each(|ty| calls.say_field(*span, ty));
            }
            _ => calls.say_field(*span, ty),
        }
    }
    let types = calls.types.into_iter().rev().fold(quote!(()), |rest, ty| quote!((#ty, #rest)));
    Facts { types, calls: calls.tokens }
}

struct Calls<'a> {
    depth: &'a Ident,
    said: Vec<String>,
    types: Vec<&'a Type>,
    tokens: TokenStream,
}

impl<'a> Calls<'a> {
    fn say_field(&mut self, span: Span, ty: &'a Type) {
        let depth = self.depth;
        self.say(span, ty, &quote_spanned!(span=> field::<#depth, #ty>()));
    }

    fn say(&mut self, span: Span, ty: &'a Type, call: &TokenStream) {
        let text = call.to_string();
        // `$crate` is written the same for every crate and means another one in each.
        if !self.said.contains(&text) || text.contains('$') {
            self.tokens.extend(quote_spanned!(span=> .#call));
            self.types.push(ty);
            self.said.push(text);
        }
    }
}

struct Structure {
    tokens: TokenStream,
    contains_self: bool,
}

/// The structure of a type, as far as it is recognised, and the other types in it.
fn structure<'a>(subject: &Subject, ty: &'a Type, rest: &mut Vec<&'a Type>) -> Option<Structure> {
    match ty {
        Type::Paren(inner) => structure(subject, &inner.elem, rest),
        Type::Group(inner) => structure(subject, &inner.elem, rest),
        _ if is_self(subject, ty) => Some(Structure { tokens: quote!(()), contains_self: true }),
        _ if !subject.is_mentioned_in(ty) => None,
        Type::Array(array) => Some(container(subject, vec![&*array.elem], rest)),
        Type::Tuple(tuple) if tuple.elems.len() <= LONGEST_TUPLE => {
            Some(container(subject, tuple.elems.iter().collect(), rest))
        }
        Type::Path(path) if path.qself.is_none() => {
            Some(container(subject, parts_of_path(&path.path)?, rest))
        }
        _ => None,
    }
}

/// The structure of a container of these parts. A part that is not recognised is one of the rest.
fn container<'a>(subject: &Subject, parts: Vec<&'a Type>, rest: &mut Vec<&'a Type>) -> Structure {
    let mut contains_self = false;
    let mut tokens = quote!(());
    for part in parts.into_iter().rev() {
        let structure = structure(subject, part, rest).unwrap_or_else(|| {
            rest.push(part);
            Structure { tokens: quote!(fn(#part)), contains_self: false }
        });
        contains_self |= structure.contains_self;
        let structure = structure.tokens;
        tokens = quote!((#structure, #tokens));
    }
    Structure { tokens: quote!((#tokens,)), contains_self }
}

/// The parts of a well-known container.
pub fn parts_of_path(path: &Path) -> Option<Vec<&Type>> {
    let segment = match path.segments.len() {
        1 if path.leading_colon.is_none() => path.segments.first()?,
        _ if ORIGINS.iter().any(|origin| path.segments[0].ident == origin) => {
            path.segments.last()?
        }
        _ => return None,
    };
    let (_, count) = *TRANSPARENT.iter().find(|(name, _)| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let mut types = Vec::new();
    // The locks of the crate `lock_api` have the raw lock in front.
    let is_lock = segment.ident == "Mutex" || segment.ident == "RwLock";
    let before = if is_lock { arguments.args.len().saturating_sub(count) } else { 0 };
    for argument in arguments.args.iter().skip(before).take(count) {
        let GenericArgument::Type(ty) = argument else { return None };
        types.push(match ty {
            // The parts of a boxed slice and of a vector in an array are the elements.
            Type::Slice(slice) if segment.ident == "Box" => &*slice.elem,
            Type::Array(array) if segment.ident == "SmallVec" => &*array.elem,
            ty => ty,
        });
    }
    (types.len() == count).then_some(types)
}

/// Whether a type is written as the type itself, with its own parameters.
fn is_self(subject: &Subject, ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    if path.path.is_ident("Self") {
        return true;
    }
    let is_hidden = subject.generics.params.iter().any(|param| match param {
        GenericParam::Type(param) => param.ident == subject.ident,
        _ => false,
    });
    let (_, own, _) = subject.generics.split_for_impl();
    let ident = &subject.ident;
    !is_hidden && path.to_token_stream().to_string() == quote!(#ident #own).to_string()
}
