//! Which permissions a command needs. They are what RabbitMQ asks for, but for two things, in which nobody gets more than was granted:
//! a queue that is there is used without the right to configure it, since nothing is declared; and what is a connection's own, under a name
//! that nobody can guess, is its own without any permission.

use super::held::From;
use super::narrowing::{is_narrowed, narrow};
use crate::auth::{Access, Denied, Operation};
use broker::routing::{STATISTICS, TEMPORARY};
use broker::{
    Action, Command, Commit, Declare, Effect, Error, Publish, QueueDeclaration, QueueSettings, Source, Subscribe,
};
use std::sync::Arc;

/// What the default exchange is called in permissions.
const DEFAULT_EXCHANGE: &str = "amq.default";

/// How names begin that are made up for one connection.
const PRIVATE: [&str; 3] = ["stomp-subscription-", REPLIES, "events-subscription-"];

/// How those of them begin to which others reply.
const REPLIES: &str = "stomp-temporary-";

/// What of the statistics is about one vhost alone.
const OF_VHOST: [&str; 2] = ["queues", "exchanges"];

/// What is there in a vhost.
pub(super) trait Surroundings {
    /// Whether routing keys of this exchange have permissions of their own.
    fn is_topic(&self, exchange: &str) -> bool;
    /// Whether there is such a queue or stream.
    fn has_queue(&self, name: &str) -> bool;
    /// Whether subscriptions with wildcards are narrowed to what may be read, where they would be refused.
    fn narrows(&self) -> bool;
}

/// The command, if it is allowed; otherwise what to tell instead.
pub(super) fn judge(
    mut command: Command,
    access: &Arc<Access>,
    there: &impl Surroundings,
) -> Result<Command, Vec<Effect>> {
    let checked = match &mut command {
        Command::Publish(publish) => check_publish(publish, access, there),
        Command::Commit(commit) => return judge_commit(commit, access, there).map(|()| command),
        Command::Subscribe(subscribe) => check_source(&mut subscribe.source, access, there),
        Command::DeleteQueue { name, .. } => access.check(Operation::Configure, name),
        // These are about what the connection was let have before.
        Command::Connect { .. }
        | Command::Disconnect { .. }
        | Command::Unsubscribe { .. }
        | Command::Settle(_)
        | Command::Grant(_)
        | Command::Replenish { .. }
        | Command::Loaded { .. }
        | Command::Sync { .. } => Ok(()),
    };
    checked.map_err(|denied| refusal(&command, &denied)).map(|()| command)
}

/// Asks for what publishing needs.
pub(super) fn check_publish(publish: &mut Publish, access: &Access, there: &impl Surroundings) -> Result<(), Denied> {
    let (exchange, key) = (&*publish.message.exchange, &*publish.message.routing_key);
    let is_direct = exchange.is_empty();
    if is_direct && is_reply(key, &publish.declare) {
        return Ok(());
    }
    check_route(exchange, key, access, there)?;
    if is_direct { check_declare(publish, access, there) } else { Ok(()) }
}

/// Asks for what sending through an exchange with this routing key needs.
fn check_route(exchange: &str, key: &str, access: &Access, there: &impl Surroundings) -> Result<(), Denied> {
    match exchange {
        "" => access.check(Operation::Write, DEFAULT_EXCHANGE).or_else(|_| access.check(Operation::Write, key)),
        TEMPORARY => Ok(()),
        _ => {
            access.check(Operation::Write, exchange)?;
            check_key(Operation::Write, exchange, key, access, there)
        }
    }
}

/// Asks for what somebody wants to know of: what is done with a queue or an exchange, and with a routing key of it, if one is named.
pub(super) fn check_question(
    operation: Operation,
    name: &str,
    key: Option<&str>,
    access: &Access,
    there: &impl Surroundings,
) -> Result<(), Denied> {
    match (operation, key) {
        (Operation::Write, Some(key)) if name == DEFAULT_EXCHANGE => check_route("", key, access, there),
        (Operation::Write, Some(key)) => check_route(name, key, access, there),
        (Operation::Read, Some(key)) => check_binding(name, key, access, there),
        _ => access.check(operation, name),
    }
}

fn check_declare(publish: &mut Publish, access: &Access, there: &impl Surroundings) -> Result<(), Denied> {
    let queue = &*publish.message.routing_key;
    if let Declare::As(declared) = &publish.declare {
        check_dead_letters(queue, &declared.0, access)?;
    }
    match (&publish.declare, access.check(Operation::Configure, queue)) {
        (Declare::No, _) | (_, Ok(())) => Ok(()),
        (_, Err(_)) if there.has_queue(queue) => {
            publish.declare = Declare::No;
            publish.mandatory = true; // or it would be lost, if the queue goes just now
            Ok(())
        }
        (_, Err(denied)) => Err(denied),
    }
}

fn judge_commit(commit: &mut Commit, access: &Access, there: &impl Surroundings) -> Result<(), Vec<Effect>> {
    let check = |action: &mut Action| match action {
        Action::Publish(publish) => check_publish(publish, access, there),
        Action::PublishAll(publishes, _) => {
            publishes.iter_mut().try_for_each(|publish| check_publish(publish, access, there))
        }
        Action::Settle(_) => Ok(()),
    };
    let count = commit.actions.len();
    let refused = commit.actions.iter_mut().zip(1..).find_map(|(action, number)| Some((number, check(action).err()?)));
    let Some((number, denied)) = refused else { return Ok(()) };
    let error = match count {
        1 => forbidden(&denied),
        _ => Error::Action { number, error: Box::new(forbidden(&denied)) },
    };
    let refuse = |token, error| Effect::Refused { connection: commit.connection, token, subscription: None, error };
    let mut effects = vec![refuse(commit.token, error.clone())];
    for (action, own) in commit.actions.iter().zip(1..) {
        let token = match action {
            Action::Publish(publish) => publish.token,
            Action::PublishAll(_, token) => *token,
            Action::Settle(settle) => settle.token,
        };
        let reason = if own == number { error.clone() } else { Error::Aborted { number } };
        effects.extend(token.map(|token| refuse(Some(token), reason)));
    }
    Err(effects)
}

