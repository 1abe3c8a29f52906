//! Starts one process for each measurement and reads off what became of it.

use std::error::Error;
use std::io::{Read, Write, stderr};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::allocator;
use crate::outcome::Outcome;
use crate::peers;
use crate::report::machine;
use crate::results::Results;
use crate::workloads::{self, Workload};

/// The workloads and peers to run, and the number of repetitions.
pub struct Plan {
    quick: bool,
    workloads: Vec<Workload>,
    peers: Vec<String>,
    repetitions: Option<usize>,
    /// A peer that has spent this time on a workload is not measured again.
    patience: Duration,
    time_out: Duration,
}

impl Plan {
    pub fn new(quick: bool, only: &[String], peers: &[String], repetitions: Option<usize>) -> Self {
        Self {
            quick,
            workloads: workloads::list()
                .into_iter()
                .filter(|workload| is_wanted(workload.name, only))
                .collect(),
            peers: peers.to_vec(),
            repetitions,
            patience: Duration::from_secs(if quick { 2 } else { 8 }),
            time_out: Duration::from_secs(if quick { 5 } else { 60 }),
        }
    }

    /// Returns the names of the peers that run this workload. With another allocator only the peers
    /// that are not rivals run, because then the run only checks the aims of this crate.
    fn peers(&self, workload: &Workload) -> Vec<&'static str> {
        let asked = |name: &&str| allocator::NAME.is_none() || peers::NO_RIVALS.contains(name);
        let names = workload.family.peers().iter().copied();
        names.filter(asked).filter(|name| is_wanted(name, &self.peers)).collect()
    }

    /// How often a peer is measured. A quick run repeats only the peers that all others are
    /// compared with.
    fn repetitions(&self, peer: &str) -> usize {
        let usual = match (self.quick, peers::NO_RIVALS.contains(&peer)) {
            (true, true) => 3,
            (true, false) => 1,
            (false, _) => 5,
        };
        self.repetitions.unwrap_or(usual)
    }

    /// Returns whether a peer is measured once more. A peer that takes longer than `patience` is
    /// not. The peers that all others are compared with are measured at least three times in a full
    /// run, so that they have a median.
    fn goes_on(&self, peer: &str, rounds: usize, spent: Duration) -> bool {
        let least = if !self.quick && peers::NO_RIVALS.contains(&peer) { 3 } else { 1 };
        rounds < self.repetitions(peer) && (rounds < least || spent < self.patience)
    }

    /// The peers take turns within each workload, so that what else the machine does hits all
    /// alike.
    pub fn run(&self) -> Result<Results, Box<dyn Error>> {
        let start = Instant::now();
        let mut results = Results::new(self.how());
        for workload in &self.workloads {
            let size = if self.quick { workload.quick } else { workload.full };
            let peers = self.peers(workload);
            eprint!("{:<18}", workload.name);
            let mut outcomes = vec![Vec::new(); peers.len()];
            let mut spent = vec![Duration::ZERO; peers.len()];
            let rounds = peers.iter().map(|peer| self.repetitions(peer)).max().unwrap_or(0);
            for round in 0..rounds {
                for ((peer, outcomes), spent) in peers.iter().zip(&mut outcomes).zip(&mut spent) {
                    let failed =
                        outcomes.last().is_some_and(|last: &Outcome| last.figure().is_none());
                    if self.goes_on(peer, round, *spent) && !failed {
                        let start = Instant::now();
                        outcomes.push(self.measure(peer, workload.name, size)?);
                        *spent += start.elapsed();
                    }
                }
                eprint!(".");
                stderr().flush()?;
            }
            eprintln!(" {:>4.0} s", start.elapsed().as_secs_f64());
            for (peer, outcomes) in peers.iter().zip(&outcomes) {
                results.add(workload.name, peer, outcomes);
            }
        }
        Ok(results)
    }

    fn measure(&self, peer: &str, workload: &str, size: usize) -> Result<Outcome, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--one", peer, workload, &size.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("RUST_BACKTRACE", "0")
            .spawn()?;
        let Some(status) = wait(&mut child, self.time_out)? else {
            return Ok(Outcome::Timeout);
        };
        let (mut said, mut complained) = (String::new(), String::new());
        child.stdout.take().ok_or("the pipe is gone")?.read_to_string(&mut said)?;
        child.stderr.take().ok_or("the pipe is gone")?.read_to_string(&mut complained)?;
        if let Some(outcome) =
            said.lines().last().and_then(|line| line.parse().ok()).filter(|_| status.success())
        {
            if outcome == Outcome::Wrong {
                eprint!(" [{peer}: {}]", complained.trim());
            }
            return Ok(outcome);
        }
        Ok(failure(status, &complained))
    }

    fn how(&self) -> String {
        let times = |peer| match self.repetitions(peer) {
            1 => "one run".to_owned(),
            n => format!("medians of {n} runs"),
        };
        let size = if self.quick { "quick" } else { "full" };
        let (ours, rivals) = (times(peers::OURS), times(peers::NAMES[peers::NAMES.len() - 1]));
        let rivals = if ours == rivals || allocator::NAME.is_some() {
            String::new()
        } else {
            format!(" ({rivals} for the rivals)")
        };
        let allocator = allocator::NAME.map_or(String::new(), |name| format!(" with {name}"));
        format!("A {size} run{allocator} on {}; {ours}{rivals}.", machine::describe())
    }
}

/// Returns whether `name` contains one of `texts`, or there are no `texts`.
fn is_wanted(name: &str, texts: &[String]) -> bool {
    texts.is_empty() || texts.iter().any(|text| name.contains(text))
}

/// Waits until the child ends; ends it itself after `limit`.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        sleep(Duration::from_millis(2));
    }
}

fn failure(status: ExitStatus, complained: &str) -> Outcome {
    if complained.contains("overflowed its stack") {
        Outcome::Overflow
    } else if status.code() == Some(101) {
        Outcome::Panic
    } else {
        Outcome::Crash
    }
}

/// Keeps a measurement from taking all the memory of the machine.
pub fn limit_memory() {
    let limit = Some(8 << 30);
    // Where there is no such limit, there is none.
    let _ = setrlimit(Resource::As, Rlimit { current: limit, maximum: limit });
}
