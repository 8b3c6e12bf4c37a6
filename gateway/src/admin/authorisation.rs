//! Who may ask the API for what: the one table of it. A path that is not in it is for administrators.

use super::Admin;
use super::answer::Refusal;
use crate::auth::{Access, Entrance, Identity, Operation, Realm};
use crate::engine::Management;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::sync::Arc;

/// What is of one vhost, which the next part of its path names.
const OF_VHOSTS: [&str; 9] = [
    "vhosts",
    "vhost-limits",
    "queues",
    "exchanges",
    "bindings",
    "consumers",
    "permissions",
    "topic-permissions",
    "hooks",
];

/// Who asks, as handlers see it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(super) identity: Arc<Identity>,
    /// What it may do in the vhost that the path names; `None`: it names none, or who monitors only looks.
    access: Option<Arc<Access>>,
}

/// What a request needs beside having logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing more.
    Nothing,
    /// The tag `management`, or one above it.
    Management,
    /// The tag `monitoring`.
    Monitoring,
    /// The tag `administrator`.
    Administrator,
}

/// Which part of the path names what permissions are asked of.
type Permissions = &'static [(Operation, &'static str)];

const NONE: Permissions = &[];
const CONFIGURE: Permissions = &[(Operation::Configure, "name")];
const READ: Permissions = &[(Operation::Read, "name")];
const READ_AND_CONFIGURE: Permissions = &[(Operation::Read, "name"), (Operation::Configure, "name")];
const BIND: Permissions = &[(Operation::Write, "queue"), (Operation::Read, "exchange")];

/// What is needed, by method and path below `/api`.
fn needed(method: &Method, path: &str) -> (Need, Permissions) {
    let looks = method == Method::GET || method == Method::HEAD;
    match path {
        // Which methods there are is no secret.
        _ if method == Method::OPTIONS => (Need::Nothing, NONE),
        "/whoami" | "/tickets" | "/cesql/evaluate" => (Need::Nothing, NONE),
        "/overview" | "/vhosts" | "/vhosts/{vhost}" | "/vhosts/{vhost}/connections" | "/vhost-limits/{vhost}"
            if looks =>
        {
            (Need::Management, NONE)
        }
        "/connections" | "/connections/{name}" | "/consumers" | "/consumers/{vhost}" => (Need::Management, NONE),
        "/queues" | "/exchanges" | "/bindings" => (Need::Management, NONE),
        "/nodes" => (Need::Monitoring, NONE),
        "/queues/{vhost}/{name}" | "/exchanges/{vhost}/{name}" | "/queues/{vhost}/{name}/groups/{group}" if !looks => {
            (Need::Management, CONFIGURE)
        }
        "/queues/{vhost}/{name}/contents" | "/queues/{vhost}/{name}/get" => (Need::Management, READ),
        "/queues/{vhost}/{name}/actions" => (Need::Management, READ_AND_CONFIGURE),
        "/bindings/{vhost}/e/{exchange}/q/{queue}" | "/bindings/{vhost}/e/{exchange}/q/{queue}/{key}" if !looks => {
            (Need::Management, BIND)
        }
        // What publishing needs depends on the body.
        "/exchanges/{vhost}/{name}/publish" => (Need::Management, NONE),
        path if looks
            && ["/queues/{vhost}", "/exchanges/{vhost}", "/bindings/{vhost}"].iter().any(|it| path.starts_with(it)) =>
        {
            (Need::Management, NONE)
        }
        _ => (Need::Administrator, NONE),
    }
}

/// The vhost that a path below `/api` is about, before there is a route for it; `None`: about no one vhost.
pub(crate) fn vhost_of(path: &str) -> Option<Cow<'_, str>> {
    let (resource, rest) = path.strip_prefix('/')?.split_once('/')?;
    let vhost = rest.split('/').next().filter(|vhost| !vhost.is_empty() && OF_VHOSTS.contains(&resource))?;
    percent_decode_str(vhost).decode_utf8().ok()
}

/// Whose rule for pages of other sites counts for a path below `/api`, which may be about a vhost. A ticket is for any: when it is used it is asked
/// for which.
pub(crate) fn realm<'a>(vhost: Option<&'a str>, path: &str) -> Realm<'a> {
    match vhost {
        Some(vhost) => Realm::Vhost(vhost),
        None if path == "/tickets" => Realm::Later,
        None => Realm::Server,
    }
}

