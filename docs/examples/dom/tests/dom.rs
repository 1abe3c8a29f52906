//! The example that reads web pages keeps what it promises.
//!
//! Each test has a thread of its own, and so a heap and a census.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use dom::census::Census;
use dom::edit::{self, Edits};
use dom::tree::{Kind, Node};
use dom::walk::{Sights, Walk};
use dom::{pages, sink};
use html5ever::{expanded_name, local_name, ns};
use indicatif::ProgressDrawTarget;
use recyc::Gc;
use tempfile::TempDir;

const PAGE: &str = include_str!("../page.html");

/// A page of 27 bytes.
const TITLE: &str = "<title>Short</title><p>text";

/// The output and the exit code of a run of the example.
struct Outcome {
    code: u8,
    out: String,
    err: String,
}

fn run(args: &[&dyn AsRef<Path>]) -> Outcome {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = dom::run(words(args), &mut out, &mut err, ProgressDrawTarget::hidden());
    let text = |bytes| String::from_utf8(bytes).expect("the example writes UTF-8");
    Outcome { code, out: text(out), err: text(err) }
}

fn words(args: &[&dyn AsRef<Path>]) -> impl Iterator<Item = OsString> {
    let args: Vec<OsString> = args.iter().map(|arg| arg.as_ref().as_os_str().to_owned()).collect();
    std::iter::once(OsString::from("dom")).chain(args)
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is within the folder"))
            .expect("a folder within it");
        fs::write(path, content).expect("a file in it");
    }
    folder
}

/// Every node of a page. The end is there so that links in a circle fail a test instead of keeping
/// it busy.
fn nodes(document: &Gc<Node>) -> impl Iterator<Item = Gc<Node>> {
    Walk::whole(document).map(|(node, _)| node).take(10_000)
}

/// Returns whether every list of children is the same in both directions, and each child refers to
/// its parent.
fn links_agree(document: &Gc<Node>) -> bool {
    let same = |one: &Option<Gc<Node>>, other: &Option<Gc<Node>>| match (one, other) {
        (Some(one), Some(other)) => Gc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    };
    nodes(document).all(|node| {
        let mut previous = None;
        for child in node.children().take(10_000) {
            if !same(&child.parent(), &Some(node.clone()))
                || !same(&child.previous_sibling(), &previous)
            {
                return false;
            }
            previous = Some(child);
        }
        same(&node.last_child(), &previous)
    })
}

/// All text of a page that is not in a script or a style sheet, in the order of the page.
fn text_of(document: &Gc<Node>) -> String {
    let unread = |node: &Gc<Node>| {
        node.parent().is_some_and(|parent| {
            parent.is(expanded_name!(html "script")) || parent.is(expanded_name!(html "style"))
        })
    };
    let mut found = String::new();
    for node in nodes(document) {
        if let Kind::Text(text) = &node.kind {
            if !unread(&node) {
                found.push_str(&text.borrow());
            }
        }
    }
    found
}

/// Returns the body of a page in one line: each node with one dot before it for each level of
/// depth.
fn body_of(html: &str) -> String {
    let (document, _) = sink::parse(html);
    let body = nodes(&document).find(|node| node.is(expanded_name!(html "body")));
    let label = |node: &Gc<Node>| match &node.kind {
        Kind::Element(element) => {
            let attributes = element.attributes.borrow();
            let attributes = attributes
                .iter()
                .map(|attribute| format!("@{}={}", attribute.name.local, attribute.value));
            format!("{}{}", element.name.local, attributes.collect::<String>())
        }
        Kind::Text(text) => format!("'{}'", text.borrow()),
        _ => String::from("?"),
    };
    let body = Walk::shown(&body.expect("the parser makes one")).take(100);
    body.map(|(node, depth)| ".".repeat(depth) + &label(&node)).collect::<Vec<_>>().join(" ")
}

#[test]
fn mistakes_in_html_are_put_right_as_browsers_do() {
    for (html, expected) in [
        ("<p>1<p>2", "body .p ..'1' .p ..'2'"),
        // Text in pieces is one node, also where it is moved out of a table.
        ("<p>1&amp;2<!-- -->", "body .p ..'1&2' ..?"),
        ("0<table>1<tr>2</table>", "body .'012' .table ..tbody ...tr"),
        ("<table><b>1<tr>2</table>", "body .b ..'1' .b ..'2' .table ..tbody ...tr"),
        // The children of the paragraph are handed to a new <b>.
        ("<b>1<p>2</b>3", "body .b ..'1' .p ..b ...'2' ..'3'"),
        // A second body only adds what the first has not.
        ("<body lang=en><body lang=de class=x>1", "body@lang=en@class=x .'1'"),
    ] {
        assert_eq!(body_of(html), expected, "{html}");
    }
}

