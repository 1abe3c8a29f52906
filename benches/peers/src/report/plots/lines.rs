//! Lines: how a figure grows with a size, on logarithmic scales. Peers that trace have a broken
//! line.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::{FAINT, INK, colour};
use crate::outcome::Outcome;
use crate::peers;
use crate::results::Results;

/// Colours that most people can distinguish, for the peers that are blue in the bars.
const RIVALS: [RGBColor; 8] = [
    RGBColor(170, 68, 153),
    RGBColor(0, 114, 178),
    RGBColor(0, 140, 100),
    RGBColor(140, 100, 20),
    RGBColor(80, 60, 160),
    RGBColor(204, 121, 167),
    RGBColor(60, 160, 220),
    RGBColor(40, 40, 40),
];

fn line_colour(peer: &str) -> RGBColor {
    let rivals = peers::NAMES.iter().filter(|name| !peers::NO_RIVALS.contains(name));
    rivals
        .zip(RIVALS)
        .find(|(name, _)| **name == peer)
        .map_or_else(|| colour(peer), |(_, colour)| colour)
}

/// One line for each peer through its figures for the workloads, which are given with their sizes.
pub fn draw(
    results: &Results,
    title: &str,
    unit: &str,
    workloads: &[(&str, f64)],
    path: &Path,
) -> Result<(), Box<dyn Error>> {
    let lines: Vec<(&str, Vec<(f64, f64)>)> = peers::NAMES
        .iter()
        .map(|peer| {
            let point = |(name, size): &(&str, f64)| Some((*size, results.figure(name, peer)?));
            (*peer, workloads.iter().filter_map(point).collect())
        })
        .filter(|(_, points): &(_, Vec<_>)| !points.is_empty())
        .collect();
    let figures = || lines.iter().flat_map(|(_, points)| points.iter().map(|(_, figure)| *figure));
    let (low, high) = (figures().fold(f64::MAX, f64::min), figures().fold(0.0, f64::max));
    let (Some((_, first)), Some((_, last))) = (workloads.first(), workloads.last()) else {
        return Ok(());
    };
    if lines.is_empty() {
        return Ok(());
    }

    let root = SVGBackend::new(path, (900, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 16).into_font().color(&INK))
        .margin(12)
        .margin_right(190)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d((*first..*last).log_scale(), (low / 2.0..high * 2.0).log_scale())?;
    chart
        .configure_mesh()
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .x_desc("objects (logarithmic)")
        .y_desc(format!("{unit} (logarithmic), less is better"))
        .x_label_formatter(&|size| count(*size))
        .y_label_formatter(&|figure| figure.to_string())
        .label_style(("sans-serif", 12).into_font().color(&INK))
        .draw()?;
    let mut labels = Vec::new();
    for (peer, points) in &lines {
        let width = if *peer == peers::OURS { 3 } else { 1 };
        let style = line_colour(peer).stroke_width(width);
        if peers::TRACERS.contains(peer) {
            chart.draw_series(DashedLineSeries::new(points.iter().copied(), 5, 4, style))?;
        } else {
            chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        }
        chart.draw_series(
            points.iter().map(|point| Circle::new(*point, 3, line_colour(peer).filled())),
        )?;
        if let Some(end) = points.last() {
            // Why the line goes no further.
            let beyond = workloads
                .iter()
                .find(|(_, size)| *size > end.0)
                .and_then(|(name, _)| results.get(name, peer));
            labels.push((chart.backend_coord(end), *peer, beyond.map(Outcome::word)));
        }
    }
    // Each line is named at its end; names that would cover each other are moved apart.
    labels.sort_unstable();
    let mut above = (0, 0);
    for ((x, y), peer, beyond) in labels {
        let y = if x == above.0 { y.max(above.1 + 14) } else { y };
        above = (x, y);
        let label = beyond.map_or(peer.to_owned(), |word| format!("{peer}, then {word}"));
        let width = 6 * i32::try_from(label.len())?;
        root.draw(&Rectangle::new(
            [(x + 6, y - 6), (x + 8 + width, y + 7)],
            WHITE.mix(0.8).filled(),
        ))?;
        root.draw(&Text::new(
            label,
            (x + 8, y - 6),
            ("sans-serif", 12).into_font().color(&line_colour(peer)),
        ))?;
    }
    root.present()?;
    Ok(())
}

/// A round number in few characters.
fn count(size: f64) -> String {
    match size {
        1e6.. => format!("{}M", size / 1e6),
        1e3.. => format!("{}k", size / 1e3),
        _ => size.to_string(),
    }
}
