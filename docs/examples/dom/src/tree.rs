//! The nodes of a page: a DOM in which every link is a strong handle.
//!
//! A node holds its parent, its first and last child and both its siblings, so each pair of
//! neighbours is a cycle and no page is ever freed by counting alone. With `Rc` one would make some
//! of these links weak, and pay for it with an `upgrade` at each step and a tree that falls apart
//! when its root is let go. Here nothing is weak, and letting go of the last outside handle is all
//! that it takes.
//!
//! **links**: `parent.first_child … next_sibling … parent.last_child` lists the children of
//! `parent` in order, `previous_sibling` lists them backwards, and each of them has `parent` as its
//! parent. Only [`detach`] and `join` write links, and both keep this.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::{Attribute, ExpandedName, QualName};
use recyc::{Gc, GcCell, Trace};

use crate::census::{self, Guard};

/// A handle that may be absent.
pub type Link = Option<Gc<Node>>;

/// A node of a page.
#[derive(Trace)]
pub struct Node {
    /// The kind of the node.
    pub kind: Kind,
    parent: GcCell<Link>,
    first_child: GcCell<Link>,
    last_child: GcCell<Link>,
    previous_sibling: GcCell<Link>,
    next_sibling: GcCell<Link>,
    #[trace(skip)]
    _guard: Guard,
}

/// The kind of a node.
#[derive(Trace)]
pub enum Kind {
    /// The root of a page.
    Document,
    /// The root of what stands in a `<template>`.
    Fragment,
    /// `<!DOCTYPE …>`, its name only.
    Doctype(#[trace(skip)] StrTendril),
    /// Text; the parser adds to it as long as text follows text.
    Text(#[trace(skip)] RefCell<StrTendril>),
    /// `<!-- … -->`.
    Comment(#[trace(skip)] StrTendril),
    /// `<? … >`; only the XML parser makes it.
    Instruction(#[trace(skip)] StrTendril),
    /// A tag with what stands in it.
    Element(Element),
}

/// The tag of an element.
#[derive(Trace)]
pub struct Element {
    /// Namespace and name.
    #[trace(skip)]
    pub name: QualName,
    /// In the order of the page.
    #[trace(skip)]
    pub attributes: RefCell<Vec<Attribute>>,
    /// For a `<template>`: its [`Kind::Fragment`].
    pub contents: Link,
    /// Whether this is a MathML `<annotation-xml>` that holds HTML. The parser needs it.
    pub integration_point: bool,
}

impl Node {
    /// Makes a node without neighbours.
    pub fn new(kind: Kind) -> Gc<Self> {
        let node = Self {
            kind,
            parent: GcCell::new(None),
            first_child: GcCell::new(None),
            last_child: GcCell::new(None),
            previous_sibling: GcCell::new(None),
            next_sibling: GcCell::new(None),
            _guard: Guard::counted(),
        };
        census::allocating(|| Gc::new(node))
    }

    /// Makes an element; a `<template>` gets an empty fragment with it.
    pub fn element(
        name: QualName,
        attributes: Vec<Attribute>,
        template: bool,
        integration_point: bool,
    ) -> Gc<Self> {
        Self::new(Kind::Element(Element {
            name,
            attributes: RefCell::new(attributes),
            contents: template.then(|| Self::new(Kind::Fragment)),
            integration_point,
        }))
    }

    /// Makes a node of the same kind, with the same name, attributes and text, but without children
    /// and neighbours.
    pub fn shallow_copy(&self) -> Gc<Self> {
        Self::new(match &self.kind {
            Kind::Document => Kind::Document,
            Kind::Fragment => Kind::Fragment,
            Kind::Doctype(name) => Kind::Doctype(name.clone()),
            Kind::Text(text) => Kind::Text(text.clone()),
            Kind::Comment(text) => Kind::Comment(text.clone()),
            Kind::Instruction(text) => Kind::Instruction(text.clone()),
            Kind::Element(Element { name, attributes, contents, integration_point }) => {
                let attributes = attributes.borrow().clone();
                return Self::element(
                    name.clone(),
                    attributes,
                    contents.is_some(),
                    *integration_point,
                );
            }
        })
    }

    /// The node that this one is a child of.
    pub fn parent(&self) -> Link {
        self.parent.get()
    }

    /// The first of the children.
    pub fn first_child(&self) -> Link {
        self.first_child.get()
    }

    /// The last of the children.
    pub fn last_child(&self) -> Link {
        self.last_child.get()
    }

    /// The child of the same parent that stands before this one.
    pub fn previous_sibling(&self) -> Link {
        self.previous_sibling.get()
    }

    /// The child of the same parent that stands after this one.
    pub fn next_sibling(&self) -> Link {
        self.next_sibling.get()
    }

    /// The children in order. The next one is looked up before each is handed out, so that one may
    /// be moved.
    pub fn children(&self) -> impl Iterator<Item = Gc<Self>> + use<> {
        std::iter::successors(self.first_child(), |child| child.next_sibling())
    }

    /// The tag, if it is an element.
    pub fn as_element(&self) -> Option<&Element> {
        if let Kind::Element(element) = &self.kind { Some(element) } else { None }
    }

    /// The fragment of a `<template>`.
    pub fn contents(&self) -> Option<&Gc<Self>> {
        self.as_element()?.contents.as_ref()
    }

    /// Whether it is an element with this name.
    pub fn is(&self, name: ExpandedName<'_>) -> bool {
        self.as_element().is_some_and(|element| element.name.expanded() == name)
    }
}

/// Takes a node, with all that stands in it, out of its place. Without a place it stays as it is.
pub fn detach(node: &Gc<Node>) {
    let Some(parent) = node.parent.take() else { return };
    let (previous, next) = (node.previous_sibling.take(), node.next_sibling.take());
    match &previous {
        Some(previous) => previous.next_sibling.set(next.clone()),
        None => parent.first_child.set(next.clone()),
    }
    match next {
        Some(next) => next.previous_sibling.set(previous),
        None => parent.last_child.set(previous),
    }
}

/// Makes a node the last child of `parent`, taking it from where it was.
pub fn append(parent: &Gc<Node>, child: Gc<Node>) {
    detach(&child);
    let last = parent.last_child();
    join(parent, last, child, None);
}

/// Puts a node before `sibling`, taking it from where it was. Without a parent of `sibling` there
/// is no such place, and nothing happens.
pub fn insert_before(sibling: &Gc<Node>, node: Gc<Node>) {
    if Gc::ptr_eq(sibling, &node) {
        return;
    }
    if let Some(parent) = sibling.parent() {
        detach(&node);
        let previous = sibling.previous_sibling();
        join(&parent, previous, node, Some(sibling.clone()));
    }
}

/// Links a detached node between two neighbours, of which each may be absent.
fn join(parent: &Gc<Node>, previous: Link, node: Gc<Node>, next: Link) {
    match &previous {
        Some(previous) => previous.next_sibling.set(Some(node.clone())),
        None => parent.first_child.set(Some(node.clone())),
    }
    match &next {
        Some(next) => next.previous_sibling.set(Some(node.clone())),
        None => parent.last_child.set(Some(node.clone())),
    }
    node.parent.set(Some(parent.clone()));
    node.previous_sibling.set(previous);
    node.next_sibling.set(next);
}
