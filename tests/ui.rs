//! Programs that must not compile, and beside each of them a program of the same name that does.
//!
//! The messages are part of the promise: they are what a user sees first. Their exact text differs
//! between compilers, so the text is compared on one version only. Each other compiler, and a build
//! in which the messages name more impls, has to reject each case with some error in the case
//! itself. After a change of that version, write the files again with `TRYBUILD=overwrite cargo
//! test --test ui` and read the difference.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The compiler whose messages are in `ui/fail/*.stderr`.
const COMPILER: &str = "rustc 1.95.0 ";

/// Whether a feature adds impls that the compiler would name in its messages.
const MORE_IMPLS: bool = cfg!(any(
    feature = "arrayvec",
    feature = "either",
    feature = "indexmap",
    feature = "lock_api",
    feature = "once_cell",
    feature = "serde_json",
    feature = "slotmap",
    feature = "thin-vec",
));

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn what_is_unsound_or_mistaken_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    if !MORE_IMPLS && compiler().starts_with(COMPILER) {
        cases.compile_fail("tests/ui/fail/*.rs");
    } else {
        // The cases above are run when they are dropped.
        drop(cases);
        let accepted = cases_that_compile();
        assert!(accepted.is_empty(), "{accepted:?} compile with {}", compiler());
    }
}

#[test]
fn each_case_that_must_not_compile_has_a_twin_and_a_message() {
    for case in cases() {
        let twin = Path::new(ROOT).join("tests/ui/pass").join(case.file_name().unwrap());
        assert!(twin.is_file(), "{} is missing", twin.display());
        assert!(case.with_extension("stderr").is_file(), "no message for {}", case.display());
    }
}

/// The files of the programs that must not compile.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(ROOT).join("tests/ui/fail");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let cases: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "rs")).collect();
    assert!(!cases.is_empty(), "no cases found in {}", folder.display());
    cases
}

fn name(case: &Path) -> &str {
    case.file_stem().unwrap().to_str().unwrap()
}

/// Builds each program that must not compile, as an example of a crate of its own, and returns the
/// names of those without an error.
///
/// A program that must compile is an example of that crate too. If it did not compile, the errors
/// of the others would prove nothing.
fn cases_that_compile() -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    let cases = cases();
    let mut manifest = format!(
        "[package]\nname = \"cases\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nrecyc = {{ path = {ROOT:?} }}\n"
    );
    let sound = Path::new(ROOT).join("tests/ui/pass/with.rs");
    let examples = cases.iter().map(|case| (name(case), case)).chain([("sound", &sound)]);
    for (name, path) in examples {
        manifest += &format!("[[example]]\nname = {name:?}\npath = {path:?}\n");
    }
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = Command::new(tool("CARGO", "cargo"))
        .args(["build", "--offline", "--examples", "--keep-going", "--target-dir", "target"])
        .current_dir(&folder)
        .output()
        .expect("the cargo that built this test is gone");
    let messages = String::from_utf8_lossy(&output.stderr);
    let is_rejected =
        |name: &str| messages.contains(&format!("could not compile `cases` (example {name:?})"));
    assert!(!is_rejected("sound"), "{messages}");
    let accepted: Vec<_> = cases
        .iter()
        .map(|case| name(case))
        .filter(|name| !is_rejected(name))
        .map(Into::into)
        .collect();
    assert!(accepted.len() < cases.len(), "no case was built: {messages}");
    accepted
}

/// The program of that name in the environment, as cargo sets it for tests.
fn tool(variable: &str, usual: &str) -> OsString {
    env::var_os(variable).unwrap_or_else(|| usual.into())
}

fn compiler() -> String {
    let output = Command::new(tool("RUSTC", "rustc")).arg("--version").output();
    String::from_utf8(output.expect("the compiler that built this test is gone").stdout).unwrap()
}
