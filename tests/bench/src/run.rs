//! One run: every scenario with every system, one after the other, then the report.

use std::fs::File;
use std::io::Write;

use anyhow::{Context, Result, ensure};

use crate::arguments::RunArguments;
use crate::disk;
use crate::interrupt;
use crate::memory;
use crate::nats::Transport;
use crate::report::{Goal, Outcome, Row, Unsupported};
use crate::scenario::{self, Scenario};
use crate::system::{Floor, Nats, Rabbitmq, System, Wharf};
use crate::table;

/// Measures and prints. False if a measurement failed; one that was not possible here is no failure.
pub(crate) fn run(arguments: &RunArguments) -> Result<bool> {
    interrupt::watch()?;
    memory::raise_file_limit()?;
    // Tried before an hour of measuring, not after it.
    let json = arguments.json.as_ref().map(File::create).transpose().context("the file for --json")?;
    let mut rows = Vec::new();
    let (systems, missing) = split_missing(systems(arguments));
    // A scenario's systems run close together in time: what else the machine does then touches them alike.
    for scenario in scenario::all(arguments.seconds, usize::try_from(arguments.connections)?) {
        for system in &systems {
            if !interrupt::came()
                && scenario.suits(system.as_ref())
                && is_wanted(&arguments.only, &scenario, system.as_ref())
            {
                rows.push(measure(&scenario, system.as_ref()));
            }
        }
    }
    ensure!(!rows.is_empty() || interrupt::came(), "no scenario and system match --only");
    rows.extend(missing);
    let remark = disk::remark().map_or_else(String::new, |remark| format!("- {remark}\n"));
    write!(std::io::stdout().lock(), "\n{}{remark}", table::render(&rows))?;
    if let Some(file) = json {
        serde_json::to_writer_pretty(file, &rows)?;
    }
    Ok(!rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(_))))
}

fn systems(arguments: &RunArguments) -> Vec<Box<dyn System>> {
    let mut systems: Vec<Box<dyn System>> =
        vec![Box::new(Floor), Box::new(Wharf::new(&arguments.wharf).on_slower_disk(arguments.sync_delay))];
    if arguments.peers {
        for transport in [Transport::WebSocket, Transport::Tcp] {
            systems.push(Box::new(Nats { program: arguments.nats.clone(), transport }));
        }
        systems.push(Box::new(Rabbitmq { program: arguments.rabbitmq.clone() }));
    }
    systems
}

/// Those that can run here, and a row for each that cannot.
fn split_missing(systems: Vec<Box<dyn System>>) -> (Vec<Box<dyn System>>, Vec<Row>) {
    let mut rows = Vec::new();
    let present = systems.into_iter().filter(|system| match system.missing() {
        None => true,
        Some(reason) => {
            let (scenario, outcome) = (String::new(), Outcome::Skipped(reason));
            rows.push(Row { scenario, system: system.name(), outcome, goal: Goal::None });
            false
        }
    });
    let present = present.collect();
    (present, rows)
}

fn is_wanted(only: &[String], scenario: &Scenario, system: &dyn System) -> bool {
    let name = format!("{} / {}", scenario.name, system.name());
    only.is_empty() || only.iter().any(|pattern| name.contains(pattern.as_str()))
}

fn measure(scenario: &Scenario, system: &dyn System) -> Row {
    eprintln!("bench: {} / {}", scenario.name, system.name());
    let outcome = match scenario.measure(system) {
        Ok(figures) => Outcome::Measured(figures),
        Err(error) => match error.downcast_ref::<Unsupported>() {
            Some(reason) => Outcome::Skipped(reason.to_string()),
            None => Outcome::Failed(format!("{error:#}")),
        },
    };
    let goal = if system.name() == Wharf::NAME { scenario.goal } else { Goal::None };
    Row { scenario: scenario.name.clone(), system: system.name(), outcome, goal }
}
