//! What users may do: asked for where RabbitMQ asks, over every protocol, and changed while they are connected.

use acceptance::{Client, Frame, Request, Response, Server, Signer, Transport, all_transports, claims, each_transport};
use serde_json::{Value, json};

fn put(server: &Server, path: &str, body: &Value) -> u16 {
    server.send(&Request::new("PUT", path).basic("guest", "guest").json(&body.to_string())).status
}

/// A server, and a user with these permissions in "/".
fn server_with(configure: &str, write: &str, read: &str) -> Server {
    let server = Server::start();
    assert_eq!(put(&server, "/api/users/alice", &json!({ "password": "hush", "tags": "management" })), 201);
    grant(&server, configure, write, read);
    server
}

fn grant(server: &Server, configure: &str, write: &str, read: &str) {
    let body = json!({ "configure": configure, "write": write, "read": read });
    assert!([201, 204].contains(&put(server, "/api/permissions/%2F/alice", &body)));
}

fn grant_keys(server: &Server, write: &str, read: &str) {
    let body = json!({ "exchange": "amq.topic", "write": write, "read": read });
    assert!([201, 204].contains(&put(server, "/api/topic-permissions/%2F/alice", &body)));
}

fn alice(server: &Server, transport: Transport) -> Client {
    let mut client = server.dial(transport);
    let headers =
        [("accept-version", "1.2"), ("host", "/"), ("login", "alice"), ("passcode", "hush"), ("x-soft-errors", "true")];
    client.send("CONNECT", &headers, "");
    client.expect("CONNECTED");
    client
}

/// What a SEND or a SUBSCRIBE is answered: `None`, if it is allowed.
fn refused(client: &mut Client, command: &str, destination: &str, headers: &[(&str, &str)]) -> Option<String> {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let id = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let mut all = vec![("destination", destination), ("receipt", id.as_str())];
    if command == "SUBSCRIBE" {
        all.push(("id", &id));
    }
    all.extend_from_slice(headers);
    client.send(command, &all, if command == "SEND" { "x" } else { "" });
    loop {
        let frame: Frame = client.frame();
        match &*frame.command {
            "RECEIPT" => return None,
            "ERROR" => {
                assert_eq!(frame.header("x-code"), "forbidden", "{frame:?}");
                return Some(frame.header("message").to_owned());
            }
            _ => {}
        }
    }
}

fn request(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    let request = Request::new(method, path).basic("alice", "hush").json(&body.to_string());
    server.send(&request)
}

#[test]
fn each_operation_of_stomp_needs_its_permission() {
    let server = server_with("^mine", "^(mine|amq\\.topic$)", "^(mine|amq\\.topic$)");
    server.client().publish("/queue/others", "x");
    all_transports(|transport| {
        let mut client = alice(&server, transport);
        for allowed in ["/queue/mine-1", "/topic/a.b", "/amq/queue/mine-1"] {
            assert_eq!(refused(&mut client, "SEND", allowed, &[]), None, "{allowed}");
        }
        for denied in ["/queue/others", "/amq/queue/others", "/exchange/amq.fanout/k", "/stream/others"] {
            let reason = refused(&mut client, "SEND", denied, &[]).expect(denied);
            assert!(reason.contains("alice") && reason.contains("write"), "{reason}");
        }
        for allowed in ["/queue/mine-1", "/topic/a.*", "/exchange/amq.topic/a"] {
            assert_eq!(refused(&mut client, "SUBSCRIBE", allowed, &[]), None, "{allowed}");
        }
        for denied in ["/queue/others", "/queue/new", "/amq/queue/others", "/exchange/amq.fanout"] {
            assert!(refused(&mut client, "SUBSCRIBE", denied, &[]).is_some(), "{denied}");
        }
        let named = [("x-queue-name", "others")];
        assert!(refused(&mut client, "SUBSCRIBE", "/topic/a", &named).is_some(), "a queue of another name");
        assert_eq!(refused(&mut client, "SUBSCRIBE", "/temp-queue/replies", &[]), None, "what is its own");
    });
    assert_eq!(server.queue_number("others", "messages"), 1, "nothing came through");
}

