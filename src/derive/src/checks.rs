//! Checks that only the compiler can make, because the derive does not see the other
//! implementations of the type.
//!
//! The crate has a trait for each unwanted property, and implements it for every type that has the
//! property. The output of the derive implements the trait for the deriving type. The two
//! implementations overlap exactly if the type has the property, and the compiler's error shows the
//! name of the trait, which is the advice.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::input::Subject;

/// The user's destructor could use a handle whose target is already gone.
const NO_DROP: &str = "a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field";

/// The finalizer would never be called.
const SAY_FINALIZE: &str =
    "a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize";

/// The checks for a type.
pub fn refusals(subject: &Subject) -> TokenStream {
    // The destructor of a leaf can use no traced handle, as there is none.
    let no_drop = (!subject.options.leaf).then(|| match subject.options.unsafe_drop {
        Some(span) => say_unsafe(subject, span),
        None => refuse(
            subject,
            NO_DROP,
            &quote!(
                type Destructor = ();
            ),
        ),
    });
    let say_finalize = subject
        .options
        .finalize
        .is_none()
        .then(|| refuse(subject, SAY_FINALIZE, &TokenStream::new()));
    quote!(#no_drop #say_finalize)
}

/// A statement that asks for the proof that there is no destructor.
///
/// The path to the crate is the user's, so the trait that [`refusals`] implements may be another.
/// This asks the real one, which a type with a destructor implements as well, but not in these
/// words.
pub fn no_destructor(subject: &Subject, tracer: &Ident) -> TokenStream {
    let span = Span::mixed_site().located_at(subject.ident.span());
    quote_spanned!(span=> #tracer.no_destructor::<Self>();)
}

/// The promise about the destructor is the user's, so the lint against unsafe code must see it: an
/// `unsafe` that stands, for the compiler, where the option does. It spans nothing.
fn say_unsafe(subject: &Subject, span: Span) -> TokenStream {
    let lints = &subject.options.lints;
    quote_spanned!(span=> #(#lints)* #[allow(unused_unsafe)] const _: () = unsafe {};)
}

fn refuse(subject: &Subject, advice: &str, says: &TokenStream) -> TokenStream {
    let (ident, krate) = (&subject.ident, &subject.krate);
    let (impl_generics, type_generics, where_clause) = subject.generics.split_for_impl();
    let advice = format_ident!("{advice}", span = Span::mixed_site());
    let at_name = Span::mixed_site().located_at(ident.span());
    quote_spanned! {at_name=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #krate::private::#advice for #ident #type_generics #where_clause { #says }
    }
}
