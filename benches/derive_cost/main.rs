//! The compile time of `#[derive(Trace)]` and `Gc`, compared with the derives of the standard
//! library and with `Rc`.
//!
//! ```text
//! cargo bench --bench derive_cost             builds every program in debug and release; minutes
//! cargo bench --bench derive_cost -- --test   builds a tiny one in debug
//! cargo bench --bench derive_cost -- nodes    builds those whose names contain the word
//! ```
//!
//! Each row is a generated program in two forms. The dependencies are built before, so the seconds
//! are those of the program alone, with its linking. The two forms are built in turns, and the
//! least of three times counts.

mod sources;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use sources::{Form, Source};

/// How often each program is built.
const TURNS: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_full = arguments.iter().any(|argument| argument == "--bench");
    let is_test = !is_full || arguments.iter().any(|argument| argument == "--test");
    let filter = arguments.iter().find(|argument| !argument.starts_with("--"));
    let run = if is_test { test() } else { compare(filter.map_or("", String::as_str)) };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds a program of four types in each form.
fn test() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    write_package(folder.path())?;
    for source in [Source::Levels(2), Source::Syntax(1), Source::Nodes(1)] {
        for form in source.forms() {
            let built = build(folder.path(), &source, form, Profile::Debug)?;
            assert!(built.bytes > 0, "{} has no code", source.name());
        }
    }
    Ok(())
}

/// Builds the programs whose names contain `filter`, and prints a row for each.
fn compare(filter: &str) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    write_package(folder.path())?;
    println!(
        "| program | profile | recyc, s | beside | s | ratio | recyc, bytes | beside, bytes |"
    );
    println!("|---|---|--:|---|--:|--:|--:|--:|");
    for source in Source::ALL.iter().filter(|source| source.name().contains(filter)) {
        for profile in [Profile::Debug, Profile::Release] {
            let forms = source.forms();
            let mut least: [Option<Built>; 2] = [None, None];
            for _ in 0..TURNS {
                for (form, least) in forms.iter().zip(&mut least) {
                    let built = build(folder.path(), source, *form, profile)?;
                    if least.as_ref().is_none_or(|least| built.time < least.time) {
                        *least = Some(built);
                    }
                }
            }
            let [Some(ours), Some(other)] = least else { unreachable!("each form is built") };
            let (seconds, beside) = (ours.time.as_secs_f64(), other.time.as_secs_f64());
            println!(
                "| {} | {} | {seconds:.2} | {} | {beside:.2} | {:.1} | {} | {} |",
                source.name(),
                profile.name(),
                forms[1].name(),
                seconds / beside,
                ours.bytes,
                other.bytes,
            );
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Profile {
    Debug,
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// How long the compiler took for a program, and how large the program is without symbols.
struct Built {
    time: Duration,
    bytes: u64,
}

/// Writes a package that depends on this crate.
fn write_package(folder: &Path) -> Result<(), Box<dyn Error>> {
    let this = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = format!(
        "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nrecyc = {{ path = {this:?} }}\n\n\
         [profile.dev]\nstrip = true\n\n[profile.release]\nstrip = true\n\n[workspace]\n"
    );
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let lock = this.join("Cargo.lock");
    if lock.is_file() {
        fs::copy(lock, folder.join("Cargo.lock"))?;
    }
    Ok(())
}

/// Builds a program, after what it depends on.
fn build(
    folder: &Path,
    source: &Source,
    form: Form,
    profile: Profile,
) -> Result<Built, Box<dyn Error>> {
    let main = folder.join("src/main.rs");
    fs::write(&main, "fn main() {}\n")?;
    cargo_build(folder, profile)?;
    fs::write(&main, source.text(form))?;
    let start = Instant::now();
    cargo_build(folder, profile)?;
    let time = start.elapsed();
    let program = folder
        .join("target")
        .join(profile.name())
        .join(format!("generated{}", std::env::consts::EXE_SUFFIX));
    Ok(Built { time, bytes: fs::metadata(program)?.len() })
}

fn cargo_build(folder: &Path, profile: Profile) -> Result<(), Box<dyn Error>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--quiet", "--offline"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"));
    cargo
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    if let Profile::Release = profile {
        cargo.arg("--release");
    }
    let output = cargo.output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}
