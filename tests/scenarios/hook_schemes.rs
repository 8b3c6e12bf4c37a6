//! Who is believed that sends webhooks: each way to sign, by its rules and with its peculiarities.

use crate::senders::{
    Headers, Scheme, define, deliver, deliver_all, github, now, prove_slack, prove_stripe, reader, requests, schemes,
    status,
};
use acceptance::{Program, Server, python};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// As GitHub's documentation has it.
const GITHUB_SECRET: &str = "It's a Secret to Everybody";
const GITHUB_SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

/// An event of Stripe, and a signature that was made long ago.
const STRIPE_BODY: &str = r#"{"id":"evt_1","object":"event"}"#;
const STRIPE_SIGNATURE: &str = "t=1700000000,v1=0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd";

/// All refusals look alike, and leave nothing but a count.
#[test]
fn each_scheme_believes_who_knows_the_secret_and_nobody_else() {
    let server = Server::start();
    for (index, scheme) in schemes().iter().enumerate() {
        let Scheme { name, secret, other_secret, prove, .. } = *scheme;
        define(&server, name, scheme.with(json!({ "secret": secret })), json!({}));
        let body = json!({ "id": name, "event_id": name }).to_string();
        let good = prove(secret, now(), &body);
        let accepted = deliver_all(&server, name, &good, &body);
        assert_eq!((accepted.status, &accepted.json()["duplicate"]), (202, &json!(false)), "{name}: {accepted:?}");
        let mut refused = 0;
        let mut refuse = |headers: &Headers, body: &str, what: &str| {
            let answer = deliver_all(&server, name, headers, body);
            let told = json!({ "error": "not_authorised", "reason": "this request could not be verified" });
            assert_eq!((answer.status, answer.json()), (401, told), "{name}: {what}");
            refused += 1;
        };
        refuse(&prove(other_secret, now(), &body), &body, "another secret");
        for missing in 0..good.len() {
            let mut headers = good.clone();
            headers.remove(missing);
            refuse(&headers, &body, "a header is missing");
        }
        if scheme.has_body {
            refuse(&good, &body.replace('{', "{ "), "another body");
        }
        if scheme.has_time {
            refuse(&prove(secret, now() - 400, &body), &body, "signed too long ago");
            refuse(&prove(secret, now() + 400, &body), &body, "signed for later");
        }
        let status = status(&server, name);
        assert_eq!((&status["accepted"], &status["refused"]), (&json!(1), &json!(refused)), "{name}");
        assert_eq!(server.queue_number("q", "messages"), index as u64 + 1, "{name}: nothing else was stored");
    }
}

#[test]
fn while_secrets_are_exchanged_both_are_believed() {
    let server = Server::start();
    for scheme in &schemes() {
        let Scheme { name, secret, other_secret, prove, .. } = *scheme;
        let believes = |secret: &str| deliver_all(&server, name, &prove(secret, now(), "{}"), "{}").status == 202;
        define(&server, name, scheme.with(json!({ "secret": other_secret, "previous_secret": secret })), json!({}));
        assert!(believes(secret) && believes(other_secret), "{name}");
        define(&server, name, scheme.with(json!({ "previous_secret": null })), json!({}));
        assert!(!believes(secret) && believes(other_secret), "{name}: the other stays");
    }
}

