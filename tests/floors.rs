//! What the modules of the crate may name.
//!
//! The neutral floor (`src/raw`) names neither heap, and the floor of a heap names nothing above
//! itself and nothing of the other heap. What a floor needs from above is a trait that it declares
//! and that a heap implements. The model checker and the mutations are named in few files, so that
//! a reader of the protocol sees only the protocol.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules and types at the root of the crate that are below the heaps.
const BELOW: [&str; 5] = ["Config", "config", "policy", "report", "trace"];

/// A Rust source, by its path inside the package.
struct Source {
    path: PathBuf,
    text: String,
}

fn read_sources(folder: &Path, root: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_sources(&path, root, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            sources.push(Source { path: path.strip_prefix(root).expect("inside").into(), text });
        }
    }
}

/// The sources in a folder of the package.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    read_sources(&root.join(folder), root, &mut sources);
    sources
}

impl Source {
    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs")
    }

    /// The code without comments, as far as it is not a test.
    fn code(&self) -> String {
        let code = self.text.split("#[cfg(test)]").next().expect("at least one part");
        code.lines()
            .map(|line| line.split("//").next().expect("at least one part"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// How many modules of the floor this module is in, below the floor itself.
    fn depth_in(&self, floor: &str) -> usize {
        let inside = self.path.strip_prefix(floor).expect("a file of the floor");
        inside.components().count() - usize::from(self.path.ends_with("mod.rs"))
    }
}

/// The paths that a piece of code names from `start` on, such as `crate::`, without `start`. A
/// group in braces at the start gives each path of the group.
fn paths<'a>(code: &'a str, start: &str) -> Vec<&'a str> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices(start) {
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let group = &group[..group.find("};").unwrap_or(group.len())];
                paths.extend(group.split(',').map(str::trim).filter(|path| !path.is_empty()));
            }
            None => paths.push(rest),
        }
    }
    paths
}

/// The first segments of a path.
fn segments(path: &str) -> Vec<&str> {
    let end = path.find(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter)));
    path[..end.unwrap_or(path.len())].split("::").collect()
}

/// What a file of a floor names that is neither below the heaps nor in one of the given modules.
fn named_above(source: &Source, floor: &str, allowed: &[&[&str]]) -> Vec<String> {
    let code = source.code();
    let is_allowed = |path: &&str| {
        let path = segments(path);
        BELOW.contains(&path[0]) || allowed.iter().any(|module| path.starts_with(module))
    };
    let mut above: Vec<String> = paths(&code, "crate::")
        .into_iter()
        .filter(|path| !is_allowed(path))
        .map(|path| format!("crate::{}", segments(path).join("::")))
        .collect();
    // More than that leads out of the floor.
    let too_many = "super::".repeat(source.depth_in(floor) + 1);
    above.extend(code.contains(&too_many).then_some(too_many));
    above
}

#[track_caller]
fn check_floor(floor: &str, allowed: &[&[&str]]) {
    let sources = sources(floor);
    assert!(sources.len() > 10, "{floor} has only {} files", sources.len());
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for path in named_above(source, floor, allowed) {
            found.push(format!("{} names `{path}`", source.path.display()));
        }
    }
    assert!(found.is_empty(), "a floor names what is above it:\n{}", found.join("\n"));
}

#[test]
fn the_neutral_floor_names_neither_heap() {
    check_floor("src/raw", &[&["raw"]]);
}

#[test]
fn the_local_floor_names_nothing_above_it() {
    check_floor("src/local/raw", &[&["raw"], &["local", "raw"]]);
}

#[test]
fn the_shared_floor_names_nothing_above_it() {
    check_floor("src/sync/raw", &[&["raw"], &["sync", "raw"], &["mutants"]]);
}

/// The files of the crate in which the code contains `word`, except for those of the models.
fn files_with(word: &str) -> Vec<String> {
    let mut files: Vec<String> = sources("src")
        .iter()
        .filter(|source| !source.path.starts_with("src/sync/model"))
        .filter(|source| source.code().contains(word))
        .map(|source| source.path.display().to_string().replace('\\', "/"))
        .collect();
    files.sort_unstable();
    files
}

/// Apart from these places a model runs the same code as a program.
#[test]
fn the_model_checker_is_named_in_the_primitives_alone() {
    assert_eq!(files_with("cfg(loom)"), ["src/sync/mod.rs", "src/sync/raw/primitive.rs"]);
    assert_eq!(files_with("cfg(not(loom))"), ["src/sync/raw/primitive.rs"]);
    assert_eq!(files_with("loom::"), ["src/sync/raw/primitive.rs"]);
    // Here a file of `src/sync/model` takes the place of the module.
    assert_eq!(
        files_with("cfg_attr(loom, path"),
        ["src/sync/collector/pacing.rs", "src/sync/raw/mod.rs", "src/sync/raw/thread.rs"]
    );
}

#[test]
fn mutations_are_named_in_the_rules_alone() {
    let is_rule = |file: &String| file.ends_with("/rules.rs") || file == "src/mutants.rs";
    let exports = ["src/local/inspect.rs", "src/sync/mod.rs"];
    for word in ["mutants", "Mutant", "recyc_mutants"] {
        let mut files = files_with(word);
        assert!(files.iter().any(is_rule), "no file names `{word}`");
        files.retain(|file| !is_rule(file) && file != "src/lib.rs");
        assert_eq!(files, exports, "these files name `{word}`");
    }
}
