//! All outcomes of a run, and the file that keeps the last one.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use crate::allocator;
use crate::outcome::Outcome;
use crate::workloads::{self, Workload};
use crate::{peers, threads};

/// The medians, and a sentence on how they came about.
pub struct Results {
    pub how: String,
    cells: Vec<(String, String, Outcome)>,
}

impl Results {
    pub fn new(how: String) -> Self {
        Self { how, cells: Vec::new() }
    }

    /// Adds the repetitions of one measurement: their median, or what went wrong.
    pub fn add(&mut self, workload: &str, peer: &str, outcomes: &[Outcome]) {
        self.cells.push((workload.into(), peer.into(), median(outcomes)));
    }

    pub fn get(&self, workload: &str, peer: &str) -> Option<Outcome> {
        self.cells
            .iter()
            .find(|(row, column, _)| row == workload && column == peer)
            .map(|(_, _, outcome)| *outcome)
    }

    pub fn figure(&self, workload: &str, peer: &str) -> Option<f64> {
        self.get(workload, peer)?.figure()
    }

    /// The best figure of another crate that did all the work, and whose it is; among those that
    /// count or that trace.
    pub fn best_rival(&self, workload: &str, traces: bool) -> Option<(&str, f64)> {
        let rival = |peer: &str| {
            !peers::NO_RIVALS.contains(&peer) && peers::TRACERS.contains(&peer) == traces
        };
        self.cells
            .iter()
            .filter(|(row, peer, _)| row == workload && rival(peer))
            .filter_map(|(_, peer, outcome)| Some((peer.as_str(), outcome.figure()?)))
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Whether other crates were measured as well.
    pub fn has_rivals(&self) -> bool {
        self.cells.iter().any(|(_, peer, _)| !peers::NO_RIVALS.contains(&peer.as_str()))
    }

    /// The workloads that were run, in the order of the tables.
    pub fn workloads(&self) -> Vec<Workload> {
        let ran = |workload: &Workload| self.cells.iter().any(|(row, _, _)| row == workload.name);
        workloads::list().into_iter().filter(ran).collect()
    }

    /// Returns the peers that have a result for one of these workloads, in the order of the tables.
    pub fn peers(&self, workloads: &[Workload]) -> Vec<&'static str> {
        let answers = |peer: &str| {
            workloads
                .iter()
                .filter_map(|row| self.get(row.name, peer))
                .any(|outcome| outcome != Outcome::Absent)
        };
        peers::NAMES.iter().chain(threads::NAMES).copied().filter(|peer| answers(peer)).collect()
    }

    pub fn save(&self) -> Result<(), Box<dyn Error>> {
        let rows = self
            .cells
            .iter()
            .map(|(workload, peer, outcome)| format!("{workload}\t{peer}\t{outcome}\n"));
        fs::write(file()?, self.how.clone() + "\n" + &rows.collect::<String>())?;
        Ok(())
    }

    pub fn load() -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(file()?).map_err(|_| "there is no last run")?;
        let (how, rows) = text.split_once('\n').ok_or("the file of the last run is empty")?;
        let mut results = Self::new(how.into());
        for row in rows.lines() {
            let [workload, peer, outcome] = row.split('\t').collect::<Vec<_>>()[..] else {
                return Err("the file of the last run is damaged".into());
            };
            let outcome = outcome.parse().map_err(|()| "the file of the last run is damaged")?;
            results.cells.push((workload.into(), peer.into(), outcome));
        }
        Ok(results)
    }
}

fn file() -> Result<PathBuf, Box<dyn Error>> {
    Ok(std::env::current_exe()?
        .with_extension(allocator::NAME.map_or("tsv".into(), |name| format!("{name}.tsv"))))
}

fn median(outcomes: &[Outcome]) -> Outcome {
    let mut figures = Vec::new();
    for &outcome in outcomes {
        match outcome.figure() {
            Some(figure) => figures.push(figure),
            None => return outcome,
        }
    }
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    let figure = if figures.len() % 2 == 1 {
        figures[middle]
    } else {
        f64::midpoint(figures[middle - 1], figures[middle])
    };
    outcomes[0].with_figure(figure)
}
