//! The same tests against RabbitMQ: what the two do differently is listed in `differences.rs`, and nothing else is.
//!
//! `npm test -- compare` starts a RabbitMQ and runs this. Every test runs in a process of its own, so that one may fail
//! and another may say that it is not about RabbitMQ.

use crate::differences::DIFFERENCES;
use acceptance::{WHARF_ONLY, rabbitmq};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// Tests at a time. They mostly wait for the node.
const AT_A_TIME: usize = 12;

/// Seconds that a test has for each thing to happen which is expected not to happen.
const SHORT_PATIENCE: &str = "2";

/// From then on a test is named with the time that it took.
const SLOW: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    NotCompared,
}

fn this_program() -> Command {
    Command::new(env::current_exe().expect("a program knows its path"))
}

/// All tests but those of this file.
fn tests() -> Vec<String> {
    let listed = this_program().args(["--list", "--format", "terse"]).output().expect("the program lists its tests");
    let listed = String::from_utf8(listed.stdout).expect("names are text");
    let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    names.filter(|name| !name.starts_with("comparison::")).map(str::to_owned).collect()
}

/// Runs one test, and returns what it printed where it failed.
fn run(name: &str, expected_to_fail: bool) -> (Outcome, String) {
    let mut command = this_program();
    command.args(["--exact", name, "--nocapture"]).stdin(Stdio::null());
    if expected_to_fail {
        command.env("WHARF_PATIENCE", SHORT_PATIENCE);
    }
    let done = command.output().expect("the program runs");
    let printed = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    match done.status.code() {
        Some(0) => (Outcome::Passed, String::new()),
        Some(WHARF_ONLY) => (Outcome::NotCompared, String::new()),
        _ => (Outcome::Failed, printed),
    }
}

#[test]
#[ignore = "needs a RabbitMQ: npm test -- compare"]
fn rabbitmq_differs_exactly_where_the_table_says() {
    rabbitmq().expect("WHARF_TARGET=rabbitmq is set");
    let listed: BTreeSet<&str> = DIFFERENCES.iter().map(|(name, _)| *name).collect();
    let todo = Mutex::new(tests().into_iter().rev().collect::<Vec<_>>());
    let (counts, wrong) = (Mutex::new([0; 3]), Mutex::new(Vec::new()));
    let next = || todo.lock().expect("no test panics in here").pop();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(name) = next() {
                    let start = Instant::now();
                    let (outcome, printed) = run(&name, listed.contains(name.as_str()));
                    if start.elapsed() > SLOW {
                        println!("{name} took {:?}", start.elapsed());
                    }
                    counts.lock().expect("no test panics in here")[outcome as usize] += 1;
                    let found = match (outcome, listed.contains(name.as_str())) {
                        (Outcome::Passed, false) | (Outcome::Failed, true) | (Outcome::NotCompared, false) => continue,
                        (Outcome::Failed, false) => format!("{name} fails, and the table does not say so:\n{printed}"),
                        (Outcome::Passed, true) => {
                            format!("{name} passes, though the table says that RabbitMQ differs")
                        }
                        (Outcome::NotCompared, true) => {
                            format!("{name} is not compared: it does not belong in the table")
                        }
                    };
                    eprintln!("{found}");
                    wrong.lock().expect("no test panics in here").push(name);
                }
            });
        }
    });
    let [same, different, not_compared] = counts.into_inner().expect("no test panics in here");
    println!("RabbitMQ: {same} tests pass, {different} differ, {not_compared} are about Wharf alone");
    let mut wrong = wrong.into_inner().expect("no test panics in here");
    wrong.sort();
    assert_eq!(wrong, [""; 0], "these are not as conformance/differences.rs says");
}

#[test]
fn the_table_names_tests_once_and_says_why() {
    let tests: BTreeSet<String> = tests().into_iter().collect();
    let mut seen = BTreeSet::new();
    for (name, reason) in DIFFERENCES {
        assert!(tests.contains(*name), "there is no test {name}");
        assert!(seen.insert(name), "{name} is listed twice");
        assert!(reason.len() > 10, "the table says why {name} differs");
    }
}

#[test]
fn the_readme_lists_the_same_differences() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).expect("tests have a README");
    let (_, section) = readme.split_once("## What RabbitMQ does differently").expect("the README has the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = DIFFERENCES.iter().map(|(name, reason)| format!("| `{name}` | {reason} |")).collect();
    for row in &expected {
        assert!(rows.contains(&row.as_str()), "tests/README.md lacks\n{row}");
    }
    assert_eq!(rows.len(), expected.len(), "tests/README.md lists what conformance/differences.rs does not");
}
