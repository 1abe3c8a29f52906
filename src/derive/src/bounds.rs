//! The where-clause of the implementation: what must hold for the parameters so that every field is
//! `Trace`.
//!
//! As in the derives of the standard library, the clause names parameters and their associated
//! types, and not the types of fields: a clause about a field type that contains the type again
//! would need itself to be proven, and an alias hides whether it does. Each call in the body names
//! the type of its field, so the compiler checks there that the clause suffices.
//!
//! Of well-known types more is known than that a parameter stands in them: `Gc<T>` and
//! `PhantomData<T>` are `Trace` whatever `T` is, and of a `HashMap` the hasher need not be.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    GenericArgument, PathArguments, Type, TypePath, WhereClause, WherePredicate, parse_quote,
};

use crate::attributes::Role;
use crate::fields::TRANSPARENT;
use crate::input::{Part, Subject};

/// Types that are `Trace` whatever their arguments are.
pub const UNCONDITIONAL: [&str; 15] = [
    "Arc",
    "AtomicPtr",
    "ByAddress",
    "Gc",
    "JoinHandle",
    "LazyCell",
    "LazyLock",
    "Leaf",
    "MaybeUninit",
    "PhantomData",
    "Rc",
    "Receiver",
    "Sender",
    "SyncSender",
    "Weak",
];

/// Types that are `Trace` on other conditions than that their arguments are. The clause names them
/// as a whole.
const CONDITIONAL: [&str; 9] = [
    "Closure",
    "Cow",
    "DenseSlotMap",
    "GcCell",
    "IndexMap",
    "IndexSet",
    "SecondaryMap",
    "SlotMap",
    "SparseSecondaryMap",
];

