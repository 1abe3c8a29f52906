//! One table for each family: a row for each peer, a column for each workload.

use std::fmt::Write;

use super::short;
use crate::outcome::Outcome;
use crate::results::Results;
use crate::workloads::{Family, Workload};

/// The family's table, or nothing if none of it was run.
pub fn family(results: &Results, family: Family) -> String {
    let columns: Vec<Workload> =
        results.workloads().into_iter().filter(|row| row.family == family).collect();
    if columns.is_empty() {
        return String::new();
    }
    let mut table = String::from("| |");
    for Workload { title, unit, .. } in &columns {
        let _ = write!(table, " {title}, {unit} |");
    }
    table += &format!("\n|---|{}\n", "--:|".repeat(columns.len()));
    for peer in results.peers(&columns) {
        let cells = columns.iter().map(|column| results.get(column.name, peer));
        let name = if peer == family.ours() { format!("**{peer}**") } else { peer.to_owned() };
        let _ = write!(table, "| {name} |");
        for (outcome, column) in cells.zip(&columns) {
            let _ = write!(
                table,
                " {} |",
                outcome.map_or(String::new(), |outcome| cell(results, outcome, peer, column))
            );
        }
        table.push('\n');
    }
    table.push('\n');
    table
}

fn cell(results: &Results, outcome: Outcome, peer: &str, column: &Workload) -> String {
    match outcome {
        Outcome::Figure(figure) => {
            let best = results.best_rival(column.name, false);
            let leads = peer == column.family.ours() && best.is_none_or(|(_, best)| figure <= best)
                || best.is_some_and(|(name, _)| name == peer);
            if leads { format!("**{}**", short(figure)) } else { short(figure) }
        }
        Outcome::Leaks(figure) => format!("{} (leaks)", short(figure)),
        other => other.word().to_owned(),
    }
}
