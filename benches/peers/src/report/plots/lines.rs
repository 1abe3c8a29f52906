//! Lines: how a figure grows with a size, on logarithmic scales.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::{FAINT, INK, colour};
use crate::peers;
use crate::results::Results;

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
        .filter(|(_, points): &(_, Vec<_>)| points.len() > 1)
        .collect();
    let figures = || lines.iter().flat_map(|(_, points)| points.iter().map(|(_, figure)| *figure));
    let (low, high) = (figures().fold(f64::MAX, f64::min), figures().fold(0.0, f64::max));
    let (Some((_, first)), Some((_, last))) = (workloads.first(), workloads.last()) else { return Ok(()) };
    if lines.is_empty() {
        return Ok(());
    }

    let root = SVGBackend::new(path, (860, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 16).into_font().color(&INK))
        .margin(12)
        .margin_right(150)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d((*first..*last).log_scale(), (low / 2.0..high * 2.0).log_scale())?;
    chart
        .configure_mesh()
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .x_desc("objects")
        .y_desc(unit)
        .x_label_formatter(&|size| size.to_string())
        .y_label_formatter(&|figure| figure.to_string())
        .label_style(("sans-serif", 12).into_font().color(&INK))
        .draw()?;
    let mut labels = Vec::new();
    for (peer, points) in &lines {
        let width = if *peer == peers::OURS { 3 } else { 1 };
        let style = colour(peer).stroke_width(width);
        chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour(peer).filled())))?;
        if let Some(end) = points.last() {
            labels.push((chart.backend_coord(end), *peer));
        }
    }
    // Each line is named at its end; names that would cover each other are moved apart.
    labels.sort_unstable();
    let mut above = (0, 0);
    for ((x, y), peer) in labels {
        let y = if x == above.0 { y.max(above.1 + 14) } else { y };
        above = (x, y);
        root.draw(&Text::new(peer, (x + 8, y - 6), ("sans-serif", 12).into_font().color(&colour(peer))))?;
    }
    root.present()?;
    Ok(())
}
