//! What operators do from a shell: `wharf ctl`, with the command names of rabbitmqctl, and `wharf token`. One file per noun.
//!
//! It works over the management API, so it does from anywhere what its user may do there, and nothing else. Only `check_store` reads files, of a server
//! that does not run.

mod api;
mod bindings;
mod connections;
mod consumers;
mod error;
mod exchanges;
mod limits;
mod options;
mod output;
mod passwords;
mod permissions;
mod queues;
mod store;
mod token;
mod topic_permissions;
mod users;
mod vhosts;

#[cfg(test)]
mod tests;

pub use error::CtlError;
pub use token::Token;

use api::Api;
use clap::{Args, Subcommand};
use options::Options;

/// `wharf ctl`.
#[derive(Debug, Args)]
pub struct Ctl {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Vhosts(vhosts::Command),
    #[command(flatten)]
    Limits(limits::Command),
    #[command(flatten)]
    Users(users::Command),
    #[command(flatten)]
    Permissions(permissions::Command),
    #[command(flatten)]
    TopicPermissions(topic_permissions::Command),
    #[command(flatten)]
    Queues(queues::Command),
    #[command(flatten)]
    Exchanges(exchanges::Command),
    #[command(flatten)]
    Bindings(bindings::Command),
    #[command(flatten)]
    Connections(connections::Command),
    #[command(flatten)]
    Consumers(consumers::Command),
    #[command(flatten)]
    Store(store::Command),
}

impl Ctl {
    /// Does it, and says on standard output what came of it.
    pub fn run(self) -> Result<(), CtlError> {
        if let Command::Store(command) = self.command {
            return command.run();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| CtlError::Failed(format!("cannot start: {error}")))?;
        runtime.block_on(self.command.run(&self.options))
    }
}

impl Command {
    async fn run(self, options: &Options) -> Result<(), CtlError> {
        let api = Api::new(options)?;
        match self {
            Command::Vhosts(command) => command.run(&api, options).await,
            Command::Limits(command) => command.run(&api, options).await,
            Command::Users(command) => command.run(&api, options).await,
            Command::Permissions(command) => command.run(&api, options).await,
            Command::TopicPermissions(command) => command.run(&api, options).await,
            Command::Queues(command) => command.run(&api, options).await,
            Command::Exchanges(command) => command.run(&api, options).await,
            Command::Bindings(command) => command.run(&api, options).await,
            Command::Connections(command) => command.run(&api, options).await,
            Command::Consumers(command) => command.run(&api, options).await,
            Command::Store(command) => command.run(),
        }
    }
}
