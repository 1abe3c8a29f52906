//! Programs that must not compile, and beside each of them a program of the same name that does.
//!
//! The messages are part of the promise: they are what a user sees first. Their exact text differs
//! between compilers, so the cases are compared on one version only and reported as not run on
//! others. After a change of that version, write the files again with `TRYBUILD=overwrite cargo
//! test --test ui` and read the difference.

use std::path::Path;
use std::process::Command;

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

#[test]
fn what_is_unsound_or_mistaken_does_not_compile_and_its_twin_does() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");

    let version = compiler();
    if MORE_IMPLS {
        println!("tests/ui/fail: not run, the messages list impls, and with these features there are more");
    } else if version.starts_with(COMPILER) {
        cases.compile_fail("tests/ui/fail/*.rs");
    } else {
        println!("tests/ui/fail: not run, the messages are those of {COMPILER}and this is {version}");
    }
}

#[test]
fn each_case_that_must_not_compile_has_a_twin_and_a_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut cases = 0;
    for entry in folder.join("fail").read_dir().unwrap() {
        let case = entry.unwrap().path();
        if case.extension().is_some_and(|extension| extension == "rs") {
            cases += 1;
            let twin = folder.join("pass").join(case.file_name().unwrap());
            assert!(twin.is_file(), "{} is missing", twin.display());
            assert!(case.with_extension("stderr").is_file(), "no message for {}", case.display());
        }
    }
    assert_ne!(cases, 0, "no cases found in {}", folder.display());
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("the compiler that built this test is gone");
    String::from_utf8(output.stdout).unwrap()
}
