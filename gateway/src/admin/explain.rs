//! `/api/explain`: whether somebody may do something, and why not. It is asked by what judges commands.

use super::Admin;
use super::answer::{Parameters, Refusal, read};
use super::exchanges::exchange_name;
use super::users::unknown;
use crate::auth::jwt::Token;
use crate::auth::{Access, Denied, Granted, Identity, Operation};
use crate::config::Secret;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What is said beside a refusal that subscriptions do not meet.
const NARROWED: &str = "; a subscription that is not durable is let in, and gets what may be read, since the vhost narrows those with wildcards";

/// What is asked about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Who: a user that is kept.
    user: Option<String>,
    /// Or whoever shows this token.
    token: Option<Secret>,
    vhost: String,
    operation: Operation,
    /// Of a queue or an exchange; the default exchange is `amq.default`.
    name: String,
    /// Of an exchange.
    routing_key: Option<String>,
}

/// Answers a question in a URL, which is about a user: logs keep URLs.
pub(super) async fn of_user(
    State(admin): State<Admin>,
    Parameters(question): Parameters<Question>,
) -> Result<Json<Value>, Refusal> {
    match question.token {
        Some(_) => Err(Refusal::bad_request("token: logs keep URLs: POST the question as a JSON object")),
        None => answer(&admin, &question).await,
    }
}

/// Answers a question in a body.
pub(super) async fn of_anybody(State(admin): State<Admin>, body: Bytes) -> Result<Json<Value>, Refusal> {
    answer(&admin, &read(&body)?).await
}

/// Whether it is allowed, and what decides it.
async fn answer(admin: &Admin, question: &Question) -> Result<Json<Value>, Refusal> {
    let identity = Arc::new(identify(admin, question).await?);
    let vhost = admin.engine.vhost(&question.vhost)?;
    let (name, key) = (&*question.name, question.routing_key.as_deref());
    let access = Access::of(admin.accounts.users(), Arc::clone(&identity), vhost.name());
    let refused = access.and_then(|access| vhost.check(&access, question.operation, name, key)).err();
    let topic_key = key.filter(|_| question.operation != Operation::Configure && vhost.is_topic(name));
    let decisive = match &identity.token {
        Some(token) => of_scopes(token, vhost.name(), question, topic_key),
        None => {
            let directory = admin.accounts.directory();
            let granted = directory.get(&identity.user).and_then(|user| user.vhosts.get(&**vhost.name()));
            Some(of_permissions(granted, question, topic_key))
        }
    };
    Ok(Json(match refused {
        None => json!({ "allowed": true, "reason": decisive.as_deref().unwrap_or("nothing is needed for it") }),
        Some(denied) => {
            let decisive = decisive.as_deref().unwrap_or("none of the token's scopes allows it");
            let is_narrowed = matches!(denied, Denied::Key { .. })
                && question.operation == Operation::Read
                && key.is_some_and(|key| vhost.is_narrowed(name, key));
            let besides = if is_narrowed { NARROWED } else { "" };
            json!({ "allowed": false, "reason": format!("{denied}: {decisive}{besides}") })
        }
    }))
}

/// Who is asked about.
async fn identify(admin: &Admin, question: &Question) -> Result<Identity, Refusal> {
    match (&question.user, &question.token) {
        (Some(user), None) => {
            let directory = admin.accounts.directory();
            let (user, known) = directory.get_key_value(&**user).ok_or_else(|| unknown(user))?;
            Ok(Identity { user: Arc::clone(user), tags: known.tags.clone(), token: None, password: None })
        }
        (None, Some(token)) => {
            let identity = admin.accounts.users().check_token(token.reveal()).await;
            identity.map_err(|refusal| Refusal::bad_request(format!("token: {refusal}")))
        }
        _ => Err(Refusal::bad_request("name either a user or a token")),
    }
}

/// The scope that allows it.
fn of_scopes(token: &Token, vhost: &str, question: &Question, topic_key: Option<&str>) -> Option<String> {
    let Question { operation, name, routing_key, .. } = question;
    let scope = match topic_key {
        Some(key) => token.scopes.granting_key(*operation, vhost, name, key),
        None => token.scopes.granting(*operation, vhost, name),
    };
    // Through the default exchange one writes to a queue.
    let is_direct = *operation == Operation::Write && exchange_name(name).is_empty();
    let queue = routing_key.as_deref().filter(|_| is_direct);
    let scope = scope.or_else(|| token.scopes.granting(*operation, vhost, queue?));
    scope.map(|scope| format!("the token's scope {:?} is about it", scope.text()))
}

/// What was granted that decides it.
fn of_permissions(granted: Option<&Granted>, question: &Question, topic_key: Option<&str>) -> String {
    let Some(permission) = granted.and_then(|granted| granted.permission.as_ref()) else {
        return "nothing was granted to this user in this vhost".to_owned();
    };
    let operation = question.operation;
    let pattern = match operation {
        Operation::Configure => &permission.configure,
        Operation::Write => &permission.write,
        Operation::Read => &permission.read,
    };
    let mut text = format!("its {operation} permission is {:?}", pattern.as_str());
    if let Some((topic, _)) = granted.and_then(|granted| granted.topics.get(&question.name)).zip(topic_key) {
        let pattern = if operation == Operation::Write { &topic.write } else { &topic.read };
        text += &format!(", and for routing keys of this exchange {:?}", pattern.as_str());
    }
    text
}
