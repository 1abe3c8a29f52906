//! The contents of `#[trace(…)]`: options of the type and of a field.
//!
//! An option that is unknown, given twice or in the wrong place is refused, never ignored.
//! Otherwise a misspelt `skip` or a `finalize` on a field would silently change what a program
//! does.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Path, Result, Token, Type, WherePredicate};

use crate::errors::Errors;

/// A where-clause as the user writes it.
pub type Predicates = Punctuated<WherePredicate, Token![,]>;

const ON_TYPE: [&str; 6] = ["acyclic", "bound", "crate", "finalize", "leaf", "unsafe_drop"];
/// The options that have no meaning for a type that owns no handle.
const NOT_WITH_LEAF: [&str; 3] = ["acyclic", "bound", "unsafe_drop"];
const ON_FIELD: [&str; 2] = ["skip", "with"];
const LINTS: [&str; 4] = ["allow", "warn", "deny", "forbid"];

/// The options of a type.
#[derive(Default)]
pub struct TypeOptions {
    /// `crate = "path"`.
    pub krate: Option<Path>,
    /// `bound = "predicates"`.
    pub bound: Option<Predicates>,
    /// `finalize`, and where it stands.
    pub finalize: Option<Span>,
    /// `acyclic`.
    pub acyclic: bool,
    /// `leaf`.
    pub leaf: bool,
    /// `unsafe_drop`, and where it stands.
    pub unsafe_drop: Option<Span>,
    /// The lint attributes of the user.
    pub lints: Vec<Attribute>,
}

/// How a field is traced.
#[derive(Default)]
pub enum Role {
    /// By its own `Trace`.
    #[default]
    Traced,
    /// `skip`: not traced, and its shape is unknown.
    Skipped,
    /// `with = "P"`: by `P`.
    With(Box<Type>),
}

impl TypeOptions {
    /// Reads the attributes of a type.
    pub fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let about_lints =
            |attribute: &&Attribute| LINTS.iter().any(|level| attribute.path().is_ident(level));
        let lints = attributes.iter().filter(about_lints).cloned().collect();
        let mut options = Self { lints, ..Self::default() };
        let mut without_leaf = None;
        each_option(attributes, Place::Type, errors, |name, meta| {
            if NOT_WITH_LEAF.contains(&name) {
                let message = format!(
                    "`{name}` and `leaf` exclude each other: a type that owns no `Gc` is acyclic, asks nothing of its \
                     parameters and may implement `Drop`"
                );
                without_leaf = Some(meta.error(message));
            }
            match name {
                "crate" => options.krate = Some(text(meta)?.parse_with(Path::parse_mod_style)?),
                "bound" => {
                    options.bound = Some(text(meta)?.parse_with(Predicates::parse_terminated)?)
                }
                "finalize" => options.finalize = Some(flag(meta)?),
                "acyclic" => options.acyclic = flag(meta).map(|_| true)?,
                "leaf" => options.leaf = flag(meta).map(|_| true)?,
                _ => options.unsafe_drop = Some(flag(meta)?),
            }
            Ok(())
        });
        if options.leaf {
            without_leaf.into_iter().for_each(|error| errors.add(error));
        }
        options
    }
}

impl Role {
    /// Reads the attributes of a field of a leaf, which can have none.
    pub fn read_in_leaf(attributes: &[Attribute], errors: &mut Errors) -> Self {
        for attribute in ours(attributes) {
            errors.add(syn::Error::new_spanned(
                attribute,
                "no field of a type with `#[trace(leaf)]` is traced: remove the option of the field, or the `leaf`",
            ));
        }
        Self::Skipped
    }

    /// Reads the attributes of a field.
    pub fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut role = Self::default();
        each_option(attributes, Place::Field, errors, |name, meta| {
            if !matches!(role, Self::Traced) {
                return Err(meta.error(
                    "`skip` and `with` exclude each other: a field is left out, or it is traced by a type of yours",
                ));
            }
            role = if name == "skip" {
                flag(meta)?;
                Self::Skipped
            } else {
                Self::With(Box::new(text(meta)?.parse()?))
            };
            Ok(())
        });
        role
    }
}

/// Refuses `#[trace(…)]` on a variant.
pub fn refuse_on_variant(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in ours(attributes) {
        errors.add(syn::Error::new_spanned(
            attribute,
            "`#[trace(…)]` has no meaning for a variant: put it on the type or on a field of the variant",
        ));
    }
}

/// Where an attribute stands.
#[derive(Clone, Copy)]
enum Place {
    Type,
    Field,
}

impl Place {
    fn known(self) -> &'static [&'static str] {
        match self {
            Self::Type => &ON_TYPE,
            Self::Field => &ON_FIELD,
        }
    }

    /// Why `name` is refused here, and what to write instead.
    fn refusal(self, name: &str) -> String {
        match self {
            Self::Field if ON_TYPE.contains(&name) => {
                format!(
                    "`{name}` is about the whole type: put `#[trace({name})]` on the type, not on a field"
                )
            }
            Self::Type if ON_FIELD.contains(&name) => format!(
                "`{name}` is about one field: put it on the field; a type that owns no `Gc` takes `#[trace(leaf)]`"
            ),
            Self::Field => {
                format!("unknown option `{name}`: a field takes `skip` or `with = \"Type\"`")
            }
            Self::Type => format!(
                "unknown option `{name}`: a type takes `finalize`, `leaf`, `acyclic`, `bound = \"T: Trait\"`, \
                 `unsafe_drop` and `crate = \"path\"`"
            ),
        }
    }
}

fn ours(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("trace"))
}

/// Hands each option that is known in this place and new to `read`.
fn each_option(
    attributes: &[Attribute],
    place: Place,
    errors: &mut Errors,
    mut read: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<()>,
) {
    let mut seen = Vec::new();
    for attribute in ours(attributes) {
        let result = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if !place.known().contains(&name.as_str()) {
                return Err(meta.error(place.refusal(&name)));
            }
            if seen.contains(&name) {
                return Err(meta.error(format!("`{name}` stands here twice")));
            }
            read(&name, &meta)?;
            seen.push(name);
            Ok(())
        });
        errors.keep(result);
    }
}

/// An option without a value; returns where it stands.
fn flag(meta: &ParseNestedMeta<'_>) -> Result<Span> {
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(syn::spanned::Spanned::span(&meta.path));
    }
    Err(meta.error("this option takes no value"))
}

/// The text of an option with a value.
fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}