#[test]
fn a_node_that_is_put_before_another_leaves_its_old_place() {
    let (document, _) = sink::parse("<p>1</p><p>2</p><p>3</p>");
    let paragraphs: Vec<_> =
        nodes(&document).filter(|node| node.is(expanded_name!(html "p"))).collect();
    dom::tree::insert_before(&paragraphs[0], paragraphs[2].clone());
    dom::tree::insert_before(&paragraphs[1], paragraphs[1].clone());

    assert_eq!(text_of(&document), "312");
    assert!(links_agree(&document));
}

#[test]
fn the_page_that_comes_with_the_example_is_freed_to_the_last_node() {
    let outcome = run(&[]);

    let census = Census::now();
    assert!(census.built > 4_000, "{census:?}");
    assert_eq!(census.alive(), 0);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.contains("left      0 nodes"), "{}", outcome.out);
    assert_eq!(outcome.err, "");
}

#[test]
fn a_page_that_is_not_utf8_is_named_and_skipped_and_the_others_go_through() {
    let folder = folder(&[
        ("a.html", TITLE.as_bytes()),
        ("b.html", b"<p>caf\xe9"),
        ("c/d.HTM", TITLE.as_bytes()),
        ("c/readme.txt", b"\xff"),
    ]);
    let missing = folder.path().join("nowhere.html");
    let outcome = run(&[&folder.path(), &missing]);

    assert_eq!(outcome.code, 1);
    let complaints: Vec<&str> = outcome.err.lines().collect();
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert!(complaints[0].contains("b.html: not UTF-8, from byte 6 on"), "{complaints:?}");
    assert!(complaints[1].contains("nowhere.html: "), "{complaints:?}");
    assert!(outcome.out.contains("pages     2 of 54 B"), "{}", outcome.out);
    assert!(outcome.out.contains("2 skipped"), "{}", outcome.out);
    assert_eq!(Census::now().alive(), 0);
}

#[test]
fn the_pages_of_a_folder_are_sorted_whatever_their_extension() {
    let folder = folder(&[
        ("z.html", b""),
        ("a.xhtml", b""),
        ("m/k.htm", b""),
        ("m/b.HTML", b""),
        ("m/html", b""),
    ]);
    let found: Vec<_> = pages::find(folder.path())
        .into_iter()
        .map(|page| page.expect("they are readable"))
        .collect();

    let expected: Vec<_> =
        ["a.xhtml", "m/b.HTML", "m/k.htm", "z.html"].map(|name| folder.path().join(name)).into();
    assert_eq!(found, expected);
}

#[test]
fn a_folder_without_pages_is_named() {
    let folder = folder(&[("notes.txt", b"")]);
    let outcome = run(&[&folder.path()]);

    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains(folder.path().to_str().expect("a plain name")), "{}", outcome.err);
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_a_circle_or_nowhere_do_not_stop_the_rest() {
    use std::os::unix::fs::symlink;

    let folder = folder(&[("page.html", TITLE.as_bytes()), ("deep/page.html", TITLE.as_bytes())]);
    let link =
        |target: &str, name: &str| symlink(target, folder.path().join(name)).expect("a link");
    link("..", "deep/circle");
    link("self.html", "self.html");
    link("nowhere.html", "lost.html");
    link("page.html", "same.html");
    let outcome = run(&[&folder.path()]);

    assert_eq!(outcome.code, 1);
    assert!(outcome.out.contains("pages     3 of"), "{}", outcome.out);
    assert!(
        outcome.err.contains("self.html") && outcome.err.contains("lost.html"),
        "{}",
        outcome.err
    );
    assert_eq!(outcome.err.lines().count(), 2, "{}", outcome.err);
}

#[test]
fn help_is_an_answer_and_nonsense_is_an_error() {
    let help = run(&[&"--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Usage: dom") && help.err.is_empty(), "{}", help.out);

    for nonsense in ["--nonsense", "--every=0"] {
        let outcome = run(&[&nonsense]);
        assert_eq!(outcome.code, 2, "{nonsense}");
        assert!(outcome.out.is_empty() && outcome.err.contains("error:"), "{}", outcome.err);
    }
}

/// An output that fails in one way, always.
struct Fails(ErrorKind);

