//! The whole engine on a disk that fails, tears and reorders what was not synced, and whose power is cut at every operation of a random workload:
//! the vhost behind its lock, the journal with its group commit, deferred confirmations, readers, and reclaiming with moves to the logs of streams.
//!
//! ```text
//!   life: steps, until the power goes -> the disk after it -> what is there?  -> another life -> all is drained
//!            |                                                  |
//!          model: commands in order, of which so many are confirmed -> one of its states is what is there
//! ```
//!
//! `WHARF_SEEDS=200 cargo test -p gateway --lib simulation` runs more of it. What failed is printed as `seed 17, cut 243`, and
//! `WHARF_SEED=17 WHARF_CUT=243` runs that alone. Threads are real, so it may take more than one attempt.

mod client;
mod life;
mod message;
mod model;
mod observe;

use super::embedded::{EmbeddedVhost, Journal, Sizes};
use super::{DEFAULT_VHOST, Engine, EngineLimits, StoreError};
use broker::Limits;
use life::Life;
use model::Model;
use observe::{Observed, observe};
use std::sync::Arc;
use std::time::Duration;
use store::backend::{Disk, Random};

/// What is waited at most for something that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Seeds without `WHARF_SEEDS`.
const SEEDS: u64 = 12;

/// Cuts of each seed, about, at places that differ from seed to seed.
const CUTS: usize = 40;

/// More operations than there are.
const NEVER: usize = 1_000_000;

/// Steps of the first life, and of the one after the cut.
const STEPS: [usize; 2] = [90, 25];

/// So small that all of it happens: segments are rolled, the oldest reclaimed, streams moved, and messages leave memory.
const SIZES: Sizes = Sizes { segment: 2_048, window: 4_096 };

fn limits() -> Limits {
    Limits { resident: 1, small_stream: 1_500, least_segment: 0, window: 4_096, ..Limits::default() }
}

fn open(disk: &Disk) -> Result<Engine, StoreError> {
    let limits = EngineLimits { vhost: limits(), ..EngineLimits::default() };
    Engine::begin(limits, Journal::open_on(disk.clone(), SIZES, false)?)
}

fn vhost(engine: &Engine) -> Arc<EmbeddedVhost> {
    Arc::clone(&engine.shared.vhosts.find(DEFAULT_VHOST).expect("it was there at first").vhost)
}

/// Says which case it is that fails.
struct Case {
    seed: u64,
    cut: usize,
}

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}, cut {}", self.seed, self.cut);
        }
    }
}

/// Opens the disk twice: what is there is one of the states that may be, and the same both times.
async fn restart(disk: &Disk, model: &mut Model) -> (Engine, Disk) {
    let first = observe(&open(disk).unwrap_or_else(|error| panic!("{error}: {:?}", disk.names()))).await;
    let disk = disk.copy(); // a thread of the first may live on for a moment
    let engine = open(&disk).expect("it can be opened again");
    let second = observe(&engine).await;
    assert_eq!(first, second, "recovery twice gives the same");
    let Observed { view, counts, epochs } = second;
    model.resolve(&view);
    for ((name, id), times) in &model.now.returned {
        let count = counts.get(&((*name).to_owned(), *id)).copied().unwrap_or_default();
        assert!(
            count > *times,
            "message {id} of {name} came back {times} times, and it is delivery {count} that comes next"
        );
    }
    if let Some(epoch) = epochs.get(model::STREAM) {
        assert_eq!(model.epoch.get_or_insert(*epoch), epoch, "the numbering is the same");
    }
    (engine, disk)
}

/// Runs a workload until the power goes, and another one after it. Returns operations of the first, and the files that it left.
async fn run(seed: u64, cut: usize) -> (usize, Vec<String>) {
    let _case = Case { seed, cut };
    let mut fate = Random::new(seed * 1_000_003 + cut as u64);
    let mut model = Model::default();
    let disk = Disk::default();
    disk.cut_after(cut);
    let mut after = match open(&disk) {
        Ok(engine) => {
            let mut life = Life::begin(engine, &disk, &mut model, Random::new(seed));
            life.run(STEPS[0]).await;
            life.end(&mut fate).await
        }
        Err(_) => disk.after_power_cut(&mut fate),
    };
    let (operations, names) = (disk.operations(), disk.names());
    if fate.below(3) == 0 {
        // It goes once more, while what is there is brought in order.
        after.cut_after(fate.below(12));
        drop(open(&after));
        after = after.after_power_cut(&mut fate);
    }
    let (engine, disk) = restart(&after, &mut model).await;
    if fate.below(2) == 0 {
        disk.cut_after(fate.below(80));
    }
    let mut life = Life::begin(engine, &disk, &mut model, Random::new(seed + 77_777 + cut as u64));
    life.run(STEPS[1]).await;
    let after = life.end(&mut fate).await;
    let (engine, disk) = restart(&after, &mut model).await;
    let mut life = Life::begin(engine, &disk, &mut model, Random::new(seed));
    life.drain().await;
    let after = life.end(&mut fate).await;
    let _ = restart(&after, &mut model).await;
    assert!(model.now.queues.values().all(Vec::is_empty), "all was settled");
    (operations, names)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn what_is_confirmed_is_there_wherever_the_power_goes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    if let Some((seed, cut)) = number("WHARF_SEED").zip(number("WHARF_CUT")) {
        runtime.block_on(run(seed, usize::try_from(cut).unwrap()));
        return;
    }
    let mut all_names = Vec::new();
    for seed in 0..number("WHARF_SEEDS").unwrap_or(SEEDS) {
        let (operations, names) = runtime.block_on(run(seed, NEVER));
        all_names.extend(names);
        let step = (operations / CUTS).max(1);
        for cut in (usize::try_from(seed).unwrap() % step..operations).step_by(step) {
            runtime.block_on(run(seed, cut));
        }
    }
    for kind in [".journal", ".snapshot", ".log"] {
        assert!(all_names.iter().any(|name| name.ends_with(kind)), "there are files of each kind");
    }
}