#[test]
fn a_queue_that_is_there_needs_no_right_to_configure_it() {
    let server = server_with("", "amq.default", "^there$");
    server.client().publish("/queue/there", "x");
    let mut client = alice(&server, Transport::Tcp);
    assert_eq!(refused(&mut client, "SEND", "/queue/there", &[]), None);
    assert_eq!(refused(&mut client, "SUBSCRIBE", "/queue/there", &[]), None);
    assert!(refused(&mut client, "SEND", "/queue/new", &[]).unwrap().contains("configure"));
    assert_eq!(server.queue("new"), None);
}

#[test]
fn dead_letters_go_only_where_the_user_may_write() {
    let server = server_with(".*", "^(q|amq\\.fanout|amq\\.default)$", ".*");
    let mut client = alice(&server, Transport::Tcp);
    let to = |exchange| [("x-dead-letter-exchange", exchange)];
    assert_eq!(refused(&mut client, "SUBSCRIBE", "/queue/q", &to("amq.fanout")), None);
    assert!(refused(&mut client, "SUBSCRIBE", "/queue/p", &to("amq.direct")).unwrap().contains("amq.direct"));
    let declare = |name: &str, exchange: &str| {
        let body = json!({ "arguments": { "x-dead-letter-exchange": exchange } });
        request(&server, "PUT", &format!("/api/queues/%2F/{name}"), &body).status
    };
    assert_eq!((declare("a", "amq.fanout"), declare("b", "amq.direct")), (201, 403));
}

#[test]
fn routing_keys_of_a_topic_exchange_have_permissions_of_their_own() {
    let server = server_with("", ".*", ".*");
    grant_keys(&server, r"^{username}\.", r"^(public|{username})\.");
    all_transports(|transport| {
        let mut client = alice(&server, transport);
        assert_eq!(refused(&mut client, "SEND", "/topic/alice.1", &[]), None);
        assert!(refused(&mut client, "SEND", "/topic/public.1", &[]).unwrap().contains("public.1"));
        assert_eq!(refused(&mut client, "SUBSCRIBE", "/topic/public.#", &[]), None);
        assert!(refused(&mut client, "SUBSCRIBE", "/topic/#", &[]).is_some());
        assert_eq!(refused(&mut client, "SEND", "/exchange/amq.direct/public.1", &[]), None, "it is no topic exchange");
    });
    let publish = |path: &str| {
        let event = json!({ "specversion": "1.0", "id": "1", "source": "/a", "type": "t" });
        let request = Request::new("POST", path).basic("alice", "hush").body(event.to_string());
        server.send(&request.header("Content-Type", "application/cloudevents+json")).status
    };
    assert_eq!((publish("/events/topic/alice.1"), publish("/events/topic/bob.1")), (202, 403));
}

#[test]
fn a_transaction_is_refused_as_a_whole() {
    let server = server_with(".*", "^amq\\.(default|topic|direct)$", ".*");
    let mut client = alice(&server, Transport::Tcp);
    client.send("BEGIN", &[("transaction", "t")], "");
    client.send("SEND", &[("transaction", "t"), ("destination", "/queue/q")], "x");
    client.send("SEND", &[("transaction", "t"), ("destination", "/exchange/amq.fanout/k")], "x");
    client.send("COMMIT", &[("transaction", "t"), ("receipt", "c")], "");
    let error = client.expect("ERROR");
    assert_eq!((error.header("x-code"), error.header("receipt-id")), ("forbidden", "c"));
    client.sync();
    assert_eq!(server.queue("q"), None, "nothing of it was done");
}

#[test]
fn a_change_counts_at_once_on_connections_that_are_there() {
    let server = server_with(".*", ".*", ".*");
    let mut client = alice(&server, Transport::Text);
    assert_eq!(refused(&mut client, "SEND", "/queue/q", &[]), None);
    grant(&server, ".*", "", ".*");
    assert!(refused(&mut client, "SEND", "/queue/q", &[]).is_some());
    assert_eq!(server.api("DELETE", "/api/permissions/%2F/alice").status, 204);
    assert!(refused(&mut client, "SUBSCRIBE", "/queue/q", &[]).is_some());
    assert_eq!(request(&server, "GET", "/events/queue/q", &json!({})).status, 403);
}

