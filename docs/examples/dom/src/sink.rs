//! From the parser to the nodes: the trait that html5ever requires of a tree.
//!
//! The parser owns no nodes; it holds handles, some to nodes that have no place yet or no longer
//! have one. All that it asks for is a line over [`tree`], except text: neighbouring runs of text
//! become one node.
//!
//! The parser looks through all open elements at each `<div>`, so a page that nests n of them takes
//! it n² steps. It needs no stack for them, and neither does anything here.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, parse_document};
use recyc::Gc;

use crate::tree::{self, Element, Kind, Link, Node};

/// Parses a page. Returns its document, and how many times it broke the rules of HTML: that never
/// stops the parser.
pub fn parse(html: &str) -> (Gc<Node>, u64) {
    parse_document(Sink::new(), ParseOpts::default()).one(html)
}

/// The page while it is being parsed.
struct Sink {
    document: Gc<Node>,
    errors: Cell<u64>,
}

impl Sink {
    fn new() -> Self {
        Self { document: Node::new(Kind::Document), errors: Cell::new(0) }
    }
}

/// Adds text to a node of text; gives it back if the node is anything else.
fn extend(neighbour: Link, text: StrTendril) -> Option<StrTendril> {
    match neighbour.as_ref().map(|node| &node.kind) {
        Some(Kind::Text(present)) => {
            present.borrow_mut().push_tendril(&text);
            None
        }
        _ => Some(text),
    }
}

fn new_text(text: StrTendril) -> Gc<Node> {
    Node::new(Kind::Text(RefCell::new(text)))
}

fn element(node: &Gc<Node>) -> &Element {
    node.as_element().expect("the parser asks this of elements only")
}

impl TreeSink for Sink {
    type Handle = Gc<Node>;
    type Output = (Gc<Node>, u64);
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self::Output {
        (self.document, self.errors.get())
    }

    fn parse_error(&self, _: Cow<'static, str>) {
        self.errors.set(self.errors.get() + 1);
    }

    fn get_document(&self) -> Gc<Node> {
        self.document.clone()
    }

    fn elem_name<'a>(&'a self, target: &'a Gc<Node>) -> ExpandedName<'a> {
        element(target).name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> Gc<Node> {
        Node::element(
            name,
            attributes,
            flags.template,
            flags.mathml_annotation_xml_integration_point,
        )
    }

    fn create_comment(&self, text: StrTendril) -> Gc<Node> {
        Node::new(Kind::Comment(text))
    }

    fn create_pi(&self, _: StrTendril, data: StrTendril) -> Gc<Node> {
        Node::new(Kind::Instruction(data))
    }

    fn append(&self, parent: &Gc<Node>, child: NodeOrText<Gc<Node>>) {
        match child {
            NodeOrText::AppendNode(node) => tree::append(parent, node),
            NodeOrText::AppendText(text) => {
                if let Some(text) = extend(parent.last_child(), text) {
                    tree::append(parent, new_text(text));
                }
            }
        }
    }

    fn append_before_sibling(&self, sibling: &Gc<Node>, child: NodeOrText<Gc<Node>>) {
        match child {
            NodeOrText::AppendNode(node) => tree::insert_before(sibling, node),
            NodeOrText::AppendText(text) => {
                if let Some(text) = extend(sibling.previous_sibling(), text) {
                    tree::insert_before(sibling, new_text(text));
                }
            }
        }
    }

    fn append_based_on_parent_node(
        &self,
        place: &Gc<Node>,
        otherwise: &Gc<Node>,
        child: NodeOrText<Gc<Node>>,
    ) {
        if place.parent().is_some() {
            self.append_before_sibling(place, child);
        } else {
            self.append(otherwise, child);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, _: StrTendril, _: StrTendril) {
        tree::append(&self.document, Node::new(Kind::Doctype(name)));
    }

    fn get_template_contents(&self, target: &Gc<Node>) -> Gc<Node> {
        target.contents().expect("the parser asks this of templates only").clone()
    }

    fn same_node(&self, one: &Gc<Node>, other: &Gc<Node>) -> bool {
        Gc::ptr_eq(one, other)
    }

    // Quirks change how a page is laid out, and this program does not lay out pages.
    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn add_attrs_if_missing(&self, target: &Gc<Node>, attributes: Vec<Attribute>) {
        let mut present = element(target).attributes.borrow_mut();
        for attribute in attributes {
            if present.iter().all(|known| known.name != attribute.name) {
                present.push(attribute);
            }
        }
    }

    fn remove_from_parent(&self, target: &Gc<Node>) {
        tree::detach(target);
    }

    fn reparent_children(&self, node: &Gc<Node>, parent: &Gc<Node>) {
        for child in node.children() {
            tree::append(parent, child);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Gc<Node>) -> bool {
        element(target).integration_point
    }
}
