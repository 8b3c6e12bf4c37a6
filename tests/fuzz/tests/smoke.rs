//! Every target over its corpus, and over so many changes of it. It is bounded by a count and begins with the same seed, so it fails always or
//! never.

use fuzz::Mutator;
use std::fs;
use std::path::Path;
use std::thread::panicking;

/// Changed inputs for each target: a few seconds without optimisation.
const INPUTS: usize = 100_000;

const SEED: u64 = 7;

/// Shows what a target has failed with.
struct Shown<'a> {
    target: &'a str,
    input: &'a [u8],
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if panicking() {
            let Shown { target, input } = self;
            eprintln!(
                "{target} failed with these octets, which belong into corpus/{target}: b\"{}\"",
                input.escape_ascii()
            );
        }
    }
}

fn run(target: &str, body: fn(&[u8])) {
    let seeds = corpus(target);
    let mut mutator = Mutator::new(SEED);
    let changed = (0..INPUTS).map(|_| mutator.changed(&seeds));
    for input in seeds.iter().cloned().chain(changed) {
        let shown = Shown { target, input: &input };
        body(shown.input);
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut paths: Vec<_> = fs::read_dir(&directory).expect("it has a corpus").flatten().map(|it| it.path()).collect();
    paths.sort(); // or the order, and with it the inputs, would depend on the disk
    assert!(!paths.is_empty(), "{} is empty", directory.display());
    paths.iter().map(|path| fs::read(path).expect("it is a file")).collect()
}

#[test]
fn stomp_decode() {
    run("stomp_decode", fuzz::stomp_decode);
}

#[test]
fn cloudevents_json() {
    run("cloudevents_json", fuzz::cloudevents_json);
}

#[test]
fn cloudevents_protobuf() {
    run("cloudevents_protobuf", fuzz::cloudevents_protobuf);
}

#[test]
fn cesql() {
    run("cesql", fuzz::cesql);
}

#[test]
fn token() {
    run("token", fuzz::token);
}

#[test]
fn scopes() {
    run("scopes", fuzz::scopes);
}
