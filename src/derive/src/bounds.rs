//! The where-clause of the implementation: what must hold for the parameters so that every field is `Trace`.
//!
//! It asks for the field types themselves, not for the parameters: `Gc<T>` and `PhantomData<T>` are `Trace` whatever
//! `T` is, and `I::Item` says nothing about `I`. Two kinds of field are left to the body, where each is checked by the
//! call that names its type: those without parameters, because two types that contain each other would wait for each
//! other's clause for ever, and those that say the type's own name, for the same reason. The latter still ask `Trace` of
//! the parameters that stand in them outside the type's own arguments.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{WhereClause, WherePredicate, parse_quote};

use crate::attributes::Role;
use crate::input::{Part, Subject};

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
    let params = |names: &[Ident]| -> Vec<Ident> {
        let params = subject.generics.type_params().map(|param| &param.ident);
        params.filter(|param| names.contains(param)).cloned().collect()
    };

    if params(&names_in(ty.to_token_stream(), None)).is_empty() {
        return Vec::new();
    }
    match &part.role {
        Role::Skipped => Vec::new(),
        Role::With(by) => vec![parse_quote!(#by: #krate::TraceWith<#ty>)],
        Role::Traced if subject.is_mentioned_in(ty) => {
            let outside = params(&names_in(ty.to_token_stream(), Some(&subject.ident)));
            outside.iter().map(|param| parse_quote!(#param: #trace)).collect()
        }
        Role::Traced => vec![parse_quote!(#ty: #trace)],
    }
}

/// The identifiers in the tokens, less those in the `<…>` that follow the name `but_arguments_of`.
///
/// The implementation that is being written answers for those arguments: that it holds is what its clause says.
fn names_in(tokens: TokenStream, but_arguments_of: Option<&Ident>) -> Vec<Ident> {
    let mut names = Vec::new();
    let mut open = 0_usize;
    let mut previous = None;
    for token in tokens {
        let follows = |expected: &str| previous.as_deref() == Some(expected);
        match &token {
            TokenTree::Punct(punct) => match punct.as_char() {
                '<' if open > 0 || but_arguments_of.is_some_and(|name| follows(&name.to_string())) => open += 1,
                '>' if open > 0 && !follows("-") => open -= 1,
                _ => {}
            },
            TokenTree::Ident(ident) if open == 0 => names.push(ident.clone()),
            TokenTree::Group(group) if open == 0 => names.extend(names_in(group.stream(), but_arguments_of)),
            _ => {}
        }
        previous = Some(token.to_string());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The predicates, less the user's own and `'static`.
    fn asked(item: &str) -> Vec<String> {
        let item = syn::parse_str(item).unwrap();
        let subject = Subject::read(&item).unwrap_or_else(|error| panic!("{error}"));
        let predicates = where_clause(&subject).predicates;
        let texts = predicates.iter().map(|predicate| predicate.to_token_stream().to_string().replace(' ', ""));
        texts.filter_map(|text| text.strip_suffix(":::recyc::Trace").map(String::from)).collect()
    }

    #[test]
    fn the_types_of_fields_are_asked_once_and_not_their_parameters() {
        assert_eq!(asked("struct S<T, I: Iterator>(Vec<T>, I::Item, Vec<T>, u8);"), ["Vec<T>", "I::Item"]);
        assert_eq!(asked("enum E<T> { A(T), B { b: T }, C }"), ["T"]);
    }

    #[test]
    fn skipped_fields_ask_nothing() {
        assert_eq!(asked("struct S<T>(#[trace(skip)] Vec<T>);"), [""; 0]);
    }

    #[test]
    fn a_field_that_says_the_name_of_its_type_asks_for_what_stands_outside_its_arguments() {
        assert_eq!(asked("struct Node<T>(Option<Gc<Node<T>>>);"), [""; 0]);
        assert_eq!(
            asked("struct Node<T>(Option<Gc<self::Node<fn(Vec<T>) -> T>>>, PhantomData<T>);"),
            ["PhantomData<T>"]
        );
        assert_eq!(asked("struct Map<K, V>(HashMap<K, (V, Box<Map<K, V>>)>);"), ["K", "V"]);
        assert_eq!(asked("struct Map<K, V>(Vec<([Map<K, V>; 2], V)>);"), ["V"]);
        assert_eq!(asked("struct Pair<T>(T, Box<(Self, T)>);"), ["T"]);
    }

    #[test]
    fn the_users_clause_replaces_all() {
        assert_eq!(asked("#[trace(bound = \"T: ::recyc::Trace\")] struct S<T>(Vec<T>);"), ["T"]);
        assert_eq!(asked("#[trace(bound = \"\")] struct S<T>(Vec<T>);"), [""; 0]);
    }
}
