//! The implementation itself.
//!
//! Every method matches on the whole value, and every call is one of an inherent function of
//! `Tracer`, `Disposer` or `Shape`: these are what the user's path to the crate cannot replace,
//! since the signatures of the trait name them.
//!
//! `dispose` takes the parts in the order of drop glue, on which the destructor of a part may rely,
//! and a panic in one does not keep the others from it. The parts in front that own plain data by
//! the names of their types, such as `String`, are disposed first, as the types of these names run
//! no code of the user. Then a guard is made for each part that is left but the first, for the last
//! part first, and the first is disposed. Guards drop in reverse. A guard is compiled for each type
//! of a part.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Path, WhereClause, parse_quote};

use crate::attributes::Role;
use crate::bounds;
use crate::bytes::may_own_bytes;
use crate::checks;
use crate::fields;
use crate::functions::owns_plain_data_only;
use crate::input::{Part, Subject, Variant};

/// `unsafe impl Trace for` the subject.
pub fn implementation(subject: &Subject) -> TokenStream {
    if subject.options.leaf {
        return leaf(subject);
    }
    let (ident, krate) = (&subject.ident, &subject.krate);
    let (impl_generics, type_generics, _) = subject.generics.split_for_impl();
    let where_clause = bounds::where_clause(subject);
    let trace = trace(subject);
    // An opaque type keeps the default `dispose` of the trait, which is never called.
    let dispose = (!subject.is_opaque()).then(|| dispose(subject));
    let owned_bytes = owned_bytes(subject);
    let shape = shape(subject);
    let field_facts = field_facts(subject, &where_clause);
    let finalizer = subject.options.finalize.map(|span| finalizer(subject, span));
    quote! {
        // SAFETY: the patterns name every field and each is asked once, by its own `Trace`; so what
        // is reported is owned, and what is disposed is the rest.
        #[automatically_derived]
        #[allow(deprecated)]
        unsafe impl #impl_generics #krate::Trace for #ident #type_generics #where_clause {
            #trace
            #dispose
            #owned_bytes
            #shape
            #finalizer
        }

        #field_facts
    }
}

/// The implementation for a type that owns no handle, whatever its fields are.
fn leaf(subject: &Subject) -> TokenStream {
    let (ident, krate) = (&subject.ident, &subject.krate);
    let (impl_generics, type_generics, _) = subject.generics.split_for_impl();
    let where_clause = bounds::where_clause(subject);
    let (disposer, depth, whole) = (name("disposer"), name("RecycDepth"), name("whole"));
    let finalizer = subject.options.finalize.map(|span| finalizer(subject, span));
    quote! {
        // SAFETY: nothing is reported, and dispose drops the value as a whole.
        #[automatically_derived]
        #[allow(deprecated)]
        unsafe impl #impl_generics #krate::Trace for #ident #type_generics #where_clause {
            #[inline]
            fn trace(&self, _: &mut #krate::Tracer<'_>) {}

            #[inline]
            unsafe fn dispose(&mut self, #disposer: &#krate::Disposer) {
                let #whole = unsafe { #disposer.untraced(self) };
            }

            fn shape<#depth: #krate::Depth>() -> #krate::Shape<impl #krate::Promise>
            where
                Self: ::core::marker::Sized,
            {
                #krate::Shape::LEAF
            }

            #finalizer
        }
    }
}

