//! The record of earlier counts: its file, the comparison with it, and the table in the
//! documentation.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::count::Figure;

/// A figure may grow by this part of itself, for the compiler is not quite the same every day.
const TOLERANCE: f64 = 0.03;

/// The list of the results is allocated inside the count, and the allocator takes another path from
/// time to time. This is its part of one of 1,000 operations.
const ALLOCATOR: f64 = 0.1;

const BEGIN: &str = "<!-- instructions:begin -->";
const END: &str = "<!-- instructions:end -->";

/// Writes the figures down, and puts them into the page.
pub fn write(figures: &[Figure]) -> Result<(), Box<dyn Error>> {
    let mut text =
        format!("# {}; written by `cargo bench --bench instructions -- --record`\n", compiler()?);
    for Figure { question, subject, instructions } in figures {
        writeln!(text, "{question}\t{subject}\t{instructions:.2}")?;
    }
    fs::write(file(), text)?;
    let page = root().join("docs/performance.md");
    let text = fs::read_to_string(&page)?;
    let missing = || format!("{} has no {BEGIN} … {END}", page.display());
    let (before, rest) = text.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    fs::write(&page, format!("{before}{BEGIN}\n\n{}\n{END}{after}", table(figures)?))?;
    Ok(())
}

/// Prints each figure beside the one that was written down; whether none of them has grown.
pub fn compare(figures: &[Figure]) -> Result<bool, Box<dyn Error>> {
    let text = fs::read_to_string(file()).map_err(|_| "nothing is recorded yet: -- --record")?;
    let recorded = |figure: &Figure| {
        let name = format!("{}\t{}\t", figure.question, figure.subject);
        text.lines().find_map(|line| line.strip_prefix(&name)?.parse::<f64>().ok())
    };
    let (mut grown, mut shrunk) = (Vec::new(), false);
    println!("{:<68} {:<9} {:>10} {:>10}", "instructions", "", "recorded", "now");
    for figure in figures {
        let (now, name) =
            (figure.instructions, format!("{:<68} {:<9}", figure.question, figure.subject));
        let before = recorded(figure);
        let known = before.map_or("–".to_owned(), |before| format!("{before:.2}"));
        let mark = match before {
            None => {
                grown.push(format!("{name} is not recorded"));
                "new"
            }
            // `Rc` and `Arc` belong to the standard library: how their loops are compiled is not a
            // change of this crate.
            Some(_) if ["Rc", "Arc"].contains(&figure.subject.as_str()) => "",
            Some(before) if now > before * (1.0 + TOLERANCE) + ALLOCATOR => {
                grown.push(format!(
                    "{name} {before:.2} -> {now:.2}, {:+.1} %",
                    (now / before - 1.0) * 100.0
                ));
                "GROWN"
            }
            Some(before) if now < before * (1.0 - TOLERANCE) - ALLOCATOR => {
                shrunk = true;
                "less"
            }
            Some(_) => "",
        };
        println!("{name} {known:>10} {now:>10.2} {mark}");
    }
    if shrunk {
        println!(
            "\nWhat takes less than was recorded should be held: cargo bench --bench instructions -- --record"
        );
    }
    if !grown.is_empty() {
        println!("\nMore than 3 % over the record:\n{}", grown.join("\n"));
        let (then, now) = (text.lines().next().unwrap_or_default(), compiler()?);
        if !then.starts_with(&format!("# {now};")) {
            println!("The record is of other tools: {then}; this is {now}.");
        }
    }
    Ok(grown.is_empty())
}

/// A row for each question, a column for each subject.
fn table(figures: &[Figure]) -> Result<String, Box<dyn Error>> {
    let subjects = ["Gc", "Rc", "sync::Gc", "Arc"];
    let mut questions: Vec<&str> = Vec::new();
    for figure in figures {
        if !questions.contains(&figure.question.as_str()) {
            questions.push(&figure.question);
        }
    }
    let mut table =
        format!("Counted with {}.\n\n| | `{}` |\n|---", compiler()?, subjects.join("` | `"));
    table += &format!("{}|\n", "|--:".repeat(subjects.len()));
    for question in questions {
        write!(table, "| {question}")?;
        for subject in subjects {
            let figure = figures
                .iter()
                .find(|figure| figure.question == question && figure.subject == subject);
            table += " |";
            if let Some(figure) = figure {
                let digits = usize::from(figure.instructions < 100.0);
                write!(table, " {:.digits$}", figure.instructions)?;
            }
        }
        table += " |\n";
    }
    Ok(table)
}

/// The compiler, what it compiles for, and the C library.
fn compiler() -> Result<String, Box<dyn Error>> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim().to_owned()
    };
    let library = Command::new("getconf").arg("GNU_LIBC_VERSION").output()?;
    let library = String::from_utf8(library.stdout)?;
    Ok(format!("rustc {} for {}, {}", field("release:"), field("host:"), library.trim()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file() -> PathBuf {
    root().join("benches/instructions.tsv")
}
