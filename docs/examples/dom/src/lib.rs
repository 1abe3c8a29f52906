//! Real web pages as a graph of strong handles: parse, walk, edit, let go, collect, and count what
//! is left.
//!
//! ```text
//! cargo run --release -p dom                    the page that comes with the example
//! cargo run --release -p dom -- FILE FOLDER …   any pages of yours
//! ```
//!
//! A DOM is the classic case against plain `Rc`: parents own their children, and a script may hold
//! any node and walk up, down and sideways from it. Here every one of these links is a
//! [`Gc`](recyc::Gc), nothing is weak, and nothing is unlinked by hand before it is dropped.
//! [`tree`] has the nodes, [`sink`] feeds them from html5ever, [`walk`] and [`edit`] use them,
//! [`census`] and [`report`] count.

use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub mod census;
pub mod edit;
pub mod pages;
pub mod report;
pub mod sink;
pub mod tree;
pub mod walk;

use edit::Edits;
use report::{Report, Step};
use walk::Sights;

/// Parses, walks, edits and drops HTML pages whose nodes hold strong handles in every direction,
/// and counts what the collector leaves behind.
///
/// The exit code is 1 if a page had to be skipped or a node was left.
#[derive(Parser)]
#[command(name = "dom")]
struct Options {
    /// Files, and folders with *.html, *.htm and *.xhtml files; none: the page that comes with the
    /// example
    paths: Vec<PathBuf>,

    /// Call collect() after every N pages; between two calls the automatic collections are on their
    /// own
    #[arg(long, value_name = "N", default_value = "1")]
    every: NonZeroU64,
}

/// The whole program, from the arguments to the exit code: 0, 1 if something was skipped or left, 2
/// for a call that makes no sense.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    out: &mut impl Write,
    err: &mut impl Write,
    bar: ProgressDrawTarget,
) -> u8 {
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(stop) => {
            // Help goes to `out`, error messages to `err`. If writing fails, there is no way to
            // report it.
            let _ = if stop.use_stderr() { write!(err, "{stop}") } else { write!(out, "{stop}") };
            return stop.exit_code().try_into().unwrap_or(2);
        }
    };
    let report = take_all(&options, err, bar);
    let bad = report.skipped > 0 || report.left() > 0;
    match write!(out, "{report}").and_then(|()| out.flush()) {
        // `dom … | head` has read what it wanted.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(err, "dom: cannot write the table: {error}");
            1
        }
        _ => u8::from(bad),
    }
}

/// Takes every page through all steps. One that cannot be read is named on `err` and skipped.
fn take_all(options: &Options, err: &mut impl Write, target: ProgressDrawTarget) -> Report {
    let mut report = Report::default();
    if options.paths.is_empty() {
        take(&mut report, include_str!("../page.html"), options.every);
    }
    let found: Vec<_> = options.paths.iter().flat_map(|path| pages::find(path)).collect();
    let bar = ProgressBar::with_draw_target(Some(found.len() as u64), target);
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} pages, {eta} to go");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    for page in found {
        match page.and_then(|path| pages::read(&path)) {
            Ok(html) => take(&mut report, &html, options.every),
            Err(skipped) => {
                report.skipped += 1;
                let _ = bar.suspend(|| writeln!(err, "dom: {skipped}"));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if report.pages % options.every != 0 {
        report.collect();
    }
    report
}

/// Takes one page through all steps; `collect()` is called when `every` pages are through.
fn take(report: &mut Report, html: &str, every: NonZeroU64) {
    let (document, errors) = report.measure(Step::Parse, || sink::parse(html));
    let before = report.measure(Step::Walk, || Sights::of(&document));
    let edits = report.measure(Step::Edit, || Edits::make(&document));
    let after = report.measure(Step::Walk, || Sights::of(&document));
    report.measure(Step::LetGo, || drop(document));
    report.pages += 1;
    report.bytes += html.len() as u64;
    report.errors += errors;
    report.before.add(before);
    report.after.add(after);
    report.edits.add(edits);
    if report.pages % every == 0 {
        report.collect();
    }
}
