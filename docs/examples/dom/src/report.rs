//! The figures of a run, and the table of them.
//!
//! Each step is measured by the clock and by the [census](crate::census) before and after it. What
//! is left in the end is therefore counted by destructors; the figures that the collector reports
//! are below the table.

use std::fmt;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Row, Table, presets};
use indicatif::{HumanBytes, HumanCount};

use crate::census::Census;
use crate::edit::Edits;
use crate::walk::Sights;

/// The steps of a page, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The parser builds the nodes.
    Parse,
    /// Elements, text and depth are counted, before and after the edits.
    Walk,
    /// The page is changed.
    Edit,
    /// The last handle is dropped.
    LetGo,
    /// [`recyc::collect`] is called.
    Collect,
}

const STEPS: [(Step, &str); 5] = [
    (Step::Parse, "parse"),
    (Step::Walk, "walk"),
    (Step::Edit, "edit"),
    (Step::LetGo, "let go"),
    (Step::Collect, "collect()"),
];

/// All that was measured.
#[derive(Debug, Default)]
pub struct Report {
    /// Pages that went through.
    pub pages: u64,
    /// Pages that were left out.
    pub skipped: u64,
    /// Their text in bytes, tags included.
    pub bytes: u64,
    /// Breaches of the rules of HTML that the parser put right.
    pub errors: u64,
    /// The nodes on the pages.
    pub before: Sights,
    /// The nodes on the pages after the edits.
    pub after: Sights,
    /// The number of edits of each kind.
    pub edits: Edits,
    /// How many times `collect()` was called.
    pub collections: u64,
    /// The number of values that those calls reported as destroyed.
    pub reclaimed: u64,
    /// The number of bytes that those calls reported for the blocks.
    pub reclaimed_bytes: u64,
    steps: [(Census, Duration); STEPS.len()],
    most: u64,
}

impl Report {
    /// Does one step and adds to the figures what it took.
    pub fn measure<T>(&mut self, step: Step, work: impl FnOnce() -> T) -> T {
        let (census, clock) = (Census::now(), Instant::now());
        let done = work();
        let (figures, time) = &mut self.steps[step as usize];
        *time += clock.elapsed();
        *figures += Census::now() - census;
        self.most = self.most.max(Census::now().alive());
        done
    }

    /// Collects all that can be collected.
    pub fn collect(&mut self) {
        let found = self.measure(Step::Collect, recyc::collect);
        self.collections += 1;
        self.reclaimed += found.reclaimed as u64;
        self.reclaimed_bytes += found.bytes as u64;
    }

    /// The counts and the times of all steps.
    pub fn total(&self) -> (Census, Duration) {
        let mut total = (Census::default(), Duration::ZERO);
        for (census, time) in self.steps {
            total.0 += census;
            total.1 += time;
        }
        total
    }

    /// Nodes that no destructor has counted.
    pub fn left(&self) -> u64 {
        self.total().0.alive()
    }

    fn figures(&self) -> Table {
        let mut table = table();
        table.set_header([
            "step",
            "nodes built",
            "freed by counting",
            "automatically",
            "by collect()",
            "left",
            "time",
        ]);
        let collected = self.steps[Step::Collect as usize].0.dropped;
        for (step, name) in STEPS {
            let (census, time) = self.steps[step as usize];
            let collected = if step == Step::Collect { collected } else { 0 };
            // Over several pages, the number of nodes left after one step has no meaning.
            table.add_row(row(name, census, collected, String::new(), time));
        }
        let (census, time) = self.total();
        table.add_row(row("all", census, collected, HumanCount(self.left()).to_string(), time));
        align(table)
    }

    fn contents(&self) -> Table {
        let mut table = table();
        table.set_header(["on the pages", "before the edits", "after"]);
        let (before, after) = (self.before, self.after);
        for (name, before, after) in [
            ("nodes", before.nodes, after.nodes),
            ("elements", before.elements, after.elements),
            ("bytes of text", before.text, after.text),
            ("greatest depth", before.depth as u64, after.depth as u64),
        ] {
            table.add_row([
                name.to_owned(),
                HumanCount(before).to_string(),
                HumanCount(after).to_string(),
            ]);
        }
        align(table)
    }
}

fn row(name: &str, census: Census, collected: u64, left: String, time: Duration) -> Row {
    let counting = census.dropped - census.automatic - collected;
    let [built, counting, automatic, collected] =
        [census.built, counting, census.automatic, collected]
            .map(|count| HumanCount(count).to_string());
    Row::from([name.to_owned(), built, counting, automatic, collected, left, format!("{time:.1?}")])
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table
}

/// Figures stand to the right, the names before them to the left.
fn align(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Edits { scripts, comments, sections, tables, lists, copied } = self.edits;
        let count = HumanCount;
        writeln!(f, "{}\n\n{}\n", self.contents(), self.figures())?;
        writeln!(
            f,
            "pages     {} of {}, {} errors in them put right, {} skipped",
            count(self.pages),
            HumanBytes(self.bytes),
            count(self.errors),
            count(self.skipped)
        )?;
        writeln!(
            f,
            "edits     {} scripts and styles and {} comments removed, {} sections moved, {} tables wrapped,",
            count(scripts),
            count(comments),
            count(sections),
            count(tables)
        )?;
        writeln!(
            f,
            "          {} lists turned round, {} nodes copied",
            count(lists),
            count(copied)
        )?;
        writeln!(
            f,
            "collect() {} calls reclaimed {} values with {}; never more than {} nodes at a time",
            count(self.collections),
            count(self.reclaimed),
            HumanBytes(self.reclaimed_bytes),
            count(self.most)
        )?;
        writeln!(f, "left      {} nodes", count(self.left()))
    }
}
