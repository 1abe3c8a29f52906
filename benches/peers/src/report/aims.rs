//! What this crate aims at, and how far it got.

use std::fmt::Write;

use super::short;
use crate::peers::{BY_HAND, FLOOR, OURS, RC};
use crate::results::Results;

/// A workload, what ours is compared with, and how many times that it may be.
const AIMS: &[(&str, &str, f64)] = &[
    ("clone-drop", RC, 1.0),
    ("clone-drop-fresh", RC, 1.6),
    ("deref", RC, 1.0),
    ("new-drop", RC, 1.05),
    ("tree", RC, 1.0),
    ("list", FLOOR, 1.5),
    ("ring", FLOOR, 1.3),
    ("random", FLOOR, 1.3),
    ("candidates", FLOOR, 1.3),
    ("small-cycles", FLOOR, 1.3),
    ("half-live", FLOOR, 1.3),
    ("hub", FLOOR, 1.3),
    ("deep-ring", FLOOR, 1.3),
    ("interpreter", BY_HAND, 2.2),
    ("dom", RC, 1.15),
    ("lru", RC, 1.15),
    ("mutator", RC, 1.15),
];

/// The same for memory, in bytes.
const BYTES: &[(&str, f64)] = &[("extra-garbage", 16.0), ("extra-live", 16.0)];

/// Two runs of the same thing differ by as much.
const NOISE: f64 = 1.05;

/// For every workload that was run: the aim, what came out, and the best rivals as multiples of ours.
pub fn table(results: &Results) -> String {
    let mut table =
        String::from("| | aim | measured | | best that counts | best that traces |\n|---|---|--:|---|---|---|\n");
    for workload in results.workloads() {
        let Some(ours) = results.figure(workload.name, OURS) else { continue };
        let aim = AIMS.iter().find(|(name, ..)| *name == workload.name);
        let bytes = BYTES.iter().find(|(name, _)| *name == workload.name);
        let (aim, measured, met) = if let Some((name, yardstick, factor)) = aim {
            let Some(theirs) = results.figure(name, yardstick) else { continue };
            let ratio = ours / theirs;
            (format!("≤ {factor} × {yardstick}"), format!("{ratio:.2}"), Some(ratio <= factor * NOISE))
        } else if let Some((_, limit)) = bytes {
            (format!("≤ {limit} bytes"), short(ours), Some(ours <= *limit))
        } else {
            (String::new(), String::new(), None)
        };
        let met = met.map_or("", |met| if met { "met" } else { "**missed**" });
        let rival = |traces| {
            results.best_rival(workload.name, traces).map_or_else(
                || "none came through".to_owned(),
                |(name, figure)| {
                    let ratio = figure / ours;
                    let ratio = if figure * NOISE < ours {
                        format!("**{} ×**", short(ratio))
                    } else {
                        format!("{} ×", short(ratio))
                    };
                    format!("{name} {ratio}")
                },
            )
        };
        let (counts, traces) = (rival(false), rival(true));
        let _ = writeln!(table, "| {} | {aim} | {measured} | {met} | {counts} | {traces} |", workload.title);
    }
    table
}
