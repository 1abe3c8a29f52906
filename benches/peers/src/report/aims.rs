//! The aims of this crate, and the results beside them.

use std::fmt::Write;

use super::short;
use crate::peers::{ARC, BY_HAND, FLOOR, OURS, RC};
use crate::results::Results;

/// The upper bound for a figure of this crate.
enum Aim {
    /// A multiple of the figure of the named peer.
    Times(f64, &'static str),
    /// A multiple of this crate's figure for the named workload.
    Ours(f64, &'static str),
    /// This, in the unit of the workload.
    Absolute(f64),
    /// The best figure of a crate that counts.
    Ahead,
}

use Aim::{Absolute, Ahead, Ours, Times};

const AIMS: &[(&str, Aim)] = &[
    ("clone-drop", Times(1.0, RC)),
    ("clone-drop-fresh", Times(1.6, RC)),
    ("deref", Times(1.0, RC)),
    ("new-drop", Times(1.05, RC)),
    ("tree", Times(1.0, RC)),
    ("list", Times(1.5, FLOOR)),
    ("ring", Times(1.3, FLOOR)),
    ("random", Times(1.3, FLOOR)),
    ("candidates", Times(1.3, FLOOR)),
    ("small-cycles", Times(1.3, FLOOR)),
    ("half-live", Times(1.3, FLOOR)),
    ("mostly-live", Ahead),
    ("hub", Times(1.3, FLOOR)),
    ("deep-ring", Times(1.3, FLOOR)),
    ("ring-100", Ahead),
    ("ring-1000", Ahead),
    ("random-1000", Ahead),
    ("live-ring-100", Ahead),
    ("live-ring-1000", Ahead),
    ("live-random-1000", Ahead),
    ("mostly-live-1000", Ahead),
    ("live-1M", Ours(2.0, "live-10k")),
    ("calls-1M", Ours(2.0, "calls-10k")),
    ("interpreter", Times(2.2, BY_HAND)),
    ("empty-calls", Times(1.5, BY_HAND)),
    ("binary-trees", Times(1.1, RC)),
    ("dom", Times(1.15, RC)),
    ("dom-moves", Times(1.15, RC)),
    ("lru", Times(1.15, RC)),
    ("mutator", Times(1.15, RC)),
    ("pause", Absolute(500.0)),
    ("extra-garbage", Absolute(16.0)),
    ("extra-live", Absolute(16.0)),
    ("peak", Absolute(8_000.0)),
    ("threads-clone-drop", Times(1.15, ARC)),
    ("threads-contended", Times(1.15, ARC)),
    ("threads-deref", Times(1.0, ARC)),
    ("threads-new-drop", Times(1.3, ARC)),
    ("threads-cycles", Absolute(150.0)),
    ("threads-cycles", Ours(2.0, "small-cycles")),
    ("threads-disturbed", Absolute(1.43)),
];

/// Two runs of the same thing differ by as much.
const NOISE: f64 = 1.05;

/// Returns a table with a row for each workload that was run: the aim, the result, and the best
/// rivals as multiples of this crate's figure.
pub fn table(results: &Results) -> String {
    let rivals = results.has_rivals();
    let mut table = format!("| | aim | measured | | × {RC}, {ARC} | × {BY_HAND} | × {FLOOR} |");
    table += if rivals { " best that counts | best that traces |\n" } else { "\n" };
    table += "|---|---|--:|---|--:|--:|--:|";
    table += if rivals { "---|---|\n" } else { "\n" };
    for workload in results.workloads() {
        let Some(ours) = results.figure(workload.name, workload.family.ours()) else { continue };
        let aims = AIMS.iter().filter(|(name, _)| *name == workload.name);
        let verdicts = aims.filter_map(|(_, aim)| verdict(results, workload.name, ours, aim));
        let mut verdicts: Vec<_> = verdicts.collect();
        if verdicts.is_empty() {
            verdicts.push(Verdict::default());
        }
        let (last, others) = verdicts.split_last().expect("there is one at least");
        for verdict in others {
            let columns = if rivals { 5 } else { 3 };
            let _ = writeln!(table, "{}{}", verdict.begin(workload.title), " |".repeat(columns));
        }
        table += &last.begin(workload.title);
        // Whatever is aimed at.
        for peer in [workload.family.std(), BY_HAND, FLOOR] {
            let figure = results.figure(workload.name, peer).filter(|figure| *figure > 0.0);
            let _ =
                write!(table, " {} |", figure.map_or(String::new(), |figure| short(ours / figure)));
        }
        if rivals {
            let [counts, traces] =
                [false, true].map(|traces| rival(results, workload.name, ours, traces));
            let _ = write!(table, " {counts} | {traces} |");
        }
        table.push('\n');
    }
    table
}

#[derive(Default)]
struct Verdict {
    aim: String,
    measured: String,
    met: Option<bool>,
}

impl Verdict {
    /// The first columns of a row.
    fn begin(&self, title: &str) -> String {
        let met = self.met.map_or("", |met| if met { "met" } else { "**missed**" });
        format!("| {title} | {} | {} | {met} |", self.aim, self.measured)
    }
}

/// What is aimed at, what came out, and whether that is near enough; nothing if there is nothing to
/// compare with.
fn verdict(results: &Results, workload: &str, ours: f64, aim: &Aim) -> Option<Verdict> {
    let times = |factor: f64, of: String, theirs: f64| Verdict {
        aim: format!("≤ {factor} × {of}"),
        measured: format!("{:.2}", ours / theirs),
        met: Some(ours / theirs <= factor * NOISE),
    };
    match *aim {
        Times(factor, peer) => {
            Some(times(factor, peer.to_owned(), results.figure(workload, peer)?))
        }
        Ours(factor, other) => {
            let of = results.workloads().into_iter().find(|row| row.name == other)?;
            Some(times(factor, of.title.to_owned(), results.figure(other, OURS)?))
        }
        Absolute(limit) => {
            let unit = results.workloads().into_iter().find(|row| row.name == workload)?.unit;
            Some(Verdict {
                aim: format!("≤ {limit} {unit}"),
                measured: short(ours),
                met: Some(ours <= limit),
            })
        }
        Ahead => {
            let (name, theirs) = results.best_rival(workload, false)?;
            Some(Verdict {
                aim: "ahead of all that count".to_owned(),
                ..times(1.0, name.to_owned(), theirs)
            })
        }
    }
}

fn rival(results: &Results, workload: &str, ours: f64, traces: bool) -> String {
    results.best_rival(workload, traces).map_or_else(
        || "none came through".to_owned(),
        |(name, figure)| {
            let ratio = short(figure / ours);
            if figure * NOISE < ours {
                format!("{name} **{ratio} ×**")
            } else {
                format!("{name} {ratio} ×")
            }
        },
    )
}
