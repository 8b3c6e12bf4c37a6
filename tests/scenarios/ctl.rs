//! `wharf ctl` and `wharf token`: what an operator does from a shell.

use acceptance::{Exit, Launch, Request, Server};
use serde_json::{Value, json};
use std::fs;

/// Runs a command against a server.
fn ctl(server: &Server, args: &[&str]) -> Exit {
    let url = format!("http://{}", server.http);
    Launch::run_bare(&[&["ctl", "--url", &url], args].concat())
}

/// What a command says that succeeds.
fn said(server: &Server, args: &[&str]) -> String {
    let exit = ctl(server, args);
    assert_eq!((exit.code, exit.stderr.as_str()), (Some(0), ""), "{args:?}: {exit:?}");
    exit.stdout
}

/// One line that tells why, and the exit code.
fn assert_refused(exit: &Exit, code: i32, word: &str) {
    assert_eq!((exit.code, exit.stdout.as_str()), (Some(code), ""), "{exit:?}");
    assert_eq!(exit.stderr.trim_end().lines().count(), 1, "{exit:?}");
    assert!(exit.stderr.contains(word), "it names {word:?}: {exit:?}");
}

fn declare(server: &Server, name: &str) {
    let target = format!("/api/queues/%2F/{name}");
    assert_eq!(server.send(&Request::new("PUT", &target).basic("guest", "guest").json("{}")).status, 201);
}

#[test]
fn queues_are_listed_in_three_shapes_purged_and_deleted() {
    let server = Server::start();
    declare(&server, "orders");
    declare(&server, "a%2F%1B%5B31m");
    server.client().publish("/queue/orders", "one");
    server.queue_has("orders", "messages", 1);
    let table = said(&server, &["list_queues"]);
    let line = table.lines().find(|line| line.starts_with("orders")).expect("it is listed");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["orders", "1"], "{table}");
    assert!(table.starts_with("name") && !table.contains('\u{1b}'), "{table:?}");
    let tsv = said(&server, &["-q", "list_queues", "--format", "tsv", "name", "messages_ready", "durable"]);
    assert!(tsv.lines().any(|line| line == "orders\t1\tfalse"), "{tsv}");
    let rows: Value = serde_json::from_str(&said(&server, &["list_queues", "--format", "json", "name"])).expect("JSON");
    assert!(rows.as_array().is_some_and(|rows| rows.contains(&json!({ "name": "orders" }))), "{rows}");
    assert_refused(&ctl(&server, &["list_queues", "nmae"]), 2, "nmae");
    assert_refused(&ctl(&server, &["delete_queue", "--if-empty", "orders"]), 1, "refused");
    said(&server, &["purge_queue", "orders"]);
    server.queue_has("orders", "messages", 0);
    said(&server, &["delete_queue", "--if-empty", "orders"]);
    said(&server, &["delete_queue", "a/\u{1b}[31m"]);
    assert_refused(&ctl(&server, &["delete_queue", "orders"]), 1, "orders");
}

#[test]
fn connections_are_listed_and_closed() {
    let server = Server::start();
    let mut client = server.client();
    client.sync();
    let names = said(&server, &["-q", "list_connections", "--format", "tsv", "name"]);
    let name = names.trim_end();
    assert_eq!(names.lines().count(), 1, "{names}");
    said(&server, &["close_connection", name, "maintenance"]);
    assert_refused(&ctl(&server, &["close_connection", name, "again"]), 1, "there is no connection");
}

#[test]
fn exchanges_bindings_consumers_and_vhosts_are_listed() {
    let server = Server::start();
    declare(&server, "orders");
    assert!(said(&server, &["list_exchanges"]).contains("amq.topic"));
    assert!(said(&server, &["list_bindings", "source_name", "destination_name"]).contains("orders"));
    assert!(said(&server, &["list_consumers"]).starts_with("queue_name"));
    assert_eq!(said(&server, &["-q", "list_vhosts"]).trim(), "/");
}