#[test]
fn events_need_the_same_permissions() {
    let server = server_with("^q", "^(q|amq\\.default)", "^q");
    let event = |id: &str| json!({ "specversion": "1.0", "id": id, "source": "/a", "type": "t" });
    let post = |path: &str, kind: &str, body: &Value| {
        let request = Request::new("POST", path).basic("alice", "hush").body(body.to_string());
        server.send(&request.header("Content-Type", kind))
    };
    let one = "application/cloudevents+json";
    assert_eq!(post("/events/queue/q", one, &event("1")).status, 202);
    let answer = post("/events/exchange/amq.fanout/k", one, &event("1"));
    assert_eq!((answer.status, answer.json()["error"].as_str()), (403, Some("access_refused")));
    let batch = json!([event("1"), event("2")]);
    let answer = post("/events/topic/a", "application/cloudevents-batch+json", &batch);
    assert_eq!((answer.status, &answer.json()["index"]), (403, &json!(0)));
    let poll = |path: &str| {
        let request = Request::new("GET", path).basic("alice", "hush");
        server.send(&request.header("Accept", "application/cloudevents-batch+json")).status
    };
    assert_eq!((poll("/events/queue/q?wait=0"), poll("/events/topic/a?wait=0")), (200, 403));
}

#[test]
fn the_api_needs_tags_and_permissions() {
    let server = server_with("^mine", "^mine", "^mine");
    assert_eq!(request(&server, "PUT", "/api/queues/%2F/mine", &json!({})).status, 201);
    assert_eq!(request(&server, "PUT", "/api/queues/%2F/other", &json!({})).status, 403);
    server.client().publish("/queue/other", "x");
    let look = json!({ "count": 1, "ackmode": "ack_requeue_true" });
    assert_eq!(request(&server, "POST", "/api/queues/%2F/other/get", &look).status, 403);
    assert_eq!(request(&server, "POST", "/api/queues/%2F/mine/get", &look).status, 200);
    assert_eq!(request(&server, "DELETE", "/api/queues/%2F/other/contents", &json!({})).status, 403);
    assert_eq!(request(&server, "DELETE", "/api/queues/%2F/other", &json!({})).status, 403);
    let publication = json!({ "routing_key": "mine", "payload": "x", "payload_encoding": "string", "properties": {} });
    assert_eq!(request(&server, "POST", "/api/exchanges/%2F/amq.fanout/publish", &publication).status, 403);
    assert_eq!(request(&server, "POST", "/api/exchanges/%2F/amq.default/publish", &publication).status, 200);
    let moved = json!({ "action": "move", "destination": "other" });
    assert_eq!(request(&server, "POST", "/api/queues/%2F/mine/actions", &moved).status, 403);
    let binding = json!({ "routing_key": "k" });
    assert_eq!(request(&server, "POST", "/api/bindings/%2F/e/amq.direct/q/mine", &binding).status, 403);
    for path in ["/api/users", "/api/permissions", "/api/nodes", "/api/hooks", "/api/subscriptions", "/api/explain"] {
        assert_eq!(request(&server, "GET", path, &json!({})).status, 401, "{path}");
    }
    assert_eq!(put(&server, "/api/users/alice", &json!({ "tags": "" })), 204);
    assert_eq!(request(&server, "GET", "/api/queues", &json!({})).status, 401);
    assert_eq!(request(&server, "GET", "/api/whoami", &json!({})).status, 200);
    assert_eq!(put(&server, "/api/users/alice", &json!({ "tags": "monitoring" })), 204);
    assert_eq!(server.api("DELETE", "/api/permissions/%2F/alice").status, 204);
    assert_eq!(
        request(&server, "GET", "/api/queues/%2F/other", &json!({})).status,
        200,
        "who monitors looks everywhere"
    );
    assert_eq!(request(&server, "PUT", "/api/queues/%2F/other", &json!({})).status, 403);
}

