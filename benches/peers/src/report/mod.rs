//! The report of the results: tables in Markdown, and plots.

mod aims;
pub mod machine;
mod plots;
mod table;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::allocator;
use crate::results::Results;
use crate::workloads::Family;

const AIMED: &str = "Met means within 5 % of the aim, which is the difference between two equal runs. Then the figure of \
    recyc as a multiple of the yardsticks. The last two columns have the best of the other crates as a multiple of the figure \
    of recyc; a bold one is better than recyc.";

/// Puts the tables into the page and the plots beside it; of another allocator, only what was aimed
/// at.
pub fn write(results: &Results) -> Result<(), Box<dyn Error>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let page = docs.join("performance.md");
    if let Some(allocator) = allocator::NAME {
        return replace(&page, allocator, &format!("{}\n\n{}", results.how, aims::table(results)));
    }
    plots::draw(results, &docs.join("plots"))?;
    replace(&page, "peers", &with_plots(results))
}

/// Replaces what stands between two comments with this name.
fn replace(page: &Path, name: &str, with: &str) -> Result<(), Box<dyn Error>> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let text = fs::read_to_string(page)?;
    let missing = || format!("{} has no {begin} … {end}", page.display());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    fs::write(page, format!("{before}{begin}\n\n{with}\n{end}{after}"))?;
    Ok(())
}

/// The tables as they are printed.
pub fn tables(results: &Results) -> String {
    let families = Family::ALL.into_iter().map(|family| table::family(results, family));
    format!("{}\n\n{}\n{}", results.how, families.collect::<String>(), aims::table(results))
}

/// The tables as they stand in the page, each under its plot.
fn with_plots(results: &Results) -> String {
    let families = Family::ALL.into_iter().map(|family| {
        let (title, name) = (family.title(), family.name());
        format!("### {title}\n\n![{title}](plots/{name}.svg)\n\n{}", table::family(results, family))
    });
    let growth =
        plots::GROWTH.map(|(name, title)| format!("![{title}](plots/{name}.svg)\n\n")).concat();
    format!(
        "{}\n\n{}\n\n{}### How it grows\n\n{growth}### What was aimed at\n\n{AIMED}\n\n{}",
        results.how,
        machine::versions(),
        families.collect::<String>(),
        aims::table(results)
    )
}

/// Three digits that matter.
fn short(figure: f64) -> String {
    match figure.abs() {
        ..0.005 => "0".to_owned(),
        ..10.0 => format!("{figure:.2}"),
        ..100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension("svg")
}
