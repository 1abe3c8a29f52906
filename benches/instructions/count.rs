//! Runs this program under callgrind, and reads what it wrote.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::scenarios::{LOOP, Row, loop_around};

/// The name of the work, its subject, and the number of instructions of each run.
pub struct Figure {
    pub question: String,
    pub subject: String,
    pub instructions: f64,
}

/// Counts everything.
pub fn figures() -> Result<Vec<Figure>, Box<dyn Error>> {
    let out =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--combine-dumps=yes", "--dump-before=recyc_instructions_mark"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe()?)
        .arg("--test")
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    if !output.status.success() {
        return Err(
            format!("callgrind failed:\n{}", String::from_utf8_lossy(&output.stderr)).into()
        );
    }
    let rows = String::from_utf8(output.stdout)?
        .lines()
        .map(str::parse)
        .collect::<Result<Vec<Row>, _>>()?;
    let profile = fs::read_to_string(&out)?;
    fs::remove_file(&out)?;
    let counted = between_marks(&profile)?;
    if counted.len() != rows.len() {
        return Err(format!("{} pieces of work, {} counts", rows.len(), counted.len()).into());
    }
    Ok(without_loops(&rows, &counted))
}

/// The counts of the parts that lie between the first and the second mark, the third and the
/// fourth, and so on.
fn between_marks(profile: &str) -> Result<Vec<u64>, Box<dyn Error>> {
    let parts = profile.lines().filter_map(|line| line.strip_prefix("totals: "));
    let counts = parts.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    // Each part ends at a mark, the last one with the process. The first is what came before the
    // first mark.
    Ok(counts.into_iter().skip(1).step_by(2).collect())
}

fn without_loops(rows: &[Row], counted: &[u64]) -> Vec<Figure> {
    let each = |row: &Row, count: u64| count as f64 / row.times as f64;
    let the_loop = |kind: &str| {
        let found =
            rows.iter().zip(counted).find(|(row, _)| row.question == LOOP && row.subject == kind);
        found.map_or(0.0, |(row, &count)| each(row, count))
    };
    let figures =
        rows.iter().zip(counted).filter(|(row, _)| row.question != LOOP).map(|(row, &count)| {
            Figure {
                question: row.question.clone(),
                subject: row.subject.clone(),
                instructions: (each(row, count) - loop_around(&row.question).map_or(0.0, the_loop))
                    .max(0.0),
            }
        });
    figures.collect()
}