/// A request as GitHub documents it: the vector of "validating webhook deliveries".
#[test]
fn a_request_of_github_is_an_event() {
    let server = Server::start();
    let mut client = reader(&server);
    let mapping = json!({ "type": "com.github.{header:x-github-event}", "extensions": { "hookid": "{header:x-github-hook-id}" } });
    let more = json!({ "mapping": mapping, "kept_headers": ["X-GitHub-Event", "User-Agent"] });
    define(&server, "git%20hub", json!({ "scheme": "github", "secret": GITHUB_SECRET }), more);
    let headers = [
        ("User-Agent", "GitHub-Hookshot/044aadd"),
        ("Content-Type", "text/plain"),
        ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("X-GitHub-Event", "issues"),
        ("X-GitHub-Hook-ID", "292430182"),
        ("X-Hub-Signature", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"),
        ("X-Hub-Signature-256", GITHUB_SIGNATURE),
    ];
    let answer = deliver(&server, "git%20hub", &headers, "Hello, World!");
    let id = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    assert_eq!((answer.status, answer.json()), (202, json!({ "id": id, "duplicate": false })));
    let message = client.message();
    let named = ["ce-id", "ce-source", "ce-type", "ce-hookid", "x-github-event", "user-agent", "content-type"];
    let expected = [
        id,
        "/hooks/%2F/git%20hub",
        "com.github.issues",
        "292430182",
        "issues",
        "GitHub-Hookshot/044aadd",
        "text/plain",
    ];
    assert_eq!(named.map(|name| message.header(name)), expected);
    assert!(message.header("ce-time").ends_with('Z'), "the time of arrival");
    assert_eq!((message.text(), message.get("x-hub-signature-256")), ("Hello, World!", None));
}

#[test]
fn a_request_of_stripe_is_an_event_and_a_recorded_one_is_too_old() {
    let server = Server::start();
    let mut client = reader(&server);
    let mapping =
        json!({ "type": "com.stripe.{body:/type}", "subject": "{body:/data/object/id}", "time": "{body:/created}" });
    define(
        &server,
        "stripe",
        json!({ "scheme": "stripe", "secret": "whsec_test_secret" }),
        json!({ "mapping": mapping }),
    );
    let recorded = deliver(&server, "stripe", &[("Stripe-Signature", STRIPE_SIGNATURE)], STRIPE_BODY);
    assert_eq!(recorded.status, 401);
    let reason = requests(&server, "stripe")[0]["reason"].as_str().expect("a reason").to_owned();
    assert!(
        reason.starts_with("it was signed ") && reason.contains(" seconds ago"),
        "the signature is right: {reason}"
    );
    let body =
        r#"{"id":"evt_2","object":"event","created":1700000000,"type":"charge.paid","data":{"object":{"id":"ch_1"}}}"#;
    let mut headers = prove_stripe("whsec_test_secret", now(), body);
    headers.push(("Content-Type", "application/json; charset=utf-8".into()));
    assert_eq!(deliver_all(&server, "stripe", &headers, body).json(), json!({ "id": "evt_2", "duplicate": false }));
    let message = client.message();
    let named = ["ce-id", "ce-type", "ce-subject", "ce-time", "content-type"];
    let expected =
        ["evt_2", "com.stripe.charge.paid", "ch_1", "2023-11-14T22:13:20.000Z", "application/json; charset=utf-8"];
    assert_eq!((named.map(|name| message.header(name)), message.text()), (expected, body));
    assert_eq!(deliver_all(&server, "stripe", &headers, body).json(), json!({ "id": "evt_2", "duplicate": true }));
}

#[test]
fn slack_gets_its_challenge_back_once_it_is_believed() {
    let server = Server::start();
    define(&server, "slack", json!({ "scheme": "slack", "secret": "hush" }), json!({}));
    let body = r#"{"token":"x","challenge":"3eZbrw1aB1","type":"url_verification"}"#;
    assert_eq!(deliver(&server, "slack", &[], body).status, 401);
    let answer = deliver_all(&server, "slack", &prove_slack("hush", now(), body), body);
    assert_eq!((answer.status, answer.text()), (200, "3eZbrw1aB1"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(server.queue("q"), None, "it is no event");
    assert_eq!(requests(&server, "slack")[0]["outcome"], "challenge");
}

#[test]
fn a_challenge_by_get_is_answered_to_who_knows_the_secret() {
    let server = Server::start();
    define(&server, "meta", github(), json!({}));
    define(&server, "token", json!({ "scheme": "bearer", "secret": "hush" }), json!({}));
    let ask = |name: &str, query: &str| server.get(&format!("/hooks/%2F/{name}?{query}"));
    let good = "hub.mode=subscribe&hub.challenge=11%3Cb%3E&hub.verify_token=hush";
    let answer = ask("meta", good);
    assert_eq!((answer.status, answer.text()), (200, "11<b>"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(ask("meta", &good.replace("hush", "shush")).status, 401);
    for (name, query) in [("meta", ""), ("token", good)] {
        let answer = ask(name, query);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST, OPTIONS, GET")), "{name}");
    }
}

#[test]
fn the_library_for_python_is_believed() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with the library; `npm test` installs one, and WHARF_PYTHON names another");
        return;
    };
    let server = Server::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/standard_webhooks.py");
    let exit =
        Program::start(Command::new(&python).arg("-u").arg(&script).arg(format!("http://{}", server.http))).wait();
    assert_eq!(exit.code, Some(0), "{}\n{}", exit.stdout, exit.stderr);
    assert!(exit.stdout.ends_with("all well"), "{}", exit.stdout);
}