#[test]
fn permissions_are_listed_and_explained() {
    let server = server_with("^a$", "^b$", "^c$");
    grant_keys(&server, "^k$", ".*");
    let expected = json!({ "user": "alice", "vhost": "/", "configure": "^a$", "write": "^b$", "read": "^c$" });
    for path in ["/api/users/alice/permissions", "/api/vhosts/%2F/permissions", "/api/permissions"] {
        let listed = server.api("GET", path).json();
        assert!(listed.as_array().unwrap().contains(&expected), "{path}: {listed}");
    }
    assert_eq!(server.api("GET", "/api/permissions/%2F/alice").json(), expected);
    let keys = json!([{ "user": "alice", "vhost": "/", "exchange": "amq.topic", "write": "^k$", "read": ".*" }]);
    assert_eq!(server.api("GET", "/api/topic-permissions/%2F/alice").json(), keys);
    let explain = |question: &str| server.api("GET", &format!("/api/explain?user=alice&vhost=/&{question}")).json();
    assert_eq!(explain("operation=write&name=b")["allowed"], true);
    let answer = explain("operation=write&name=amq.topic&routing_key=x");
    assert_eq!(answer["allowed"], false);
    assert!(answer["reason"].as_str().unwrap().contains("\"^b$\""), "{answer}");
    let bad = json!({ "configure": "(", "write": "", "read": "" });
    assert_eq!(put(&server, "/api/permissions/%2F/alice", &bad), 400);
    assert_eq!(put(&server, "/api/permissions/%2F/nobody", &expected), 404);
    assert_eq!(put(&server, "/api/permissions/nowhere/alice", &expected), 404);
    assert_eq!(server.api("DELETE", "/api/topic-permissions/%2F/alice/amq.topic").status, 204);
    assert_eq!(server.api("GET", "/api/topic-permissions/%2F/alice").status, 404);
}

#[test]
fn statistics_of_the_whole_server_need_a_tag() {
    let server = server_with("", "", ".*");
    let mut client = alice(&server, Transport::Tcp);
    assert_eq!(refused(&mut client, "SUBSCRIBE", "/exchange/wharf.statistics/queues", &[]), None);
    for key in ["connections", "overview", "#", "*"] {
        let destination = format!("/exchange/wharf.statistics/{key}");
        assert!(refused(&mut client, "SUBSCRIBE", &destination, &[]).unwrap().contains("monitoring"), "{key}");
    }
}

#[test]
fn a_name_like_a_reply_address_is_no_way_around_permissions() {
    let server = server_with("", "", "");
    server.client().publish("/queue/secret", "x");
    let mut client = alice(&server, Transport::Tcp);
    let deaths = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "secret"), ("x-message-ttl", "1")];
    assert!(refused(&mut client, "SEND", "/queue/stomp-temporary-x1", &deaths).is_some());
    assert!(refused(&mut client, "SEND", "/queue/stomp-temporary-x2", &[]).is_some());
    assert!(refused(&mut client, "SEND", "/amq/queue/stomp-subscription-x3", &[]).is_some());
    assert_eq!(server.queue_number("secret", "messages"), 1);
    assert_eq!(server.queue("stomp-temporary-x2"), None);
}

#[test]
fn who_asks_gets_replies_from_who_was_asked() {
    let server = server_with("", "^amq\\.topic$", "^amq\\.topic$");
    let (mut asker, mut other) = (alice(&server, Transport::Tcp), alice(&server, Transport::Text));
    assert_eq!(refused(&mut other, "SUBSCRIBE", "/topic/questions", &[]), None);
    let headers = [("destination", "/topic/questions"), ("reply-to", "/temp-queue/answers")];
    asker.send("SEND", &headers, "6 x 7?");
    let address = other.message().header("reply-to").to_owned();
    other.send("SEND", &[("destination", &address)], "42");
    assert_eq!(asker.message().text(), "42");
}

#[test]
fn statistics_of_the_whole_server_need_the_tag_even_where_all_else_is_allowed() {
    let server = server_with(".*", ".*", ".*");
    let mut client = alice(&server, Transport::Tcp);
    assert!(refused(&mut client, "SUBSCRIBE", "/exchange/wharf.statistics/overview", &[]).is_some());
    let overview = request(&server, "GET", "/api/overview", &json!({})).json();
    assert_eq!(overview["listeners"], json!([]), "{overview}");
}

#[test]
fn a_subscription_ends_when_it_is_not_allowed_any_more() {
    let server = server_with(".*", ".*", ".*");
    each_transport(|transport| {
        grant(&server, ".*", ".*", ".*");
        let mut client = alice(&server, transport);
        client.subscribe("1", "/queue/q", &[]);
        client.subscribe("2", "/topic/a.*", &[]);
        client.sync();
        grant(&server, ".*", ".*", "^amq\\.topic$");
        let error = client.expect("ERROR");
        assert_eq!((error.header("x-code"), error.header("subscription")), ("forbidden", "1"));
        let mut publisher = server.client();
        publisher.publish("/queue/q", "nobody reads this");
        publisher.publish("/topic/a.b", "still allowed");
        assert_eq!(client.message().text(), "still allowed");
        server.queue_has("q", "consumers", 0);
        assert_eq!(server.api("DELETE", "/api/queues/%2F/q").status, 204);
    });
}

