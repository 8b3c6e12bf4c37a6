//! What every command takes: which server, as whom, and how to show what it answers.

use crate::config::Secret;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The vhost that is meant where none is named.
const DEFAULT_VHOST: &str = "/";

/// Options of all commands; they may stand before or behind the command's name.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Where the server is.
    #[arg(long, global = true, env = "WHARF_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(super) url: String,
    /// Who asks.
    #[arg(long, global = true, env = "WHARF_USER", value_name = "NAME", default_value = "guest")]
    pub(super) user: String,
    /// Their password; others on this machine can read options, but not the variable.
    #[arg(
        long,
        global = true,
        env = "WHARF_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD",
        default_value = "guest",
        hide_default_value = true
    )]
    pub(super) password: Secret,
    /// Certificates in PEM that are trusted beside those of the system.
    #[arg(long, global = true, env = "WHARF_CA_FILE", value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
    /// The vhost [default: / where one is needed].
    #[arg(short = 'p', long, global = true, value_name = "VHOST")]
    vhost: Option<String>,
    /// How lists are shown.
    #[arg(long, global = true, alias = "formatter", value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Say nothing but what was asked for: no heading, no "done".
    #[arg(short = 'q', long, global = true)]
    pub(super) quiet: bool,
}

/// The shape of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Aligned columns, for people.
    Table,
    /// An array of objects, for programs.
    Json,
    /// Tabs between values, for shells.
    Tsv,
}

impl Options {
    /// The vhost, for a command that needs one.
    pub(super) fn vhost(&self) -> &str {
        self.vhost.as_deref().unwrap_or(DEFAULT_VHOST)
    }

    /// The vhost, if one was named.
    pub(super) fn named_vhost(&self) -> Option<&str> {
        self.vhost.as_deref()
    }
}
