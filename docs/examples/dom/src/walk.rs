//! The way through a page: each node once, parents before children, without a call stack.
//!
//! The links of a node give the next node, so the walk holds one node and its depth, however deep
//! the page is. What stands in a `<template>` hangs on no child link; the walk notes such fragments
//! and goes through them at the end.

use recyc::Gc;

use crate::tree::{Kind, Node};

/// An iterator over a node and all that stands in it, each with its depth below the start.
///
/// The next node is looked up before the present one is handed out: one may change its children or
/// attributes, but to move nodes, gather them first.
pub struct Walk {
    next: Option<(Gc<Node>, usize)>,
    start: Gc<Node>,
    fragments: Option<Vec<(Gc<Node>, usize)>>,
}

impl Walk {
    /// Over what a reader sees: templates are met, but not entered.
    pub fn shown(start: &Gc<Node>) -> Self {
        Self { next: Some((start.clone(), 0)), start: start.clone(), fragments: None }
    }

    /// Over everything, what stands in templates included.
    pub fn whole(start: &Gc<Node>) -> Self {
        Self { fragments: Some(Vec::new()), ..Self::shown(start) }
    }

    /// The node after this one within the same fragment.
    fn after(&self, node: &Gc<Node>, depth: usize) -> Option<(Gc<Node>, usize)> {
        if let Some(child) = node.first_child() {
            return Some((child, depth + 1));
        }
        let (mut node, mut depth) = (node.clone(), depth);
        while !Gc::ptr_eq(&node, &self.start) {
            if let Some(next) = node.next_sibling() {
                return Some((next, depth));
            }
            node = node.parent()?;
            depth -= 1;
        }
        None
    }
}

impl Iterator for Walk {
    type Item = (Gc<Node>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (node, depth) = match self.next.take() {
            Some(step) => step,
            None => {
                let (fragment, depth) = self.fragments.as_mut()?.pop()?;
                self.start = fragment.clone();
                (fragment, depth)
            }
        };
        if let (Some(fragments), Some(contents)) = (&mut self.fragments, node.contents()) {
            fragments.push((contents.clone(), depth + 1));
        }
        self.next = self.after(&node, depth);
        Some((node, depth))
    }
}

/// The counts of a walk over one page or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sights {
    /// Nodes of every kind.
    pub nodes: u64,
    /// Elements among them.
    pub elements: u64,
    /// Bytes of text.
    pub text: u64,
    /// The depth of the deepest node: that of the document is 0.
    pub depth: usize,
}

impl Sights {
    /// Walks over the whole of a page.
    pub fn of(document: &Gc<Node>) -> Self {
        let mut found = Self::default();
        for (node, depth) in Walk::whole(document) {
            found.nodes += 1;
            found.depth = found.depth.max(depth);
            match &node.kind {
                Kind::Element(_) => found.elements += 1,
                Kind::Text(text) => found.text += text.borrow().len() as u64,
                _ => {}
            }
        }
        found
    }

    /// Adds what was found on another page; the depth is that of the deeper one.
    pub fn add(&mut self, page: Self) {
        self.nodes += page.nodes;
        self.elements += page.elements;
        self.text += page.text;
        self.depth = self.depth.max(page.depth);
    }
}