#[test]
fn who_may_not_and_who_asks_in_vain_are_told_why() {
    let server = Server::start();
    assert_refused(&ctl(&server, &["--password", "wrong", "list_queues"]), 1, "--password");
    assert_refused(&ctl(&server, &["-p", "nowhere", "list_queues"]), 1, "nowhere");
    assert_refused(&ctl(&server, &["authenticate_user", "guest", "wrong"]), 1, "refused");
    said(&server, &["authenticate_user", "guest", "guest"]);
    assert_refused(&Launch::run_bare(&["ctl", "--url", "http://127.0.0.1:1", "list_queues"]), 1, "127.0.0.1:1");
    assert_refused(&Launch::run_bare(&["ctl", "--url", "nowhere", "list_queues"]), 2, "--url");
    assert_refused(&Launch::run_bare(&["ctl", "set_vhost_limits", "256"]), 2, "max-connections");
    assert_refused(&Launch::run_bare(&["ctl", "set_permissions", "ann"]), 2, "<CONFIGURE>");
    assert_refused(&Launch::run_bare(&["ctl", "fly"]), 2, "fly");
}

#[test]
fn tokens_are_minted_with_the_configured_secret() {
    assert_refused(&Launch::run_bare(&["token", "--sub", "ann"]), 2, "auth.jwt.secret");
    let path = std::env::temp_dir().join(format!("wharf-test-token-{}.toml", std::process::id()));
    fs::write(&path, "[auth.jwt]\nsecret = \"0123456789abcdef0123456789abcdef\"").expect("the directory is writable");
    let mint = |args: &[&str]| {
        let config = path.to_str().expect("a plain name");
        Launch::run_bare(&[&["token", "--config", config, "--sub", "ann"], args].concat())
    };
    let minted = mint(&["--scope", "read:%2F/orders* tag:monitoring", "--ttl", "90m", "--claim", "tenant=acme"]);
    assert_eq!(minted.code, Some(0), "{minted:?}");
    assert_eq!(minted.stdout.trim_end().split('.').count(), 3, "{minted:?}");
    assert_refused(&mint(&["--scope", "raed:*"]), 2, "raed:*");
    assert_refused(&mint(&["--ttl", "soon"]), 2, "--ttl");
    assert_refused(&mint(&["--claim", "tenant"]), 2, "NAME=VALUE");
    fs::remove_file(&path).expect("it is ours");
}

#[test]
fn users_and_permissions_are_managed() {
    let server = Server::start();
    for command in [
        &["add_vhost", "shop", "--narrow-subscriptions", "true", "--allowed-origin", "https://shop.example"][..],
        &["add_user", "ann", "correct horse"],
        &["set_user_tags", "ann", "management", "mine"],
        &["set_permissions", "-p", "shop", "ann", "^ann-", "^(ann-|amq\\.default$)", ".*"],
        &["set_topic_permissions", "-p", "shop", "ann", "amq.topic", "^a", "^b"],
        &["set_vhost_limits", "-p", "shop", r#"{"max-connections": 256}"#],
    ] {
        said(&server, command);
    }
    let tsv = |command: &[&str]| said(&server, &[&["-q", "--format", "tsv"], command].concat());
    let vhosts = tsv(&["list_vhosts", "name", "narrow_subscriptions", "allowed_origins"]);
    assert!(vhosts.contains("shop\ttrue\thttps://shop.example"), "{vhosts}");
    assert_eq!(tsv(&["list_permissions", "-p", "shop"]).lines().next(), Some("ann\t^ann-\t^(ann-|amq\\.default$)\t.*"));
    assert_eq!(tsv(&["list_user_permissions", "ann"]).trim_end(), "shop\t^ann-\t^(ann-|amq\\.default$)\t.*");
    assert_eq!(tsv(&["list_topic_permissions", "-p", "shop"]).trim_end(), "ann\tamq.topic\t^a\t^b");
    assert!(tsv(&["list_users"]).contains("ann\tmanagement"), "{}", tsv(&["list_users"]));
    assert!(tsv(&["list_vhost_limits", "-p", "shop"]).contains("256"));
    said(&server, &["authenticate_user", "ann", "correct horse"]);
    said(&server, &["change_password", "ann", "battery staple"]);
    assert_refused(&ctl(&server, &["authenticate_user", "ann", "correct horse"]), 1, "wrong");
    let queues = said(&server, &["--user", "ann", "--password", "battery staple", "list_queues", "-p", "shop"]);
    assert!(queues.starts_with("name"), "{queues}");
    said(&server, &["clear_permissions", "-p", "shop", "ann"]);
    let refused = ctl(&server, &["--user", "ann", "--password", "battery staple", "list_queues", "-p", "shop"]);
    assert_refused(&refused, 1, "no permissions in vhost");
    said(&server, &["delete_user", "ann"]);
    said(&server, &["delete_vhost", "shop"]);
    assert_refused(&ctl(&server, &["delete_user", "ann"]), 1, "ann");
}