/// Lets through what is allowed, with a [`Caller`] for the handlers.
pub(crate) async fn authorise(
    State(admin): State<Admin>,
    path: Option<MatchedPath>,
    parameters: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = path.as_ref().map_or("", |path| path.as_str());
    let path = path.strip_prefix("/api").unwrap_or(path);
    // Here for all handlers: what reaches them is text.
    let parameters = parameters.map_err(|error| Refusal::bad_request(format!("the path: {}", error.body_text())));
    match parameters.and_then(|parameters| check(&admin, &request, path, &parameters)) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn check(admin: &Admin, request: &Request, path: &str, parameters: &RawPathParams) -> Result<Caller, Refusal> {
    let missing = || Refusal::not_authorised("log in first");
    let identity = request.extensions().get::<Arc<Identity>>().cloned().ok_or_else(missing)?;
    let named = |wanted: &str| parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    if let Some(entrance) = request.extensions().get::<Entrance>() {
        entrance.check_page(realm(named("vhost"), path))?;
    }
    let (need, permissions) = needed(request.method(), path);
    check_tag(&identity, need)?;
    // Administrators see and change what is about a vhost, without any permission to use it; OPTIONS is about the path alone.
    let Some(vhost) = named("vhost").filter(|_| !matches!(need, Need::Nothing | Need::Administrator)) else {
        return Ok(Caller { identity, access: None });
    };
    let looks = permissions.is_empty() && matches!(*request.method(), Method::GET | Method::HEAD);
    let access = match admin.access(&identity, vhost) {
        Err(_) if looks && identity.tags.may_monitor() => return Ok(Caller { identity, access: None }),
        entered => entered?,
    };
    for (operation, part) in permissions {
        access.check(*operation, named(part).unwrap_or_default())?;
    }
    Ok(Caller { identity, access: Some(Arc::new(access)) })
}

fn check_tag(identity: &Identity, need: Need) -> Result<(), Refusal> {
    let tags = &identity.tags;
    let (is_there, tag) = match need {
        Need::Nothing => (true, ""),
        Need::Management => (tags.may_manage(), "management"),
        Need::Monitoring => (tags.may_monitor(), "monitoring"),
        Need::Administrator => (tags.is_administrator(), "administrator"),
    };
    match is_there {
        true => Ok(()),
        // 401, as RabbitMQ says it; another log-in may be let through.
        false => Err(Refusal::not_authorised(format!("user {:?} needs the tag {tag:?} for this", identity.user))),
    }
}

impl Admin {
    /// What somebody may do in a vhost.
    pub(super) fn access(&self, identity: &Arc<Identity>, vhost: &str) -> Result<Access, Refusal> {
        let (_, access) = self.engine.enter(self.accounts.users(), identity, vhost)?;
        Ok(access)
    }

    /// The vhosts that somebody sees: those it may enter, and all for who monitors.
    pub(super) fn visible(&self, caller: &Caller) -> impl Iterator<Item = Management> {
        self.engine.vhosts().filter(move |vhost| caller.sees(self, vhost.name()))
    }
}

impl Caller {
    /// What it may do in the vhost of the path.
    pub(super) fn access(&self) -> Result<&Access, Refusal> {
        self.access.as_deref().ok_or_else(|| Refusal::access_refused("this needs permissions in the vhost"))
    }

    /// Whether it sees what is about this vhost.
    pub(super) fn sees(&self, admin: &Admin, vhost: &str) -> bool {
        self.identity.tags.may_monitor() || admin.access(&self.identity, vhost).is_ok()
    }

    /// Whether it may send this connection away: its own, and all for administrators.
    pub(super) fn may_close_connection_of(&self, user: &str) -> bool {
        self.identity.tags.is_administrator() || *self.identity.user == *user
    }

    /// Whether it sees this connection: its own, and all for who monitors.
    pub(super) fn sees_connection_of(&self, user: &str) -> bool {
        self.identity.tags.may_monitor() || *self.identity.user == *user
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_table_is_for_administrators() {
        for (method, path) in [
            (Method::GET, "/users"),
            (Method::PUT, "/vhosts/{vhost}"),
            (Method::PUT, "/vhost-limits/{vhost}/{name}"),
            (Method::GET, "/hooks/{vhost}/{name}"),
            (Method::POST, "/subscriptions"),
            (Method::POST, "/queues/{vhost}"),
            (Method::GET, ""),
        ] {
            assert_eq!(needed(&method, path), (Need::Administrator, NONE), "{method} {path}");
        }
        assert_eq!(needed(&Method::OPTIONS, "/users"), (Need::Nothing, NONE));
    }

    #[test]
    fn a_path_tells_which_vhost_it_is_about() {
        for (path, vhost) in [
            ("/queues/%2F/orders", Some("/")),
            ("/vhosts/a%2Fb", Some("a/b")),
            ("/hooks/shop/in/requests", Some("shop")),
            ("/queues", None),
            ("/queues/", None),
            ("/connections/shop", None),
            ("/users/ann/permissions", None),
            ("", None),
        ] {
            assert_eq!(vhost_of(path).as_deref(), vhost, "{path}");
        }
    }

    #[test]
    fn what_changes_something_needs_a_permission_for_it() {
        let of = |method: Method, path| needed(&method, path).1;
        assert_eq!(of(Method::PUT, "/queues/{vhost}/{name}"), CONFIGURE);
        assert_eq!(of(Method::GET, "/queues/{vhost}/{name}"), NONE);
        assert_eq!(of(Method::POST, "/queues/{vhost}/{name}/get"), READ);
        assert_eq!(of(Method::POST, "/bindings/{vhost}/e/{exchange}/q/{queue}"), BIND);
    }
}
