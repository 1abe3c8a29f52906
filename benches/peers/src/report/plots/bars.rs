//! Horizontal bars: a panel for each workload, a bar for each peer, as a multiple of this crate's
//! figure on a logarithmic scale. Bars start at 1, as a logarithmic scale has no zero. A bar to the
//! left is less than this crate's figure, a bar to the right is more.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::super::short;
use super::{ALARM, FAINT, GREY, INK, LEGEND, colour};
use crate::outcome::Outcome;
use crate::results::Results;
use crate::workloads::{Family, Workload};

const WIDTH: i32 = 420;
const NAMES: i32 = 128;
const BAR: i32 = 17;
const TITLE: i32 = 46;
const KEY: u32 = 30;
/// The scale goes from 1/30 of this crate's figure to 300 times that figure, as powers of ten. A
/// bar beyond the scale is cut off, and the number beside it gives its length.
const SCALE: (f64, f64) = (-1.5, 2.5);

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn Error>>;

pub fn draw(results: &Results, family: Family, path: &Path) -> Drawn {
    let panels: Vec<Workload> =
        results.workloads().into_iter().filter(|row| row.family == family).collect();
    if panels.is_empty() {
        return Ok(());
    }
    let columns = panels.len().min(3);
    let rows = panels.len().div_ceil(columns);
    let peers = results.peers(&panels);
    let height = TITLE + BAR * i32::try_from(peers.len())? + 28;
    let size = (WIDTH as u32 * u32::try_from(columns)?, KEY + height as u32 * u32::try_from(rows)?);
    let root = SVGBackend::new(path, size).into_drawing_area();
    root.fill(&WHITE)?;
    let (top, rest) = root.split_vertically(KEY);
    key(&top)?;
    for (area, workload) in rest.split_evenly((rows, columns)).iter().zip(&panels) {
        panel(area, results, workload, &peers)?;
    }
    root.present()?;
    Ok(())
}

/// The legend of the colours and the sides.
fn key(area: &Area<'_>) -> Drawn {
    let mut x = 12;
    for (name, colour) in LEGEND {
        area.draw(&Rectangle::new([(x, 9), (x + 10, 19)], colour.filled()))?;
        area.draw(&Text::new(name, (x + 14, 14), beside(&INK)))?;
        x += 24 + 6 * i32::try_from(name.len())?;
    }
    area.draw(&Text::new(
        "multiples of ours; left of the line is less than ours, right is more",
        (x + 8, 14),
        beside(&INK),
    ))?;
    Ok(())
}

fn beside(ink: &RGBColor) -> TextStyle<'static> {
    ("sans-serif", 11).into_font().color(ink).pos(Pos::new(HPos::Left, VPos::Center))
}

fn panel(area: &Area<'_>, results: &Results, workload: &Workload, peers: &[&str]) -> Drawn {
    let left = Pos::new(HPos::Left, VPos::Center);
    let title = ("sans-serif", 14).into_font().style(FontStyle::Bold).color(&INK).pos(left);
    area.draw(&Text::new(workload.title, (12, 16), title))?;
    let Some(ours) = results.figure(workload.name, workload.family.ours()) else { return Ok(()) };
    let small = ("sans-serif", 11).into_font().color(&INK).pos(left);
    let unit = format!("ours: {} {}", short(ours), workload.unit);
    area.draw(&Text::new(unit, (12, 33), small.clone()))?;
    let bottom = TITLE + BAR * i32::try_from(peers.len())?;
    for power in [-1.0, 0.0, 1.0, 2.0] {
        let x = position(10_f64.powf(power));
        let line = if power == 0.0 { INK.stroke_width(1) } else { FAINT.stroke_width(1) };
        area.draw(&PathElement::new([(x, TITLE - 4), (x, bottom)], line))?;
        let below =
            ("sans-serif", 10).into_font().color(&INK).pos(Pos::new(HPos::Center, VPos::Center));
        area.draw(&Text::new(format!("{} ×", 10_f64.powf(power)), (x, bottom + 9), below))?;
    }
    for (at, peer) in peers.iter().enumerate() {
        let y = TITLE + BAR * i32::try_from(at)? + BAR / 2;
        area.draw(&Text::new(
            *peer,
            (NAMES, y),
            small.clone().pos(Pos::new(HPos::Right, VPos::Center)),
        ))?;
        if let Some(outcome) = results.get(workload.name, peer) {
            bar(area, workload, outcome, ours, (peer, y))?;
        }
    }
    Ok(())
}

fn bar(
    area: &Area<'_>,
    workload: &Workload,
    outcome: Outcome,
    ours: f64,
    (peer, y): (&str, i32),
) -> Drawn {
    let start = position(1.0);
    let Some(figure) = outcome.figure() else {
        let ink = if outcome == Outcome::Absent { &GREY } else { &ALARM };
        area.draw(&Text::new(outcome.word(), (start + 4, y), beside(ink)))?;
        return Ok(());
    };
    let ratio = if ours > 0.0 { figure / ours } else { 0.0 };
    // There may be nothing at all of memory, and of nothing there is no multiple.
    let label = if workload.family == Family::Memory {
        short(figure)
    } else {
        format!("{} ×", short(ratio))
    };
    let end = position(ratio);
    // Wide enough to be seen where there is no difference.
    let (left, right) = (start.min(end) - 1, start.max(end) + 1);
    area.draw(&Rectangle::new(
        [(left, y - BAR / 2 + 2), (right, y + BAR / 2 - 2)],
        colour(peer).filled(),
    ))?;
    let label = if let Outcome::Leaks(_) = outcome { label + " leaks" } else { label };
    area.draw(&Text::new(label, (right + 4, y), beside(&INK)))?;
    Ok(())
}

/// Returns the position of a multiple, in pixels from the left.
fn position(ratio: f64) -> i32 {
    let (low, high) = SCALE;
    let part = (ratio.log10().clamp(low, high) - low) / (high - low);
    NAMES + 4 + (part * f64::from(WIDTH - NAMES - 90)) as i32
}
