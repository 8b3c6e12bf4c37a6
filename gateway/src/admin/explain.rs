//! `GET /api/explain`: whether a user may do something, and why not.

use super::Admin;
use super::answer::{Parameters, Refusal};
use super::users::unknown;
use crate::auth::{Access, Granted, Identity, Operation};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What is asked about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    user: String,
    vhost: String,
    operation: Operation,
    /// Of a queue or an exchange; the default exchange is `amq.default`.
    name: String,
    /// Of a topic exchange.
    routing_key: Option<String>,
}

/// Answers with whether it is allowed, and which pattern decides.
pub(super) async fn show(
    State(admin): State<Admin>,
    Parameters(question): Parameters<Question>,
) -> Result<Json<Value>, Refusal> {
    let Question { user, vhost, operation, name, routing_key } = question;
    let directory = admin.accounts.directory();
    let (user, known) = directory.get_key_value(&*user).ok_or_else(|| unknown(&user))?;
    let vhost = admin.engine.vhost(&vhost)?.name().clone();
    let identity = Identity { user: Arc::clone(user), tags: known.tags.clone(), token: None };
    let granted = known.vhosts.get(&*vhost);
    let refused = match Access::of(admin.accounts.users(), Arc::new(identity), &vhost) {
        Err(denied) => Some(denied),
        Ok(access) => {
            let key = |key: &String| access.check_key(operation, &name, key);
            access.check(operation, &name).and_then(|()| routing_key.as_ref().map_or(Ok(()), key)).err()
        }
    };
    let decisive = decisive(granted, operation, &name, routing_key.as_deref());
    Ok(Json(match refused {
        None => json!({ "allowed": true, "reason": decisive }),
        Some(denied) => json!({ "allowed": false, "reason": format!("{denied}: {decisive}") }),
    }))
}

/// What was granted that decides it.
fn decisive(granted: Option<&Granted>, operation: Operation, name: &str, key: Option<&str>) -> String {
    let Some(permission) = granted.and_then(|granted| granted.permission.as_ref()) else {
        return "nothing was granted to this user in this vhost".to_owned();
    };
    let pattern = match operation {
        Operation::Configure => &permission.configure,
        Operation::Write => &permission.write,
        Operation::Read => &permission.read,
    };
    let mut text = format!("its {operation} permission is {:?}", pattern.as_str());
    if let Some((topic, _)) = granted.and_then(|granted| granted.topics.get(name)).zip(key) {
        let pattern = if operation == Operation::Write { &topic.write } else { &topic.read };
        text += &format!(", and for routing keys of this exchange {:?}", pattern.as_str());
    }
    text
}
