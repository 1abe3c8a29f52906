//! The pictures: bars for each workload, and lines for what grows.

mod bars;
mod lines;

use std::error::Error;
use std::fs;
use std::path::Path;

use plotters::style::RGBColor;

use super::file;
use crate::peers;
use crate::results::Results;
use crate::workloads::Family;

/// The plots with lines: name and title.
pub const GROWTH: [(&str, &str); 3] = [
    ("growth-live-heap", "A collection with 100 candidates, by the size of the live heap"),
    ("growth-calls", "A call that leaves a cycle, by the size of the live heap that it leads to"),
    ("growth-ring", "A dead ring, by its size"),
];

const INK: RGBColor = RGBColor(40, 44, 52);
const FAINT: RGBColor = RGBColor(200, 204, 210);
const ALARM: RGBColor = RGBColor(178, 34, 34);

/// Draws everything there are results for.
pub fn draw(results: &Results, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for family in Family::ALL {
        bars::draw(results, family, &file(folder, family.name()))?;
    }
    let heap = [("live-10k", 1e4), ("live-100k", 1e5), ("live-1M", 1e6)];
    let ring = [("ring-100", 1e2), ("ring-1000", 1e3), ("ring", 1e6), ("deep-ring", 1e7)];
    let calls = [("calls-1k", 1e3), ("calls-10k", 1e4), ("calls-100k", 1e5), ("calls-1M", 1e6)];
    let [heap_plot, calls_plot, ring_plot] = GROWTH;
    lines::draw(results, heap_plot.1, "µs per round", &heap, &file(folder, heap_plot.0))?;
    lines::draw(results, calls_plot.1, "ns per call", &calls, &file(folder, calls_plot.0))?;
    lines::draw(results, ring_plot.1, "ns per object", &ring, &file(folder, ring_plot.0))
}

const ORANGE: RGBColor = RGBColor(213, 94, 0);
const GREY: RGBColor = RGBColor(125, 130, 140);
const BLUE: RGBColor = RGBColor(0, 114, 178);
const SKY: RGBColor = RGBColor(130, 200, 240);

/// The legend of the colours. They differ in lightness too.
const LEGEND: [(&str, RGBColor); 4] = [
    ("ours", ORANGE),
    ("yardsticks", GREY),
    ("crates that count", BLUE),
    ("crates that trace", SKY),
];

fn colour(peer: &str) -> RGBColor {
    match peer {
        peers::OURS | peers::OURS_SHARED => ORANGE,
        peers::WITH_CELLS => RGBColor(240, 160, 100),
        _ if peers::NO_RIVALS.contains(&peer) => GREY,
        _ if peers::TRACERS.contains(&peer) => SKY,
        _ => BLUE,
    }
}