fn check_source(source: &mut Source, access: &Arc<Access>, there: &impl Surroundings) -> Result<(), Denied> {
    match source {
        Source::Queue(name) => access.check(Operation::Read, name),
        Source::Declared(queue) if is_own(queue) => Ok(()),
        Source::Declared(queue) => {
            access.check(Operation::Read, &queue.name)?;
            check_dead_letters(&queue.name, &queue.settings, access)?;
            if let Err(denied) = access.check(Operation::Configure, &queue.name) {
                if !there.has_queue(&queue.name) {
                    return Err(denied);
                }
                *source = Source::Queue(std::mem::take(&mut queue.name));
            }
            Ok(())
        }
        Source::Bound(queue, binding) if is_own(queue) && is_narrowed(&binding.exchange, &binding.key, there) => {
            check_exchange(&binding.exchange, &binding.key, access)?;
            narrow(source, access);
            Ok(())
        }
        Source::Bound(queue, binding) if is_own(queue) => check_binding(&binding.exchange, &binding.key, access, there),
        Source::Bound(queue, binding) | Source::Rebound(queue, binding) | Source::Narrowed(queue, binding, _) => {
            access.check(Operation::Configure, &queue.name)?;
            access.check(Operation::Write, &queue.name)?;
            access.check(Operation::Read, &queue.name)?;
            check_dead_letters(&queue.name, &queue.settings, access)?;
            check_binding(&binding.exchange, &binding.key, access, there)
        }
    }
}

/// Asks for what getting messages of an exchange needs.
pub(super) fn check_binding(
    exchange: &str,
    key: &str,
    access: &Access,
    there: &impl Surroundings,
) -> Result<(), Denied> {
    if exchange == TEMPORARY {
        return Ok(()); // the key is one that nobody can guess
    }
    check_exchange(exchange, key, access)?;
    check_key(Operation::Read, exchange, key, access, there)
}

/// The same, whatever routing keys the binding key stands for.
fn check_exchange(exchange: &str, key: &str, access: &Access) -> Result<(), Denied> {
    if exchange == STATISTICS && !OF_VHOST.contains(&key) {
        access.check_monitoring("see the statistics of the whole server")?;
    }
    access.check(Operation::Read, exchange)
}

fn check_key(
    operation: Operation,
    exchange: &str,
    key: &str,
    access: &Access,
    there: &impl Surroundings,
) -> Result<(), Denied> {
    match access.check_key(operation, exchange, key) {
        Err(denied) if there.is_topic(exchange) => Err(denied),
        _ => Ok(()),
    }
}

/// Asks for what sending dead letters on needs.
pub(super) fn check_dead_letters(queue: &str, settings: &QueueSettings, access: &Access) -> Result<(), Denied> {
    let Some(exchange) = settings.arguments().dead_letter_exchange.as_deref() else { return Ok(()) };
    access.check(Operation::Read, queue)?;
    access.check(Operation::Write, if exchange.is_empty() { DEFAULT_EXCHANGE } else { exchange })
}

/// Whether a queue is the connection's alone: nobody but it can have made it, and nobody else can use it.
fn is_own(queue: &QueueDeclaration) -> bool {
    queue.settings.exclusive && is_private(&queue.name) && queue.settings.arguments().dead_letter_exchange.is_none()
}

/// Whether a message goes to an address that nobody can guess: whoever has it may reply to it. Only as long as nothing is declared but what
/// goes with the connection, or the name would be a way around all permissions.
fn is_reply(key: &str, declare: &Declare) -> bool {
    let declares_nothing_of_others = match declare {
        Declare::No => true,
        Declare::As(declared) => declared.0.exclusive && declared.0.arguments.is_none(),
        Declare::Plain | Declare::Stream => false,
    };
    key.starts_with(REPLIES) && declares_nothing_of_others
}

/// Asks again for what a subscription needs that is there.
pub(super) fn check_held(from: &From, access: &Access, there: &impl Surroundings) -> Result<(), Denied> {
    match from {
        From::Narrowed(exchange, key) => check_exchange(exchange, key, access),
        From::Queue(name) if is_private(name) => Ok(()),
        From::Queue(name) => access.check(Operation::Read, name),
        From::Exchange(exchange, key) => check_binding(exchange, key, access, there),
    }
}

fn is_private(name: &str) -> bool {
    PRIVATE.iter().any(|prefix| name.starts_with(prefix))
}

fn forbidden(denied: &Denied) -> Error {
    Error::Forbidden { reason: denied.to_string().into() }
}

fn refusal(command: &Command, denied: &Denied) -> Vec<Effect> {
    let (connection, token, subscription) = match command {
        Command::Publish(Publish { connection, token, .. }) => (*connection, *token, None),
        Command::Subscribe(it) => {
            let Subscribe { connection, token, subscription, .. } = &**it;
            (*connection, *token, Some(*subscription))
        }
        Command::DeleteQueue { connection, token, .. } => (*connection, *token, None),
        _ => return Vec::new(),
    };
    vec![Effect::Refused { connection, token, subscription, error: forbidden(denied) }]
}