#[test]
fn a_wildcard_gets_what_may_be_read_where_the_vhost_says_so() {
    let server = server_with("", ".*", ".*");
    let narrow = |narrows: bool| put(&server, "/api/vhosts/%2F", &json!({ "narrow_subscriptions": narrows }));
    each_transport(|transport| {
        grant_keys(&server, ".*", r"^(public|{username})\.");
        assert_eq!(narrow(false), 204);
        let mut client = alice(&server, transport);
        assert!(refused(&mut client, "SUBSCRIBE", "/topic/#", &[]).is_some());
        assert_eq!(narrow(true), 204);
        assert!(refused(&mut client, "SUBSCRIBE", "/topic/secret.1", &[]).is_some(), "it is no wildcard");
        let shared = [("x-queue-name", "shared"), ("auto-delete", "false"), ("exclusive", "false")];
        assert!(refused(&mut client, "SUBSCRIBE", "/topic/#", &shared).is_some(), "others may read that queue");
        assert_eq!(refused(&mut client, "SUBSCRIBE", "/topic/*.1", &[]), None);
        let mut publisher = server.client();
        publisher.publish("/topic/secret.1", "secret");
        publisher.publish("/topic/public.1", "public");
        assert_eq!(client.message().text(), "public");
        grant_keys(&server, ".*", r"^secret\.");
        publisher.publish("/topic/public.1", "public");
        publisher.publish("/topic/secret.1", "secret");
        assert_eq!(client.message().text(), "secret", "what may be read is asked for each message");
        grant(&server, "", ".*", "");
        assert_eq!(
            client.expect("ERROR").header("x-code"),
            "forbidden",
            "the exchange itself may not be read any more"
        );
        grant(&server, "", ".*", ".*");
    });
    grant_keys(&server, ".*", r"^public\.");
    let question =
        json!({ "user": "alice", "vhost": "/", "operation": "read", "name": "amq.topic", "routing_key": "#" });
    let (is_allowed, reason) = explained(&server, &question);
    assert!(!is_allowed && reason.contains("the vhost narrows"), "{reason}");
    let vhost = server.api("GET", "/api/vhosts/%2F").json();
    assert_eq!((&vhost["narrow_subscriptions"], &vhost["description"]), (&json!(true), &json!("Default virtual host")));
}

/// What `explain` answers to a question: whether it is allowed, and why.
fn explained(server: &Server, question: &Value) -> (bool, String) {
    let request = Request::new("POST", "/api/explain").basic("guest", "guest").json(&question.to_string());
    let answer = server.send(&request);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    (answer["allowed"].as_bool().unwrap(), answer["reason"].as_str().unwrap().to_owned())
}

#[test]
fn what_is_explained_is_what_happens() {
    let server = server_with("^q$", "^(amq\\.(topic|direct)|q)$", ".*");
    for exchange in ["amq.topic", "amq.direct"] {
        let keys = json!({ "exchange": exchange, "write": "^eu\\.", "read": "^eu\\." });
        assert_eq!(put(&server, "/api/topic-permissions/%2F/alice", &keys), 201);
    }
    let mut client = alice(&server, Transport::Tcp);
    for (command, operation, exchange, key) in [
        ("SEND", "write", "amq.topic", "eu.1"),
        ("SEND", "write", "amq.topic", "us.1"),
        ("SEND", "write", "amq.direct", "us.1"),
        ("SEND", "write", "amq.fanout", "eu.1"),
        ("SEND", "write", "amq.default", "q"),
        ("SEND", "write", "amq.default", "other"),
        ("SUBSCRIBE", "read", "amq.topic", "us.#"),
        ("SUBSCRIBE", "read", "amq.direct", "us.1"),
        ("SUBSCRIBE", "read", "wharf.statistics", "overview"),
    ] {
        let destination = match exchange {
            "amq.default" => format!("/queue/{key}"),
            exchange => format!("/exchange/{exchange}/{key}"),
        };
        let refused = refused(&mut client, command, &destination, &[]);
        let question =
            json!({ "user": "alice", "vhost": "/", "operation": operation, "name": exchange, "routing_key": key });
        let (is_allowed, reason) = explained(&server, &question);
        assert_eq!(is_allowed, refused.is_none(), "{destination}: {reason}, but {refused:?}");
    }
    let direct =
        json!({ "user": "alice", "vhost": "/", "operation": "write", "name": "amq.direct", "routing_key": "us.1" });
    assert!(!explained(&server, &direct).1.contains("routing keys"), "it is no topic exchange");
}

