//! The tests that the documents name are there, and the names of tests are short.

use std::fs;
use std::path::Path;

/// What stands between backticks and names a test: `file::test`, `folder/file::test` or `ui/case`.
fn named(page: &str) -> Vec<&str> {
    let words = page.split('`').skip(1).step_by(2);
    let is_test = |word: &&str| {
        let Some((file, test)) =
            word.split_once("::").or_else(|| word.strip_prefix("ui/").map(|case| ("ui", case)))
        else {
            return false;
        };
        let is_name = |text: &str| {
            text.chars().all(|each| {
                each.is_ascii_lowercase() || "_/.".contains(each) || each.is_ascii_digit()
            })
        };
        is_name(file) && is_name(test) && !["std", "process"].contains(&file)
    };
    words.filter(is_test).collect()
}

/// Whether there is such a test.
fn exists(name: &str) -> bool {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    if let Some(case) = name.strip_prefix("ui/") {
        let there =
            |folder: &str| tests.join("ui").join(folder).join(case).with_extension("rs").is_file();
        return there("fail") || there("pass");
    }
    let (file, test) = name.split_once("::").expect("a test in a file");
    let paths = match file.strip_suffix(".rs") {
        Some(_) => vec![tests.parent().expect("the package").join(file)],
        None => ["hazards/", "it/", ""]
            .map(|folder| format!("{folder}{file}.rs"))
            .iter()
            .map(|path| tests.join(path))
            .collect(),
    };
    let sources = paths.iter().filter_map(|path| fs::read_to_string(path).ok());
    // A function, or a line of a macro that makes tests.
    sources.into_iter().any(|source| {
        source.lines().any(|line| {
            let line = line.trim_start();
            let line = line.strip_prefix("fn ").unwrap_or(line);
            line.strip_prefix(test).is_some_and(|rest| rest.starts_with(['(', ':']))
        })
    })
}

#[test]
fn every_test_that_is_named_in_the_documents_exists() {
    for (page, least) in [
        (include_str!("../docs/promises.md"), 120),
        (include_str!("../docs/releasing-memory.md"), 25),
    ] {
        let names = named(page);
        assert!(names.len() >= least, "only {} names", names.len());
        let missing: Vec<_> = names.into_iter().filter(|name| !exists(name)).collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }
}

/// The length of the longest name of a function. What does not fit into the name of a test is in
/// its doc comment.
const LONGEST: usize = 60;

/// The names of the functions in a folder that are longer than [`LONGEST`], and how many there are.
fn long_names(folder: &Path, long: &mut Vec<String>) -> usize {
    let mut all = 0;
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all += long_names(&path, long);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("a source");
            for after in source.split("fn ").skip(1) {
                let end = after.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
                let name = &after[..end.unwrap_or(after.len())];
                all += usize::from(!name.is_empty());
                long.extend((name.len() > LONGEST).then(|| name.to_owned()));
            }
        }
    }
    all
}

#[test]
fn names_of_tests_have_at_most_60_characters() {
    let mut long = Vec::new();
    let all: usize = ["src", "tests"]
        .map(|folder| long_names(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut long))
        .iter()
        .sum();
    assert!(all > 1000, "only {all} names");
    assert!(long.is_empty(), "{long:#?}");
}
