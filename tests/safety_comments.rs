//! The SAFETY comments of the unsafe floors cite the invariant that makes the operation sound.
//!
//! An invariant is defined once, in bold at the start of a doc line (`- **count**: …`), in one of
//! the floors. A SAFETY comment cites it in italics (`by *count*`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: [&str; 4] = ["src/raw", "src/handle/raw", "src/local/raw", "src/sync/raw"];

/// The least percentage of SAFETY comments that cite an invariant.
const SHARE: usize = 90;

/// A Rust source of a floor.
struct Source {
    path: PathBuf,
    text: String,
}

/// A SAFETY comment, and the number of its first line.
struct Comment {
    line: usize,
    text: String,
}

fn read_sources(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the folder of a floor") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            sources.push(Source { path, text });
        }
    }
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for floor in FLOORS {
        read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(floor), &mut sources);
    }
    sources
}

/// The names that a source defines: `- **name**: …` or `**name**: …` in a doc comment.
fn defined(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let line = line.trim_start();
        let text = line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))?.trim_start();
        let (name, rest) = text.trim_start_matches("- ").strip_prefix("**")?.split_once("**")?;
        rest.starts_with(':').then_some(name)
    })
}

fn safety_comments(source: &str) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    let mut is_open = false;
    for (number, line) in source.lines().enumerate() {
        let text = line.trim_start();
        if text.starts_with("// SAFETY") {
            comments.push(Comment { line: number + 1, text: text.to_owned() });
            is_open = true;
        } else if is_open && text.starts_with("//") && !text.starts_with("///") {
            let comment = comments.last_mut().expect("a comment is open");
            comment.text.push(' ');
            comment.text.push_str(text.trim_start_matches('/').trim_start());
        } else {
            is_open = false;
        }
    }
    comments
}

/// The names that a comment has in italics.
fn cited(comment: &str) -> impl Iterator<Item = &str> {
    // Code between backticks may contain stars.
    let prose = comment.split('`').step_by(2);
    prose.flat_map(|text| text.split('*').skip(1).step_by(2))
}

#[cfg_attr(miri, ignore = "reads the sources of the crate, in which Miri finds nothing")]
#[test]
fn safety_comments_of_the_floors_cite_an_invariant() {
    let sources = sources();
    let names: BTreeSet<_> = sources.iter().flat_map(|source| defined(&source.text)).collect();
    assert!(names.contains("count"), "the invariants are not found: {names:?}");
    let (mut all, mut silent, mut unknown) = (0, Vec::new(), Vec::new());
    for source in &sources {
        for comment in safety_comments(&source.text) {
            all += 1;
            let place = format!("{}:{}", source.path.display(), comment.line);
            if cited(&comment.text).next().is_none() {
                silent.push(place.clone());
            }
            let unknown_names = cited(&comment.text).filter(|name| !names.contains(name));
            unknown.extend(unknown_names.map(|name| format!("{place}: {name}")));
        }
    }
    assert!(unknown.is_empty(), "these SAFETY comments cite invariants that no floor defines: {unknown:#?}");
    assert!(all > 100, "only {all} SAFETY comments were found");
    let share = (all - silent.len()) * 100 / all;
    assert!(share >= SHARE, "{share} % of {all} SAFETY comments cite an invariant; these do not: {silent:#?}");
}

#[cfg_attr(miri, ignore = "reads the sources of the crate, in which Miri finds nothing")]
#[test]
fn every_floor_lists_its_invariants() {
    for floor in FLOORS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(floor).join("mod.rs");
        let text = fs::read_to_string(&path).expect("the module of a floor");
        assert!(text.contains("//! # Invariants"), "{floor} has no list of invariants");
        assert!(defined(&text).count() >= 5, "{floor} defines fewer invariants than it has");
    }
}