#[test]
fn what_a_token_allows_is_explained_without_showing_it() {
    let secret = "s".repeat(32);
    let server = acceptance::Launch::new().config(&format!("[auth.jwt]\nsecret = \"{secret}\"")).start();
    let scopes = "read:%2F/orders* write:%2F/amq.topic/eu.* tag:monitoring";
    let token = Signer::secret(&secret).token(&claims("ann", 60, scopes));
    let ask = |operation: &str, name: &str, key: Option<&str>| {
        let question =
            json!({ "token": token, "vhost": "/", "operation": operation, "name": name, "routing_key": key });
        explained(&server, &question)
    };
    let (is_allowed, reason) = ask("read", "orders.eu", None);
    assert!(is_allowed && reason.contains("read:%2F/orders*"), "{reason}");
    assert!(ask("write", "amq.topic", Some("eu.1")).0);
    let (is_allowed, reason) = ask("write", "amq.topic", Some("us.1"));
    assert!(!is_allowed && reason.contains("\"ann\"") && reason.contains("us.1"), "{reason}");
    assert!(!ask("configure", "orders", None).0);
    assert!(ask("read", "wharf.statistics", Some("overview")).1.contains("no permission to read"));

    let changed = token.replace('.', ".x");
    let user = json!({ "user": "guest", "token": token, "vhost": "/", "operation": "read", "name": "a" });
    let nobody = json!({ "vhost": "/", "operation": "read", "name": "a" });
    let wrong = json!({ "token": changed, "vhost": "/", "operation": "read", "name": "a" });
    for question in [user, nobody, wrong] {
        let request = Request::new("POST", "/api/explain").basic("guest", "guest").json(&question.to_string());
        let answer = server.send(&request);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(!answer.text().contains(&token) && !answer.text().contains(&changed), "{}", answer.text());
    }
    assert_eq!(server.api("GET", &format!("/api/explain?token={token}&vhost=/&operation=read&name=a")).status, 400);
    let metrics = server.get("/metrics");
    assert!(!metrics.text().contains("wharf_logins_refused_total{reason=\"token\"} 1"), "it was no log-in");
}

#[test]
fn a_binding_is_taken_back_by_who_could_make_it() {
    let server = server_with(".*", ".*", ".*");
    assert_eq!(request(&server, "PUT", "/api/queues/%2F/q", &json!({})).status, 201);
    let bind = |key: &str| {
        let body = json!({ "routing_key": key });
        request(&server, "POST", "/api/bindings/%2F/e/amq.topic/q/q", &body).status
    };
    let unbind =
        |key: &str| request(&server, "DELETE", &format!("/api/bindings/%2F/e/amq.topic/q/q/{key}"), &json!({})).status;
    assert_eq!((bind("eu.1"), bind("us.1")), (201, 201));
    grant_keys(&server, ".*", r"^eu\.");
    assert_eq!((bind("us.2"), unbind("us.1"), unbind("eu.1")), (403, 403, 204));
}

/// An answer with the name of a vhost left out.
fn without(response: &Response, vhost: &str) -> (u16, String) {
    (response.status, response.text().replace(vhost, "VHOST"))
}

