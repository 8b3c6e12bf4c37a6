//! The gateway's instructions for each message: a figure that does not depend on what else the machine does, so that
//! two binaries can be compared to a percent.
//!
//! ```text
//!   server under valgrind: start, set-up,  N messages, end  ->  a
//!   another one:           start, set-up, 2N messages, end  ->  b      (b - a) / N is what a message takes
//! ```
//!
//! Starting, setting up and ending cost the same twice and fall out. The load is in lock-step, so that what the server
//! finds to do at once is the same in every run: how much that is decides what a message takes.

mod exercise;
mod lockstep;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::arguments::RunArguments;
use crate::system::{System, Wharf};
use crate::{callgrind, interrupt, memory, table};
use exercise::Exercise;

/// A change may make a message so much dearer before somebody has to look where it goes.
const MOST_OF_BASELINE: f64 = 1.03;

const BASELINE: &str = "baseline";

/// A binary to count with.
#[derive(Debug)]
struct Candidate {
    name: &'static str,
    wharf: Wharf,
}

/// What one message takes, by several counts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Count {
    /// The one in the middle.
    each: f64,
    /// Most minus least, as a part of that; one count alone has none.
    spread: Option<f64>,
}

/// Counts and prints. False if a count failed; a baseline may lack what is newer than it.
pub(crate) fn run(arguments: &RunArguments) -> Result<bool> {
    interrupt::watch()?;
    memory::raise_file_limit()?;
    let candidates = candidates(arguments)?;
    let exercises = wanted(&arguments.only)?;
    if let Some(directory) = &arguments.keep {
        fs::create_dir_all(directory).context("the directory for --keep")?;
    }
    let mut rows = Vec::new();
    let mut remarks = String::new();
    let mut failed = false;
    for exercise in &exercises {
        let mut counts = Vec::new();
        for candidate in &candidates {
            interrupt::check()?;
            eprintln!("bench: instructions, {} / {}", exercise.name, candidate.name);
            let keep = arguments.keep.as_ref().map(|directory| kept_file(directory, exercise, candidate));
            let count = count(exercise, &candidate.wharf, arguments.repeats, keep.as_deref());
            if let Err(error) = &count {
                let is_baseline = candidate.name == BASELINE;
                failed |= !is_baseline;
                let verb = if is_baseline { "not counted" } else { "FAILED" };
                remarks.push_str(&format!("\n- {verb} {}, {}: {error:#}", exercise.name, candidate.name));
            }
            counts.push(count.ok());
        }
        rows.push(cells(exercise, &counts));
    }
    writeln!(std::io::stdout().lock(), "\n{}{remarks}", table::table(head(candidates.len()), &rows))?;
    Ok(!failed)
}

fn candidates(arguments: &RunArguments) -> Result<Vec<Candidate>> {
    if let Some(reason) = callgrind::missing() {
        bail!(reason);
    }
    let mut candidates = vec![Candidate { name: Wharf::NAME, wharf: Wharf::counted(&arguments.wharf) }];
    if let Some(binary) = &arguments.baseline {
        candidates.push(Candidate { name: BASELINE, wharf: Wharf::counted(binary) });
    }
    match candidates.iter().find_map(|candidate| candidate.wharf.missing()) {
        Some(reason) => bail!(reason),
        None => Ok(candidates),
    }
}

fn wanted(only: &[String]) -> Result<Vec<Exercise>> {
    let mut exercises = exercise::all();
    exercises.retain(|exercise| only.is_empty() || only.iter().any(|pattern| exercise.name.contains(pattern.as_str())));
    ensure!(!exercises.is_empty(), "no scenario matches --only");
    Ok(exercises)
}

/// Counts some times. callgrind's files of the last time are left at `keep`, with the number of messages behind it.
fn count(exercise: &Exercise, wharf: &Wharf, repeats: u32, keep: Option<&Path>) -> Result<Count> {
    let mut each = Vec::new();
    for _ in 0..repeats {
        let once = total(exercise, wharf, exercise.messages, keep)?;
        let twice = total(exercise, wharf, 2 * exercise.messages, keep)?;
        #[expect(clippy::cast_precision_loss, reason = "some seconds of instructions are far below 2^52")]
        each.push(twice.saturating_sub(once) as f64 / exercise.messages as f64);
    }
    Ok(Count::of(each))
}

/// All instructions of a server that is started, carries so many messages and ends.
fn total(exercise: &Exercise, wharf: &Wharf, messages: u64, keep: Option<&Path>) -> Result<u64> {
    let server = wharf.start(exercise.traffic)?;
    exercise.run(server.as_ref(), messages)?;
    let (total, file) = callgrind::finish(server.process())?;
    if let Some(keep) = keep {
        let name = format!("{}-{messages}.callgrind", keep.display());
        fs::copy(file, &name).with_context(|| format!("copy callgrind's file to {name}"))?;
    }
    Ok(total)
}

fn kept_file(directory: &Path, exercise: &Exercise, candidate: &Candidate) -> PathBuf {
    let scenario: Vec<_> = exercise.name.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
    directory.join(format!("{}-{}", candidate.name, scenario.join("-")))
}

impl Count {
    fn of(mut each: Vec<f64>) -> Self {
        each.sort_by(f64::total_cmp);
        let middle = each[each.len() / 2];
        let spread = (each[each.len() - 1] - each[0]) / middle;
        Self { each: middle, spread: (each.len() > 1).then_some(spread) }
    }
}

fn head(candidates: usize) -> &'static [&'static str] {
    match candidates {
        1 => &["scenario", "for each", "instructions", "spread", "goal"],
        _ => &["scenario", "for each", "instructions", "spread", "baseline", "spread", "x baseline", "goal"],
    }
}

fn cells(exercise: &Exercise, counts: &[Option<Count>]) -> Vec<String> {
    let mut cells = vec![exercise.name.to_owned(), exercise.unit.to_owned()];
    for count in counts {
        cells.push(count.map_or_else(String::new, |count| format!("{:.0}", count.each)));
        let spread = count.and_then(|count| count.spread);
        cells.push(spread.map_or_else(String::new, |spread| format!("{:.2} %", spread * 100.0)));
    }
    let ratio = match counts {
        [Some(ours), Some(baseline)] => Some(ours.each / baseline.each),
        _ => None,
    };
    if counts.len() > 1 {
        cells.push(ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")));
    }
    let goal = |ratio| table::verdict(ratio <= MOST_OF_BASELINE, &format!("at most {MOST_OF_BASELINE} x baseline"));
    cells.push(ratio.map_or_else(String::new, goal));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_the_middle_one_and_tells_how_far_others_are() {
        assert_eq!(Count::of(vec![1010.0, 990.0, 1000.0]), Count { each: 1000.0, spread: Some(0.02) });
        assert_eq!(Count::of(vec![1000.0]), Count { each: 1000.0, spread: None });
    }

    #[test]
    fn rows_fit_their_heads() {
        let exercise = &exercise::all()[0];
        let count = |each| Some(Count { each, spread: Some(0.001) });
        for counts in [vec![count(1.0)], vec![None], vec![count(1.0), None], vec![None, None]] {
            let cells = cells(exercise, &counts);
            assert_eq!(cells.len(), head(counts.len()).len());
            assert_eq!(cells.last().map(String::as_str), Some(""));
        }
        let worse = cells(exercise, &[count(1040.0), count(1000.0)]);
        assert_eq!(worse[2..], ["1040", "0.10 %", "1000", "0.10 %", "1.040", "MISSED: at most 1.03 x baseline"]);
    }
}
