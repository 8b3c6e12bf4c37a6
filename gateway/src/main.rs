//! The `wharf` program: arguments in, exit code out.

use clap::{Parser, Subcommand};
use gateway::auth::jwt::Verifier;
use gateway::config::{Config, LogFormat, Overrides};
use gateway::ctl::{Ctl, CtlError, Token};
use gateway::server;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Measured against the system's allocator: a delivery costs about an eighth less, an idle connection 2.7 KiB more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A bad option or configuration.
const EXIT_USAGE: u8 = 2;
/// What was asked for failed.
const EXIT_FAILURE: u8 = 1;

/// Wharf: a messaging gateway for browsers.
#[derive(Debug, Parser)]
#[command(name = "wharf", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or SIGINT.
    Serve(Serve),
    /// Look after a server, with the command names of rabbitmqctl.
    Ctl(Ctl),
    /// Make a token (JWT) with the configured secret, for development.
    Token(Token),
    /// Check a configuration without starting anything.
    CheckConfig {
        /// The TOML file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// A TOML file; `wharf.toml` in the source tree explains every setting.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address for HTTP and WebSocket [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Address for STOMP over TCP, "" for none [default: 127.0.0.1:61613].
    #[arg(long, value_name = "ADDRESS")]
    stomp_listen: Option<String>,
    /// Where data is kept; :memory: keeps nothing [default: wharf-data].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// What carries the messages [default: embedded].
    #[arg(long)]
    engine: Option<String>,
    /// Publish this machine's telemetry and run a work queue, to have something to look at.
    #[arg(long)]
    demo: bool,
    /// Put aside what is damaged in the data directory, and start with what precedes it.
    #[arg(long)]
    repair: bool,
}

pub(crate) fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error)
            if error.use_stderr()
                && error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            return fail(EXIT_USAGE, &first_paragraph(&error.to_string()));
        }
        Err(help) => {
            let _ = help.print();
            return if help.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match arguments.command {
        Command::Serve(serve) => run(&serve),
        Command::Ctl(ctl) => ended(ctl.run()),
        Command::Token(token) => ended(token.run()),
        Command::CheckConfig { config } => check_config(config.as_deref()),
    }
}

fn ended(result: Result<(), CtlError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.exit_code(), &error.to_string()),
    }
}

fn check_config(file: Option<&Path>) -> ExitCode {
    let config = match Config::load(file, &Overrides::default()) {
        Ok(config) => config,
        Err(error) => return fail(EXIT_USAGE, &error.to_string()),
    };
    if let Err(error) = Verifier::new(&config.auth.jwt) {
        return fail(EXIT_USAGE, &error.to_string());
    }
    server::announce("wharf: the configuration is good");
    ExitCode::SUCCESS
}

fn run(serve: &Serve) -> ExitCode {
    let overrides = Overrides {
        data_dir: serve.data_dir.clone(),
        engine: serve.engine.clone(),
        listen: serve.listen.clone(),
        stomp_listen: serve.stomp_listen.clone(),
    };
    let config = match Config::load(serve.config.as_deref(), &overrides) {
        Ok(config) => config,
        Err(error) => return fail(EXIT_USAGE, &error.to_string()),
    };
    if let Err(message) = start_log(&config) {
        return fail(EXIT_USAGE, &message);
    }
    match server::run(&config, server::Options { with_demo: serve.demo, repair: serve.repair }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.exit_code(), &error.to_string()),
    }
}

fn start_log(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.log.level).map_err(|error| format!("log.level: {error}"))?;
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_terminal);
    match config.log.format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Says on one line what was wrong.
fn fail(code: u8, message: &str) -> ExitCode {
    debug_assert!(code == EXIT_USAGE || code == EXIT_FAILURE);
    eprintln!("wharf: {message}");
    ExitCode::from(code)
}

/// The argument parser's explanation without its usage text: its first paragraph, since what is missing is listed below it.
fn first_paragraph(text: &str) -> String {
    let line = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect::<Vec<_>>().join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    format!("{line} (`wharf help` lists what there is)")
}