/// The where-clause for `impl Trace`.
pub fn where_clause(subject: &Subject) -> WhereClause {
    let mut clause = subject.generics.where_clause.clone().unwrap_or_else(|| parse_quote!(where));
    for param in subject.generics.type_params() {
        let ident = &param.ident;
        clause.predicates.push(parse_quote!(#ident: 'static));
    }
    match &subject.options.bound {
        Some(bound) => clause.predicates.extend(bound.iter().cloned()),
        None => add_bounds(subject, &mut clause),
    }
    clause
}

fn add_bounds(subject: &Subject, clause: &mut WhereClause) {
    let mut said = Vec::new();
    for predicate in subject.parts().flat_map(|part| bounds_of(subject, part)) {
        let text = predicate.to_token_stream().to_string();
        if !said.contains(&text) {
            said.push(text);
            clause.predicates.push(predicate);
        }
    }
}

fn bounds_of(subject: &Subject, part: &Part) -> Vec<WherePredicate> {
    let (krate, ty) = (&subject.krate, &part.ty);
    let trace = quote_spanned!(part.span=> #krate::Trace);
    match &part.role {
        Role::Skipped => Vec::new(),
        Role::With(_) if !has_parameter(subject, ty.to_token_stream()) => Vec::new(),
        Role::With(by) => vec![parse_quote!(#by: #krate::TraceWith<#ty>)],
        Role::Traced => {
            let mut bounded = Vec::new();
            if subject.is_unsized(ty) {
                // That the parameter is `Trace` does not make a cell of it so: the cell also needs
                // its size.
                bounded.push(ty);
            } else {
                add_bounded(subject, ty, &mut bounded);
            }
            bounded.into_iter().map(|ty| parse_quote!(#ty: #trace)).collect()
        }
    }
}

/// Adds the types that must be `Trace` so that `ty` is.
fn add_bounded<'a>(subject: &Subject, ty: &'a Type, bounded: &mut Vec<&'a Type>) {
    if !has_parameter(subject, ty.to_token_stream()) {
        return;
    }
    match ty {
        Type::Paren(inner) => add_bounded(subject, &inner.elem, bounded),
        Type::Group(inner) => add_bounded(subject, &inner.elem, bounded),
        Type::Array(array) => add_bounded(subject, &array.elem, bounded),
        Type::Slice(slice) => add_bounded(subject, &slice.elem, bounded),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| add_bounded(subject, ty, bounded)),
        Type::Path(path) if is_of_a_parameter(subject, path) => bounded.push(ty),
        Type::Path(path) => add_bounded_of_path(subject, ty, path, bounded),
        _ if !subject.is_mentioned_in(ty) => bounded.push(ty),
        _ => {}
    }
}

fn add_bounded_of_path<'a>(
    subject: &Subject,
    ty: &'a Type,
    path: &'a TypePath,
    bounded: &mut Vec<&'a Type>,
) {
    let Some(segment) = path.path.segments.last() else { return };
    let is_one_of = |names: &[&str]| names.iter().any(|name| segment.ident == name);
    // The implementation that is being written answers for its own arguments: that it holds is what
    // its clause says.
    if is_one_of(&UNCONDITIONAL) || subject.is_named_by(&path.path) {
        return;
    }
    if is_one_of(&CONDITIONAL) && !subject.is_mentioned_in(ty) {
        bounded.push(ty);
        return;
    }
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return };
    let known = TRANSPARENT.iter().find(|(name, _)| segment.ident == name);
    let count = known.map_or(usize::MAX, |(_, count)| *count);
    // The locks of the crate `lock_api` have the raw lock in front.
    let before =
        if is_one_of(&["Mutex", "RwLock"]) { arguments.args.len().saturating_sub(1) } else { 0 };
    let types = arguments.args.iter().skip(before).filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.take(count).for_each(|ty| add_bounded(subject, ty, bounded));
}

/// Whether a type is a parameter, or an associated type of one.
fn is_of_a_parameter(subject: &Subject, path: &TypePath) -> bool {
    let first = path.path.segments.first().map(|segment| &segment.ident);
    path.qself.is_some() || subject.generics.type_params().any(|param| Some(&param.ident) == first)
}

fn has_parameter(subject: &Subject, tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => subject.generics.type_params().any(|param| param.ident == ident),
        TokenTree::Group(group) => has_parameter(subject, group.stream()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The predicates, less the user's own and `'static`.
    fn asked(item: &str) -> Vec<String> {
        let item = syn::parse_str(item).unwrap();
        let subject = Subject::read(&item).unwrap_or_else(|error| panic!("{error}"));
        let predicates = where_clause(&subject).predicates;
        let texts = predicates
            .iter()
            .map(|predicate| predicate.to_token_stream().to_string().replace(' ', ""));
        texts.filter_map(|text| text.strip_suffix(":::recyc::Trace").map(String::from)).collect()
    }

    #[test]
    fn each_parameter_that_a_field_owns_is_bounded_once() {
        assert_eq!(
            asked("struct S<T, I: Iterator>(Vec<T>, I::Item, Vec<T>, u8);"),
            ["T", "I::Item"]
        );
        assert_eq!(asked("enum E<T> { A(T), B { b: T }, C }"), ["T"]);
    }

    #[test]
    fn skipped_fields_ask_nothing() {
        assert_eq!(asked("struct S<T>(#[trace(skip)] Vec<T>);"), [""; 0]);
    }

    #[test]
    fn the_arguments_of_the_type_itself_are_not_bounded() {
        assert_eq!(asked("struct Node<T>(Option<Gc<Node<T>>>);"), [""; 0]);
        assert_eq!(asked("struct Map<K, V>(HashMap<K, (V, Box<Map<K, V>>)>);"), ["K", "V"]);
        assert_eq!(asked("struct Map<K, V>(Vec<([Map<K, V>; 2], V)>);"), ["V"]);
        assert_eq!(asked("struct Pair<T>(T, Box<(Self, T)>);"), ["T"]);
        assert_eq!(asked("struct Vec<T>(std::vec::Vec<T>);"), ["T"]);
    }

    #[test]
    fn the_clause_names_no_type_that_may_contain_the_type_again() {
        assert_eq!(
            asked("struct Branch<T>(Tree<T>, other::Pair<Vec<T>, T::Owned>);"),
            ["T", "T::Owned"]
        );
        assert_eq!(asked("struct S<T, S, K>(HashMap<K, Leaf<T>, S>, PhantomData<T>);"), ["K"]);
        assert_eq!(
            asked("struct S<T: ?Sized>(Cow<'static, T>, &'static T);"),
            ["Cow<'static,T>", "&'staticT"]
        );
    }

    #[test]
    fn the_users_clause_replaces_all() {
        assert_eq!(asked("#[trace(bound = \"T: ::recyc::Trace\")] struct S<T>(Vec<T>);"), ["T"]);
        assert_eq!(asked("#[trace(bound = \"\")] struct S<T>(Vec<T>);"), [""; 0]);
    }
}
