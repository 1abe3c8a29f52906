//! Where the unsafe code is, and that its SAFETY comments cite the invariant that makes the
//! operation sound.
//!
//! Unsafe code belongs to the floors. A module outside of them has as little of it as possible,
//! says why it has any, and forbids it if it has none. An invariant is defined once, in bold at the
//! start of a doc line (`- **count**: …`), in one of the floors. A SAFETY comment cites it in
//! italics (`by *count*`).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: [&str; 4] = ["src/raw", "src/handle/raw", "src/local/raw", "src/sync/raw"];

/// The least percentage of SAFETY comments that cite an invariant.
const SHARE: usize = 90;

/// The most unsafe blocks outside of the floors.
const BLOCKS: usize = 95;

/// The folders whose modules forbid unsafe code if they have none.
const FORBIDDING: [&str; 3] = ["src/handle", "src/local", "src/sync"];

/// The words that begin the reason why a module does not forbid unsafe code.
const REASON: &str = "not `forbid(unsafe_code)` because";

/// A Rust source.
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

/// The sources of the crate outside of the floors. The derive is a crate of its own, and the files
/// of the models take the places of files of a floor.
fn sources_outside() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    read_sources(&root.join("src"), &mut sources);
    sources.retain(|source| {
        let is_in = |folder: &str| source.path.starts_with(root.join(folder));
        !FLOORS.into_iter().chain(["src/derive", "src/sync/model"]).any(is_in)
    });
    sources
}

/// The lines without the comments that take a whole line.
fn code(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Whether a word of the code is `unsafe`.
fn is_unsafe(source: &str) -> bool {
    code(source).any(|line| {
        line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .any(|word| word == "unsafe")
    })
}

/// The source of the module that declares the module of a file.
fn parent(path: &Path) -> Option<PathBuf> {
    let folder = if path.ends_with("mod.rs") { path.parent()?.parent()? } else { path.parent()? };
    let files = [folder.join("mod.rs"), folder.with_extension("rs"), folder.join("lib.rs")];
    files.into_iter().find(|file| file.exists() && file != path)
}

/// The name of the module of a file.
fn module(path: &Path) -> &str {
    let named = if path.ends_with("mod.rs") { path.parent().expect("a folder") } else { path };
    named.file_stem().and_then(|name| name.to_str()).expect("a name")
}

/// Whether the module of a file, or one around it, forbids unsafe code.
fn is_forbidden(path: &Path) -> bool {
    let Some(parent) = parent(path) else { return false };
    let text = fs::read_to_string(&parent).expect("a source");
    let declaration = format!("mod {};", module(path));
    let mut attributes = Vec::new();
    for line in text.lines() {
        if line.ends_with(&declaration) {
            break;
        } else if line.starts_with("#[") {
            attributes.push(line);
        } else {
            attributes.clear();
        }
    }
    attributes.contains(&"#[forbid(unsafe_code)]") || is_forbidden(&parent)
}

/// The text of a source without the line breaks of comments, in lower case.
fn prose(source: &str) -> String {
    source.replace("\n//! ", " ").replace("\n// ", " ").to_lowercase()
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
    assert!(
        unknown.is_empty(),
        "these SAFETY comments cite invariants that no floor defines: {unknown:#?}"
    );
    assert!(all > 100, "only {all} SAFETY comments were found");
    let share = (all - silent.len()) * 100 / all;
    assert!(
        share >= SHARE,
        "{share} % of {all} SAFETY comments cite an invariant; these do not: {silent:#?}"
    );
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

#[cfg_attr(miri, ignore = "reads the sources of the crate, in which Miri finds nothing")]
#[test]
fn few_unsafe_blocks_are_outside_of_the_floors() {
    let count = |source: &Source| {
        code(&source.text).map(|line| line.matches("unsafe {").count()).sum::<usize>()
    };
    let sources = sources_outside();
    let files: Vec<_> = sources
        .iter()
        .map(|source| (count(source), &source.path))
        .filter(|file| file.0 > 0)
        .collect();
    let all: usize = files.iter().map(|file| file.0).sum();
    assert!(all > 0, "no unsafe block was found outside of the floors");
    assert!(
        all <= BLOCKS,
        "{all} unsafe blocks are outside of the floors, more than {BLOCKS}: {files:#?}"
    );
}

#[cfg_attr(miri, ignore = "reads the sources of the crate, in which Miri finds nothing")]
#[test]
fn modules_without_unsafe_code_forbid_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources_outside();
    let leaves = |folder: &Path| {
        !sources.iter().any(|source| source.path.starts_with(folder) && is_unsafe(&source.text))
    };
    let silent: Vec<_> = sources
        .iter()
        .filter(|source| FORBIDDING.iter().any(|folder| source.path.starts_with(root.join(folder))))
        // A module with unsafe code in a module of its own cannot forbid it.
        .filter(|source| !source.path.ends_with("mod.rs") && !is_unsafe(&source.text))
        .filter(|source| leaves(&source.path.with_extension("")) && !is_forbidden(&source.path))
        .map(|source| &source.path)
        .collect();
    assert!(
        silent.is_empty(),
        "these modules have no unsafe code and do not forbid it: {silent:#?}"
    );
}

#[cfg_attr(miri, ignore = "reads the sources of the crate, in which Miri finds nothing")]
#[test]
fn modules_with_unsafe_code_give_the_reason() {
    let has_reason =
        |path: &Path| prose(&fs::read_to_string(path).expect("a source")).contains(REASON);
    let silent: Vec<_> = sources_outside()
        .into_iter()
        .filter(|source| is_unsafe(&source.text))
        .map(|source| source.path)
        .filter(|path| !has_reason(path) && !parent(path).is_some_and(|parent| has_reason(&parent)))
        .collect();
    assert!(silent.is_empty(), "these modules have unsafe code and give no reason: {silent:#?}");
}