impl Write for Fails {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_no_error_and_a_full_disk_is_one() {
    for (kind, code) in [(ErrorKind::BrokenPipe, 0), (ErrorKind::StorageFull, 1)] {
        let mut err = Vec::new();
        let got = dom::run(words(&[]), &mut Fails(kind), &mut err, ProgressDrawTarget::hidden());
        assert_eq!(got, code, "{kind}");
        assert_eq!(err.is_empty(), code == 0, "{kind}");
    }
}

#[test]
fn automatic_collections_free_pages_between_two_calls_of_collect() {
    let files: Vec<_> = (0..40).map(|number| (format!("{number}.html"), PAGE.as_bytes())).collect();
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let folder = folder(&files);
    let outcome = run(&[&"--every=1000", &folder.path()]);

    let census = Census::now();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(outcome.out.contains("collect() 1 calls"), "{}", outcome.out);
    assert!(census.automatic > census.built / 2, "{census:?}");
    assert_eq!(census.alive(), 0);
}

#[test]
fn a_page_of_100_000_nested_elements_needs_no_stack() {
    // Spans, since the parser is slow with 100,000 nested <div>.
    let html = "<span>".repeat(100_000);
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    let thread = small.spawn(move || {
        let (document, _) = sink::parse(&html);
        let before = Sights::of(&document);
        let edits = Edits::make(&document);
        let after = Sights::of(&document);
        drop(document);
        recyc::collect();
        (before, edits, after, Census::now())
    });
    let (before, edits, after, census) = thread.expect("a thread").join().expect("no overflow");

    assert_eq!(before.depth, 100_002);
    assert_eq!(edits.copied, 100_001);
    assert_eq!(after, before);
    assert_eq!(census.alive(), 0);
}

#[test]
fn edits_keep_the_links_of_every_node_in_agreement() {
    let (document, _) = sink::parse(PAGE);
    assert!(links_agree(&document), "after the parser");
    let edits = Edits::make(&document);
    assert!(links_agree(&document), "after {edits:?}");
    // Every kind of edit was done at least once, so that this test covers all of them.
    let Edits { scripts, comments, sections, tables, lists, copied } = edits;
    assert!(
        [scripts, comments, sections, tables, lists, copied].iter().all(|&count| count > 1),
        "{edits:?}"
    );
}

#[test]
fn edits_lose_no_text_but_that_of_scripts_and_styles() {
    let (document, _) = sink::parse(PAGE);
    let mut before: Vec<char> = text_of(&document).chars().collect();
    Edits::make(&document);
    let mut after: Vec<char> = text_of(&document).chars().collect();

    before.sort_unstable();
    after.sort_unstable();
    assert_eq!(before, after);
    assert!(!before.is_empty());
}

#[test]
fn sections_end_up_side_by_side_at_the_end_of_the_body() {
    let (document, _) = sink::parse("<section>1<section>2</section></section><p>0");
    Edits::make(&document);
    assert_eq!(text_of(&document), "012");
}

#[test]
fn lists_are_turned_round() {
    let (document, _) = sink::parse("<ol><li>a<li>b<li>c<ul><li>d<li>e</ul></ol>");
    Edits::make(&document);
    assert_eq!(text_of(&document), "cedba");
}

#[test]
fn a_copy_is_a_page_of_its_own_with_everything_in_it() {
    let (document, _) = sink::parse(PAGE);
    let (copy, count) = edit::copy(&document);
    let (sights, text) = (Sights::of(&document), text_of(&document));
    assert_eq!(Sights::of(&copy), sights);
    assert_eq!(text_of(&copy), text);
    assert_eq!(count, sights.nodes);
    assert!(links_agree(&copy));

    let before = Census::now();
    drop(document);
    recyc::collect();
    assert_eq!((Census::now() - before).dropped, sights.nodes, "the original and nothing else");
    assert_eq!(text_of(&copy), text);
}

#[test]
fn what_stands_in_a_template_is_counted_but_not_edited() {
    let (document, _) =
        sink::parse("<template>a<script></script><template>b</template></template>c");
    Edits::make(&document);
    let sights = Sights::of(&document);
    assert_eq!(sights.text, 3);
    // html, head, body, two templates and the script
    assert_eq!(sights.elements, 6);
}

#[test]
fn a_comment_is_freed_by_its_count_and_a_script_with_text_by_a_collection() {
    let (document, _) = sink::parse("<!-- gone at once --><script>gone later</script>");
    recyc::collect();
    let before = Census::now();
    for node in nodes(&document).collect::<Vec<_>>() {
        if matches!(node.kind, Kind::Comment(_)) || node.is(expanded_name!(html "script")) {
            dom::tree::detach(&node);
        }
    }
    assert_eq!((Census::now() - before).dropped, 1);
    recyc::collect();
    assert_eq!((Census::now() - before).dropped, 3);
}
