//! Benchmarks: what a delivered message and an idle connection cost Wharf, beside a floor and other brokers.
//!
//! The figure that counts is the server's processor time, as a ratio to the other rows of the same run. Wall time on
//! a machine that also runs the load says little.

mod acks;
mod arguments;
mod callgrind;
mod counter;
mod cpu;
mod disk;
mod elsewhere;
mod fill;
mod floor;
mod frames;
mod http;
mod instructions;
mod interrupt;
mod load;
mod memory;
mod nats;
mod process;
mod report;
mod run;
mod scenario;
mod sink;
mod stomp;
mod store_replay;
mod system;
mod table;
mod template;
mod websocket;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use arguments::{Action, Arguments, FloorArguments};
use system::{Route, Traffic};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Some(Action::Floor(floor)) => serve_floor(&floor).map(|()| true),
        Some(Action::Sink) => sink::serve().map(|()| true),
        Some(Action::BareHandler) => http::serve_bare().map(|()| true),
        None if arguments.run.instructions => instructions::run(&arguments.run),
        None => run::run(&arguments.run),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve_floor(arguments: &FloorArguments) -> Result<()> {
    let route = match (arguments.queue, arguments.acked) {
        (false, _) => Route::Topic,
        (true, false) => Route::Queue,
        (true, true) => Route::AckedQueue,
    };
    floor::run(arguments.listen, Traffic::plain(route, arguments.body_octets))
}
