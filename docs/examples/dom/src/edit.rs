//! What an editor does to a page: take out, move, wrap, turn round, copy.
//!
//! None of it breaks a cycle by hand. A removed script is still linked to its text and back, and
//! the old body, once its copy has taken its place, is a whole page without a handle from outside:
//! both are left to the collector. A removed comment has no neighbour left with a handle to it, so
//! its count frees it immediately.

use html5ever::{QualName, expanded_name, local_name, ns};
use recyc::Gc;

use crate::tree::{self, Kind, Node};
use crate::walk::Walk;

/// How much of each edit there was to do, on one page or on several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Scripts and style sheets taken out.
    pub scripts: u64,
    /// Comments taken out.
    pub comments: u64,
    /// Sections moved to the end of the body.
    pub sections: u64,
    /// Tables wrapped in a `<figure>`.
    pub tables: u64,
    /// Lists turned round.
    pub lists: u64,
    /// Nodes of the body that were copied, and the copies put in their place.
    pub copied: u64,
}

impl Edits {
    /// Runs all edits on a page, one after the other. Returns the number of edits of each kind.
    pub fn make(document: &Gc<Node>) -> Self {
        Self {
            scripts: remove(document, |node| {
                node.is(expanded_name!(html "script")) || node.is(expanded_name!(html "style"))
            }),
            comments: remove(document, |node| matches!(node.kind, Kind::Comment(_))),
            sections: move_sections(document),
            tables: wrap_tables(document),
            lists: turn_lists(document),
            copied: copy_body(document),
        }
    }

    /// Adds the edits of another page.
    pub fn add(&mut self, page: Self) {
        self.scripts += page.scripts;
        self.comments += page.comments;
        self.sections += page.sections;
        self.tables += page.tables;
        self.lists += page.lists;
        self.copied += page.copied;
    }
}

/// The nodes of a page that one looks for, as a list: what is listed may be moved.
fn find(document: &Gc<Node>, wanted: impl Fn(&Node) -> bool) -> Vec<Gc<Node>> {
    Walk::shown(document).map(|(node, _)| node).filter(|node| wanted(node)).collect()
}

fn body(document: &Gc<Node>) -> Option<Gc<Node>> {
    let html = document.children().find(|node| node.is(expanded_name!(html "html")))?;
    html.children().find(|node| node.is(expanded_name!(html "body")))
}

fn remove(document: &Gc<Node>, unwanted: impl Fn(&Node) -> bool) -> u64 {
    find(document, unwanted).iter().inspect(|node| tree::detach(node)).count() as u64
}

/// Nested sections leave the section around them, so that all stand side by side.
fn move_sections(document: &Gc<Node>) -> u64 {
    let Some(body) = body(document) else { return 0 };
    let sections = find(&body, |node| node.is(expanded_name!(html "section")));
    let count = sections.len() as u64;
    for section in sections {
        tree::append(&body, section);
    }
    count
}

fn wrap_tables(document: &Gc<Node>) -> u64 {
    let tables = find(document, |node| node.is(expanded_name!(html "table")));
    let count = tables.len() as u64;
    for table in tables {
        let name = QualName::new(None, ns!(html), local_name!("figure"));
        let figure = Node::element(name, Vec::new(), false, false);
        tree::insert_before(&table, figure.clone());
        tree::append(&figure, table);
    }
    count
}

/// Every child is unlinked and linked again, the last one first.
fn turn_lists(document: &Gc<Node>) -> u64 {
    let lists = find(document, |node| {
        node.is(expanded_name!(html "ul")) || node.is(expanded_name!(html "ol"))
    });
    for list in &lists {
        let mut children: Vec<_> = list.children().collect();
        while let Some(child) = children.pop() {
            tree::append(list, child);
        }
    }
    lists.len() as u64
}

/// The original is let go while the page lives on: a dead cycle as large as the page.
fn copy_body(document: &Gc<Node>) -> u64 {
    let Some(body) = body(document) else { return 0 };
    let (copy, count) = copy(&body);
    tree::insert_before(&body, copy);
    tree::detach(&body);
    count
}

/// Copies a node and all that stands in it, templates included. Returns the copy, detached, and its
/// number of nodes.
pub fn copy(original: &Gc<Node>) -> (Gc<Node>, u64) {
    let top = original.shallow_copy();
    let mut count = 0;
    // Pairs of a node and the copy that still waits for its children; as a list, since pages may be
    // deep.
    let mut waiting = vec![(original.clone(), top.clone())];
    while let Some((node, copy)) = waiting.pop() {
        count += 1;
        if let (Some(contents), Some(fragment)) = (node.contents(), copy.contents()) {
            waiting.push((contents.clone(), fragment.clone()));
        }
        for child in node.children() {
            let child_copy = child.shallow_copy();
            tree::append(&copy, child_copy.clone());
            waiting.push((child, child_copy));
        }
    }
    (top, count)
}
