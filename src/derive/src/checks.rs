//! What only the compiler can refuse, because the derive does not see the other implementations of the type.
//!
//! Each check is a private trait with two implementations: one for every type that has the unwanted property, one for
//! the type at hand. They overlap exactly if the type has the property, and then the compiler shows the name of the
//! trait, so the name is the advice. The usual other way, to emit an `impl Drop`, would also forbid to move fields out.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::input::Subject;

/// The user's destructor could use a handle whose target is already gone.
const NO_DROP: &str =
    "a_type_with_derive_Trace_must_not_implement_Drop__use_trace_finalize_or_move_the_Drop_to_the_type_of_a_field";

/// Nobody would call the finalizer.
const SAY_FINALIZE: &str = "a_type_with_derive_Trace_that_implements_Finalize_must_say_trace_finalize";

/// The checks for a type.
pub fn refusals(subject: &Subject) -> TokenStream {
    let krate = &subject.krate;
    let mut checks = TokenStream::new();
    if !subject.options.unsafe_drop {
        checks.extend(refuse(subject, NO_DROP, &quote!(::core::ops::Drop)));
    }
    if subject.options.finalize.is_none() {
        checks.extend(refuse(subject, SAY_FINALIZE, &quote!(#krate::Finalize)));
    }
    checks
}

fn refuse(subject: &Subject, advice: &str, unwanted: &TokenStream) -> TokenStream {
    let ident = &subject.ident;
    let (impl_generics, type_generics, where_clause) = subject.generics.split_for_impl();
    let advice = Ident::new(advice, Span::mixed_site());
    let at_name = Span::mixed_site().located_at(ident.span());
    let of_subject = quote_spanned!(at_name=> impl #impl_generics #advice for #ident #type_generics #where_clause {});
    quote! {
        #[allow(deprecated)]
        const _: () = {
            trait #advice {}
            impl<T: ?::core::marker::Sized + #unwanted> #advice for T {}
            #of_subject
        };
    }
}
