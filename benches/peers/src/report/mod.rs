//! What is done with the results: tables in Markdown, and plots.

mod aims;
pub mod machine;
mod plots;
mod table;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::results::Results;
use crate::workloads::Family;

const AIMED: &str = "Met means within 5 % of the aim: two runs of the same thing differ by as much. The last two columns \
    have the best of the other crates as a multiple of our figure; what is bold is better than ours.";
const BEGIN: &str = "<!-- peers:begin -->";
const END: &str = "<!-- peers:end -->";

/// Puts the tables into the page and the plots beside it.
pub fn write(results: &Results) -> Result<(), Box<dyn Error>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    plots::draw(results, &docs.join("plots"))?;
    let page = docs.join("performance.md");
    let text = fs::read_to_string(&page)?;
    let missing = || format!("{} has no {BEGIN} … {END}", page.display());
    let (before, rest) = text.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    fs::write(&page, format!("{before}{BEGIN}\n\n{}\n{END}{after}", with_plots(results)))?;
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
    let growth = plots::GROWTH.map(|(name, title)| format!("![{title}](plots/{name}.svg)\n\n")).concat();
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
