//! The type as the rest of the crate wants it: a list of variants, each a list of parts.
//!
//! A struct is a type with one variant. Input that the derive cannot handle is refused here, with
//! the reason and a remedy.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Fields, GenericArgument, GenericParam, Generics, Member, Path,
    PathArguments, Result, Type, TypeParam, TypeParamBound, WherePredicate, parse_quote,
};

use crate::attributes::{self, Role, TypeOptions};
use crate::errors::Errors;
use crate::functions;

/// Cells that may hold a value without a size.
const CELLS: [&str; 4] = ["Cell", "Mutex", "RefCell", "RwLock"];

/// A type that derives `Trace`.
pub struct Subject {
    /// The name of the type.
    pub ident: Ident,
    /// Its parameters and its own where-clause.
    pub generics: Generics,
    /// The options of its attributes.
    pub options: TypeOptions,
    /// The path of `recyc`.
    pub krate: Path,
    /// The variants; exactly one for a struct.
    pub variants: Vec<Variant>,
}

/// A variant of an enum, or the whole of a struct.
pub struct Variant {
    /// The path for a pattern: `Self` or `Self::Name`.
    path: TokenStream,
    /// The fields in the order of their declaration, which is the order in which they are dropped.
    pub parts: Vec<Part>,
}

/// A field.
pub struct Part {
    member: Member,
    /// The name that the pattern binds it to. Nothing that the user wrote can mean the same
    /// variable.
    pub binding: Ident,
    /// Its type as the user wrote it.
    pub ty: Type,
    /// How the field is traced.
    pub role: Role,
    /// Where errors about it belong.
    pub span: Span,
}

impl Subject {
    /// Reads a type, or returns all errors in it.
    pub fn read(item: &DeriveInput) -> Result<Self> {
        let mut errors = Errors::default();
        let options = TypeOptions::read(&item.attrs, &mut errors);
        refuse_lifetimes(&item.generics, &mut errors);

        let leaf = options.leaf;
        let variants = match &item.data {
            Data::Struct(data) => {
                vec![Variant::read(quote!(Self), &data.fields, leaf, &mut errors)]
            }
            Data::Enum(data) => data
                .variants
                .iter()
                .map(|variant| {
                    attributes::refuse_on_variant(&variant.attrs, &mut errors);
                    let name = &variant.ident;
                    Variant::read(quote!(Self::#name), &variant.fields, leaf, &mut errors)
                })
                .collect(),
            // No field is asked.
            Data::Union(data) if leaf => {
                for field in &data.fields.named {
                    Role::read_in_leaf(&field.attrs, &mut errors);
                }
                Vec::new()
            }
            Data::Union(data) => {
                errors.add(Error::new(
                    data.union_token.span,
                    "a union does not record which field is in use, so its handles cannot be traced: use an enum, or \
                     put `#[trace(leaf)]` on a union that owns no `Gc`",
                ));
                Vec::new()
            }
        };
        errors.finish()?;

        let krate = options.krate.clone().unwrap_or_else(|| parse_quote!(::recyc));
        Ok(Self {
            ident: item.ident.clone(),
            generics: item.generics.clone(),
            options,
            krate,
            variants,
        })
    }

    /// All parts of all variants.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.variants.iter().flat_map(|variant| &variant.parts)
    }

    /// Whether the derive can promise nothing: it does not know how a foreign `trace` and `dispose`
    /// fit together, and a type that may have no size cannot be asked for its shape.
    pub fn is_opaque(&self) -> bool {
        self.parts().any(|part| matches!(part.role, Role::With(_))) || self.may_be_unsized()
    }

    /// Whether a field of the type `ty` may contain a value of this very type: it says its name.
    pub fn is_mentioned_in(&self, ty: &Type) -> bool {
        mentions(ty.to_token_stream(), &|ident| *ident == self.ident || ident == "Self")
    }

    /// Whether a path is the name of this very type.
    pub fn is_named_by(&self, path: &Path) -> bool {
        let is_local = path.leading_colon.is_none() && path.segments.len() == 1;
        let after_self = path.segments.len() == 2 && path.segments[0].ident == "self";
        (is_local || after_self)
            && path
                .segments
                .last()
                .is_some_and(|segment| segment.ident == self.ident || segment.ident == "Self")
    }

    fn may_be_unsized(&self) -> bool {
        self.parts().last().is_some_and(|part| self.is_unsized(&part.ty))
    }

    /// Whether a field of the type `ty` may have no size: it is, or holds in a cell, a parameter
    /// without one.
    pub fn is_unsized(&self, ty: &Type) -> bool {
        let Type::Path(path) = ty else {
            return matches!(ty, Type::Slice(_) | Type::TraitObject(_));
        };
        let Some(segment) = path.path.segments.last() else { return false };
        if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
            // The content of a cell is sized if the cell is.
            return CELLS.iter().any(|cell| segment.ident == cell)
                && matches!(arguments.args.last(), Some(GenericArgument::Type(inside)) if self.is_unsized(inside));
        }
        let is_param =
            |param: &TypeParam| path.path.is_ident(&param.ident) && !self.is_sized(param);
        path.path.is_ident("str") || self.generics.type_params().any(is_param)
    }

    fn is_sized(&self, param: &TypeParam) -> bool {
        let relaxed = |bound: &TypeParamBound| bound.to_token_stream().to_string().starts_with('?');
        let in_clause =
            self.generics.where_clause.iter().flat_map(|clause| &clause.predicates).any(
                |predicate| {
                    matches!(predicate, WherePredicate::Type(predicate)
                if param.ident == predicate.bounded_ty.to_token_stream().to_string()
                    && predicate.bounds.iter().any(relaxed))
                },
            );
        !in_clause && !param.bounds.iter().any(relaxed)
    }
}

impl Variant {
    fn read(path: TokenStream, fields: &Fields, leaf: bool, errors: &mut Errors) -> Self {
        let parts = fields.iter().enumerate().map(|(index, field)| {
            let span = Span::mixed_site().located_at(field.ty.span());
            Part {
                member: field
                    .ident
                    .clone()
                    .map_or_else(|| Member::Unnamed(index.into()), Member::Named),
                binding: format_ident!("__part{index}", span = span),
                ty: field.ty.clone(),
                role: match leaf {
                    true => Role::read_in_leaf(&field.attrs, errors),
                    false => match Role::read(&field.attrs, errors) {
                        Role::Traced if functions::is_of_functions(&field.ty) => Role::Skipped,
                        role => role,
                    },
                },
                span,
            }
        });
        Self { path, parts: parts.collect() }
    }

    /// The pattern that binds every part: without `..`, so that a field that the derive was not
    /// shown does not compile, and by reference, so that a packed field does not either.
    pub fn pattern(&self) -> TokenStream {
        let path = &self.path;
        let members = self.parts.iter().map(|part| &part.member);
        let bindings = self.parts.iter().map(|part| &part.binding);
        quote!(#path { #(#members: #bindings,)* })
    }
}

/// Whether an identifier with the given property stands anywhere in the tokens.
fn mentions(tokens: TokenStream, is_it: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is_it(&ident),
        TokenTree::Group(group) => mentions(group.stream(), is_it),
        _ => false,
    })
}

fn refuse_lifetimes(generics: &Generics, errors: &mut Errors) {
    for param in &generics.params {
        if let GenericParam::Lifetime(lifetime) = param {
            errors.add(Error::new_spanned(
                lifetime,
                "a value in a `Gc` may be destroyed long after a borrow has ended, so it cannot borrow: own the data, share it by \
                 `Rc` or `Gc`, or use `&'static`",
            ));
        }
    }
}
