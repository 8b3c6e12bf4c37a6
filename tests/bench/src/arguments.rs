//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Measures the server's processor time per delivered message, and memory per connection.
///
/// Every server is started for each measurement on a free port of this machine, with a directory of its own, and
/// stopped after it. Processor time counts; deliveries a second depend on the machine and on what else it does.
#[derive(Debug, Parser)]
#[command(name = "bench", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Action>,
    #[command(flatten)]
    pub(crate) run: RunArguments,
}

/// What to measure and with what.
#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    /// The gateway's binary
    #[arg(long, value_name = "PATH", default_value = "target/release/wharf")]
    pub(crate) wharf: PathBuf,
    /// Let each sync of the gateway take so many microseconds longer, as on a slower disk; needs strace
    #[arg(long, value_name = "MICROSECONDS", conflicts_with = "instructions")]
    pub(crate) sync_delay: Option<u32>,
    /// Also measure NATS and RabbitMQ Web STOMP, where they are installed
    #[arg(long)]
    pub(crate) peers: bool,
    /// Only what has this text in its "scenario / system"; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) only: Vec<String>,
    /// How long to measure each, after a second of warming up
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) seconds: u64,
    /// Idle connections to measure memory with
    #[arg(long, value_name = "N", default_value_t = 4000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) connections: u32,
    /// Also write the figures to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Instead of times, count the instructions of the gateway alone, under valgrind
    #[arg(long, conflicts_with_all = ["peers", "json"])]
    pub(crate) instructions: bool,
    /// With --instructions: another binary of the gateway, to compare with
    #[arg(long, value_name = "PATH", requires = "instructions")]
    pub(crate) baseline: Option<PathBuf>,
    /// With --instructions: how often to count each, which shows how far the counts differ
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) repeats: u32,
    /// With --instructions: a directory to leave callgrind's files in, for callgrind_annotate
    #[arg(long, value_name = "DIRECTORY", requires = "instructions")]
    pub(crate) keep: Option<PathBuf>,
    /// The NATS server, a path or a name
    #[arg(long, value_name = "PROGRAM", default_value = "nats-server")]
    pub(crate) nats: String,
    /// RabbitMQ's start script; not the one in sbin, which changes to the service's user
    #[arg(long, value_name = "PROGRAM", default_value = "/usr/lib/rabbitmq/bin/rabbitmq-server")]
    pub(crate) rabbitmq: String,
}

/// Other uses of this program.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// The bare server that the others are compared with
    Floor(FloorArguments),
    /// A bare HTTP handler, with which publishing events is compared
    BareHandler,
    /// A sink, to which webhooks are delivered
    Sink,
}

/// What the floor serves.
#[derive(Args, Debug)]
pub(crate) struct FloorArguments {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Size of the bodies that it sends
    #[arg(long, default_value_t = 64)]
    pub(crate) body_octets: usize,
    /// Send each message to one subscriber, in turn
    #[arg(long)]
    pub(crate) queue: bool,
    /// Send what has to be acknowledged
    #[arg(long, requires = "queue")]
    pub(crate) acked: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_is_consistent() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }
}