#[test]
fn who_may_not_see_a_vhost_is_not_told_whether_there_is_one() {
    let server = server_with(".*", ".*", ".*");
    assert_eq!(put(&server, "/api/vhosts/hidden", &json!({})), 201);
    let publication = json!({ "routing_key": "k", "payload": "x" });
    let look = json!({ "count": 1, "ackmode": "ack_requeue_true" });
    for (method, path, body) in [
        ("GET", "/api/vhosts/VHOST", json!({})),
        ("GET", "/api/vhosts/VHOST/connections", json!({})),
        ("GET", "/api/vhost-limits/VHOST", json!({})),
        ("GET", "/api/queues/VHOST", json!({})),
        ("GET", "/api/queues/VHOST/q", json!({})),
        ("PUT", "/api/queues/VHOST/q", json!({})),
        ("POST", "/api/queues/VHOST/q/get", look),
        ("GET", "/api/bindings/VHOST", json!({})),
        ("GET", "/api/consumers/VHOST", json!({})),
        ("POST", "/api/exchanges/VHOST/amq.topic/publish", publication),
        ("GET", "/events/topic/a?vhost=VHOST", json!({})),
    ] {
        let ask = |vhost: &str| without(&request(&server, method, &path.replace("VHOST", vhost), &body), vhost);
        let (there, not_there) = (ask("hidden"), ask("nope"));
        assert_eq!(there, not_there, "{method} {path}");
        assert_eq!(there.0, 403, "{method} {path}: {}", there.1);
    }
    let event = json!({ "specversion": "1.0", "id": "1", "source": "/a", "type": "t" }).to_string();
    let publish = |vhost: &str| {
        let to = format!("/events/topic/a?vhost={vhost}");
        let request = Request::new("POST", &to).basic("alice", "hush").body(&event);
        without(&server.send(&request.header("Content-Type", "application/cloudevents+json")), vhost)
    };
    assert_eq!(publish("hidden"), publish("nope"));
    let socket = |vhost: &str| {
        let upgrade = acceptance::Upgrade::default().header("Authorization", "Basic YWxpY2U6aHVzaA==");
        let mut socket = acceptance::EventSocket::try_open(&server, &[("vhost", vhost)], upgrade).expect("an upgrade");
        socket.refused("access_refused")["reason"].as_str().unwrap().replace(vhost, "VHOST")
    };
    assert_eq!(socket("hidden"), socket("nope"));
    all_transports(|transport| {
        let connect = |vhost: &str| {
            let mut client = server.dial(transport);
            let headers = [("accept-version", "1.2"), ("host", vhost), ("login", "alice"), ("passcode", "hush")];
            client.send("CONNECT", &headers, "");
            client.refused("forbidden").header("message").replace(vhost, "VHOST")
        };
        assert_eq!(connect("hidden"), connect("nope"));
    });
    // Who sees all vhosts is told.
    assert_eq!(server.api("GET", "/api/queues/nope").status, 404);
    assert_eq!(server.api("GET", "/events/topic/a?vhost=nope").status, 404);
    assert_eq!(put(&server, "/api/users/alice", &json!({ "tags": "monitoring" })), 204);
    assert_eq!(request(&server, "GET", "/api/queues/nope", &json!({})).status, 404);
}

#[test]
fn a_narrowed_subscription_gets_nothing_that_only_its_text_allows_or_that_was_allowed_before() {
    let server = server_with("", ".*", ".*");
    assert_eq!(put(&server, "/api/vhosts/%2F", &json!({ "narrow_subscriptions": true })), 204);
    grant_keys(&server, ".*", "^[^s]");
    let mut client = alice(&server, Transport::Tcp);
    let one = [("ack", "client-individual"), ("prefetch-count", "1")];
    client.subscribe("1", "/topic/#", &one);
    client.sync();
    let mut publisher = server.client();
    for key in ["secret.1", "eu.1", "eu.2", "us.1"] {
        publisher.publish(&format!("/topic/{key}"), key);
    }
    let first = client.message();
    assert_eq!(first.text(), "eu.1", "# matches the pattern, and secret.1 does not");
    grant_keys(&server, ".*", "^us");
    client.ack(&first);
    assert_eq!(client.message().text(), "us.1", "what waited and may not be read any more is not handed out");
}

#[test]
fn a_tag_that_is_taken_away_counts_on_connections_that_are_there() {
    let server = server_with(".*", ".*", ".*");
    let tags =
        |tags: &str| assert_eq!(put(&server, "/api/users/alice", &json!({ "password": "hush", "tags": tags })), 204);
    each_transport(|transport| {
        tags("monitoring");
        let mut client = alice(&server, transport);
        client.subscribe("1", "/exchange/wharf.statistics/connections", &[]);
        client.message();
        tags("");
        // One statistics message a second may come before.
        let error = (0..5).map(|_| client.frame()).find(|frame| frame.command == "ERROR").expect("it ends soon");
        assert_eq!((error.header("x-code"), error.header("subscription")), ("forbidden", "1"));
        let mut client = alice(&server, transport);
        assert!(refused(&mut client, "SUBSCRIBE", "/exchange/wharf.statistics/overview", &[]).is_some());
    });
}