fn trace(subject: &Subject) -> TokenStream {
    let krate = &subject.krate;
    let tracer = name("tracer");
    let no_destructor =
        subject.options.unsafe_drop.is_none().then(|| checks::no_destructor(subject, &tracer));
    let body = match_self(subject, |variant| {
        let (mut checks, mut calls) = (TokenStream::new(), TokenStream::new());
        for Part { binding, ty, role, span, .. } in &variant.parts {
            // An attribute may have made an `Rc<T>` of the `T` that the derive was shown, and the
            // argument of the call would be coerced.
            let seen = quote_spanned!(*span=> #krate::Tracer::seen::<#ty, _>(#binding));
            match role {
                Role::Skipped => {}
                Role::Traced => {
                    checks.extend(quote_spanned!(*span=> #seen;));
                    calls.extend(
                        quote_spanned!(*span=> <#ty as #krate::Trace>::trace(#binding, #tracer);),
                    );
                }
                Role::With(by) => {
                    calls.extend(quote_spanned!(*span=> #tracer.with::<#by, #ty>(#seen);))
                }
            }
        }
        // The compiler checks the branch and compiles nothing for it.
        let checks = (!checks.is_empty()).then(|| quote!(if false { #checks }));
        quote!(#checks #calls)
    });
    let no_destructor = no_destructor.map(|check| quote!(if false { #check }));
    quote! {
        #[inline]
        fn trace(&self, #tracer: &mut #krate::Tracer<'_>) {
            #no_destructor
            #body
        }
    }
}

fn dispose(subject: &Subject) -> TokenStream {
    let krate = &subject.krate;
    let disposer = name("disposer");
    let body = match subject.options.unsafe_drop.is_some() {
        // A destructor cannot be called apart from the drop glue around it. So a type that may have
        // one disposes only if it owns no handle, and then by that glue; `shape` sees to it.
        true => {
            let whole = name("whole");
            quote!(let #whole = unsafe { #disposer.untraced(self) };)
        }
        false => match_self(subject, |variant| dispose_parts(subject, variant, &disposer)),
    };
    quote! {
        #[inline]
        unsafe fn dispose(&mut self, #disposer: &#krate::Disposer) { #body }
    }
}

fn dispose_parts(subject: &Subject, variant: &Variant, disposer: &Ident) -> TokenStream {
    let krate = &subject.krate;
    let asked = asked(krate, variant.parts.iter());
    let is_plain =
        |part: &&Part| matches!(part.role, Role::Traced) && owns_plain_data_only(&part.ty);
    let in_front = variant.parts.iter().take_while(is_plain).count();
    let (plain, others) = variant.parts.split_at(in_front);
    let plain = plain.iter().map(|Part { binding, ty, span, .. }| {
        quote_spanned!(*span=> unsafe { <#ty as #krate::Trace>::dispose(#binding, #disposer) };)
    });
    // The first part is destroyed while all the guards are there, so it needs none of its own.
    let guarded = others.iter().enumerate().rev();
    let steps = guarded.map(|(index, Part { binding, ty, role, span, .. })| {
        // SAFETY of the generated blocks: the caller of `dispose` gave up the value and with it
        // each part.
        match (role, index) {
            (Role::Skipped, _) => quote_spanned!(*span=> let #binding = unsafe { #disposer.untraced(#binding) };),
            (_, 0) => quote_spanned!(*span=> unsafe { <#ty as #krate::Trace>::dispose(#binding, #disposer) };),
            _ => quote_spanned!(*span=> let #binding = unsafe { #disposer.part::<#ty>(#binding) };),
        }
    });
    quote!(#asked #(#plain)* #(#steps)*)
}

/// The sum of what the traced fields own, unless it is zero by their types.
fn owned_bytes(subject: &Subject) -> Option<TokenStream> {
    let krate = &subject.krate;
    let is_counted = |part: &Part| match part.role {
        Role::Traced => may_own_bytes(&part.ty),
        Role::With(_) => true,
        Role::Skipped => false,
    };
    subject.parts().find(|part| is_counted(part))?;
    let body = match_self(subject, |variant| {
        let counted = variant.parts.iter().filter(|part| is_counted(part));
        let sum = counted.fold(None, |sum, Part { binding, ty, role, span, .. }| {
            let bytes = match role {
                // The compiler reports for `trace` that `by` is no adapter.
                Role::With(by) => quote_spanned! {*span=>
                    #krate::private::Part::<#krate::private::ByAdapter<#by>, _>::by_adapter(#binding).owned_bytes()
                },
                _ => quote_spanned!(*span=> <#ty as #krate::Trace>::owned_bytes(#binding)),
            };
            Some(match sum {
                None => bytes,
                Some(sum) => quote_spanned!(*span=> #krate::private::usize::saturating_add(#sum, #bytes)),
            })
        });
        let rest = variant.parts.iter().filter(|part| !is_counted(part)).map(|part| &part.binding);
        let sum = sum.unwrap_or_else(|| quote!(0));
        quote!(#(let _ = #rest;)* #sum)
    });
    Some(quote! {
        #[inline]
        fn owned_bytes(&mut self) -> #krate::private::usize { #body }
    })
}

/// Names `Trace` of the fields in the words of `trace`: where it is missing, all methods give the
/// same message then, and the compiler shows it once.
fn asked<'a>(krate: &Path, parts: impl Iterator<Item = &'a Part>) -> TokenStream {
    let traced = parts.filter(|part| matches!(part.role, Role::Traced));
    traced.map(|Part { ty, span, .. }| quote_spanned!(*span=> let _ = <#ty as #krate::Trace>::dispose;)).collect()
}

/// The shape, unless it is the default of the trait.
fn shape(subject: &Subject) -> Option<TokenStream> {
    let krate = &subject.krate;
    let depth = name("RecycDepth");
    let shape = match (subject.is_opaque(), subject.options.acyclic) {
        (true, false) => return None,
        (true, true) => quote!(#krate::Shape::OPAQUE.acyclic()),
        (false, false) => quote!(#krate::Shape::of_fields::<#depth, Self>()),
        (false, true) => quote!(#krate::Shape::of_fields::<#depth, Self>().acyclic()),
    };
    Some(quote! {
        fn shape<#depth: #krate::Depth>() -> #krate::Shape<impl #krate::Promise>
        where
            Self: ::core::marker::Sized,
        {
            #shape
        }
    })
}

/// The parts of the shape: the promises of the fields.
fn field_facts(subject: &Subject, where_clause: &WhereClause) -> Option<TokenStream> {
    if subject.is_opaque() {
        return None;
    }
    let (ident, krate) = (&subject.ident, &subject.krate);
    let depth = name("RecycDepth");
    let mut generics = subject.generics.clone();
    generics.params.push(parse_quote!(#depth: #krate::Depth));
    let (impl_generics, _, _) = generics.split_for_impl();
    let asked = asked(krate, subject.parts());
    let fields::Facts { types, calls } = fields::facts(subject, &depth);
    let with_destructor = subject.options.unsafe_drop.map(|_| quote!(.with_destructor()));
    let (own_generics, type_generics, _) = subject.generics.split_for_impl();
    Some(quote! {
        // SAFETY: the types of the fields that `trace` reports are in the list.
        #[automatically_derived]
        #[allow(deprecated)]
        unsafe impl #own_generics #krate::private::FieldTypes<#types> for #ident #type_generics #where_clause {}

        // SAFETY: each field that `trace` reports is listed, by its type.
        #[automatically_derived]
        #[allow(deprecated)]
        unsafe impl #impl_generics #krate::private::FieldFacts<#depth> for #ident #type_generics #where_clause {
            const FACTS: #krate::private::Facts = {
                #asked
                #krate::private::Facts::of_fields::<#types, Self>() #calls #with_destructor
            };
        }
    })
}

fn finalizer(subject: &Subject, span: Span) -> TokenStream {
    let krate = &subject.krate;
    let span = Span::mixed_site().located_at(span);
    let finalize = quote_spanned!(span=> <Self as #krate::Finalize>::finalize);
    quote! {
        #[inline]
        fn finalizer() -> ::core::option::Option<fn(&Self)>
        where
            Self: ::core::marker::Sized,
        {
            ::core::option::Option::Some(#finalize)
        }
    }
}

/// A match on `self` with one arm for each variant.
fn match_self(subject: &Subject, arm: impl Fn(&Variant) -> TokenStream) -> TokenStream {
    if subject.variants.is_empty() {
        // A reference to a type without values still looks inhabited to the compiler, the place
        // behind it does not.
        return quote!(match *self {});
    }
    let patterns = subject.variants.iter().map(Variant::pattern);
    let arms = subject.variants.iter().map(arm);
    quote!(match self { #(#patterns => { #arms })* })
}

/// A name for the macro's own use.
///
/// The hygiene of macros keeps variables apart, but not a variable from a constant of the user's,
/// nor types from types: hence the underscores.
fn name(word: &str) -> Ident {
    format_ident!("__{word}", span = Span::mixed_site())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(item: &str) -> String {
        let item = syn::parse_str(item).unwrap();
        let subject = Subject::read(&item).unwrap_or_else(|error| panic!("{error}"));
        implementation(&subject).to_string()
    }

    /// No pattern leaves out a field so that one added later does not compile.
    #[test]
    fn no_pattern_leaves_out_a_field() {
        for item in [
            "struct S { a: u8, #[trace(skip)] b: u8 }",
            "enum E { A(u8, u8), B { c: u8 }, C }",
            "struct U;",
        ] {
            assert!(!code(item).contains(". ."), "a pattern with `..` for {item}");
            assert!(!code(item).contains("_ =>"), "an arm for the rest for {item}");
        }
    }

    /// Parts are given up in reverse so that they go in the order of declaration.
    #[test]
    fn parts_are_dropped_in_the_order_of_declaration() {
        let code = code("struct S { a: String, b: First, c: Second, d: String }");
        let place = |text: &str| code.find(text).unwrap_or_else(|| panic!("no {text} in {code}"));
        let places = [
            place("< String as :: recyc :: Trace > :: dispose (__part0"),
            place("part :: < String >"),
            place("part :: < Second >"),
            place("< First as :: recyc :: Trace > :: dispose (__part1"),
        ];
        assert!(places.is_sorted(), "{places:?} in {code}");
    }

    /// The destructor of a hasher may panic.
    #[test]
    fn a_part_behind_a_container_with_a_hasher_has_a_guard() {
        let code = code("struct S { a: HashMap<u8, u8, Loud>, b: RefCell<Option<Gc<S>>> }");
        assert!(code.contains("part ::"), "no guard in {code}");
    }

    #[test]
    fn a_last_part_behind_plain_data_needs_no_guard() {
        let code = code("struct S { a: String, b: [Vec<u8>; 2], c: RefCell<Option<Gc<S>>> }");
        assert!(!code.contains("part ::"), "a guard in {code}");
        for binding in ["__part0", "__part1", "__part2"] {
            let call = format!("dispose ({binding}");
            assert_eq!(code.matches(&call).count(), 1, "{call} in {code}");
        }
    }

    #[test]
    fn with_another_crate_path_no_code_names_the_usual_one() {
        let item = "#[trace(crate = \"elsewhere\", finalize)] struct S<T>(T, #[trace(with = \"Adapter\")] Vec<T>);";
        assert!(!code(item).contains(":: recyc ::"), "{}", code(item));
        assert!(code(item).contains("elsewhere :: TraceWith"), "{}", code(item));
    }

    #[test]
    fn what_is_traced_by_an_adapter_is_never_disposed() {
        let code = code("struct S(#[trace(with = \"Adapter\")] u8, u8);");
        assert!(
            !code.contains("dispose") && !code.contains("shape"),
            "a promise about foreign code: {code}"
        );
    }
}
