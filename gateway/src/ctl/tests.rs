//! What each command asks of the API.

use super::{Command, Ctl};
use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode};
use clap::Parser;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    ctl: Ctl,
}

/// A server that writes down what it is asked, and knows one user.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    async fn respond(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().into()).unwrap();
        let line = format!("{} {} {body}", head.method, head.uri);
        self.0.lock().unwrap().push(line.trim_end().to_owned());
        let (status, body) = match head.uri.path() {
            "/base/api/users/ann" => (200, r#"{"name":"ann","tags":["monitoring"]}"#),
            "/base/api/users/bob" => (404, "{}"),
            "/base/api/vhost-limits/qa" => (200, r#"[{"vhost":"qa","value":{"max-queues":1}}]"#),
            _ => (200, "[]"),
        };
        let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
        Ok(response.body(Full::from(body)).unwrap())
    }

    /// Runs a command, and tells what it asked.
    async fn asked(args: &[&str]) -> Vec<String> {
        let recorder = Recorder::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/base/", listener.local_addr().unwrap());
        let recording = recorder.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let recorder = recording.clone();
                let service = service_fn(move |request| recorder.clone().respond(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        let arguments = Arguments::try_parse_from([&["ctl", "--url", &url], args].concat()).unwrap();
        let Ctl { options, command } = arguments.ctl;
        let _ = command.run(&options).await;
        recorder.0.lock().unwrap().clone()
    }
}

async fn assert_asks(args: &[&str], expected: &[&str]) {
    assert_eq!(Recorder::asked(args).await, expected, "{args:?}");
}

#[tokio::test]
async fn vhosts_and_their_limits() {
    assert_asks(&["add_vhost", "a/b"], &["PUT /base/api/vhosts/a%2Fb {}"]).await;
    assert_asks(&["add_vhost", "qa", "--tags", "x,y"], &[r#"PUT /base/api/vhosts/qa {"tags":"x,y"}"#]).await;
    let origins = ["--allowed-origin", "https://a.example", "--allowed-origin", "*"];
    let asked = r#"PUT /base/api/vhosts/qa {"allowed_origins":["https://a.example","*"]}"#;
    assert_asks(&[&["add_vhost", "qa"][..], &origins].concat(), &[asked]).await;
    assert_asks(&["delete_vhost", ".."], &["DELETE /base/api/vhosts/.."]).await;
    assert_asks(
        &["set_vhost_limits", "-p", "qa", r#"{"max-connections": 256, "max-queues": -1}"#],
        &[
            r#"PUT /base/api/vhost-limits/qa/max-connections {"value":256}"#,
            r#"PUT /base/api/vhost-limits/qa/max-queues {"value":-1}"#,
        ],
    )
    .await;
    assert_asks(
        &["clear_vhost_limits", "-p", "qa"],
        &["GET /base/api/vhost-limits/qa", "DELETE /base/api/vhost-limits/qa/max-queues"],
    )
    .await;
    assert_asks(&["list_vhost_limits"], &["GET /base/api/vhost-limits/%2F"]).await;
}

#[tokio::test]
async fn users_are_put_as_a_whole() {
    assert_asks(
        &["add_user", "bob", "secret"],
        &["GET /base/api/users/bob", r#"PUT /base/api/users/bob {"password":"secret","tags":""}"#],
    )
    .await;
    assert_asks(&["add_user", "ann", "secret"], &["GET /base/api/users/ann"]).await;
    assert_asks(
        &["change_password", "ann", "new"],
        &["GET /base/api/users/ann", r#"PUT /base/api/users/ann {"password":"new","tags":"monitoring"}"#],
    )
    .await;
    assert_asks(
        &["set_user_tags", "ann", "administrator", "monitoring"],
        &["GET /base/api/users/ann", r#"PUT /base/api/users/ann {"tags":"administrator,monitoring"}"#],
    )
    .await;
    assert_asks(&["delete_user", "ann"], &["DELETE /base/api/users/ann"]).await;
    assert_asks(&["authenticate_user", "ann", "x"], &["GET /base/api/whoami"]).await;
}

#[tokio::test]
async fn permissions_and_topic_permissions() {
    assert_asks(
        &["set_permissions", "-p", "/", "ann", "", "^a-.*", ".*"],
        &[r#"PUT /base/api/permissions/%2F/ann {"configure":"","read":".*","write":"^a-.*"}"#],
    )
    .await;
    assert_asks(&["clear_permissions", "ann", "-p", "qa"], &["DELETE /base/api/permissions/qa/ann"]).await;
    assert_asks(&["list_permissions", "-p", "qa"], &["GET /base/api/vhosts/qa/permissions"]).await;
    assert_asks(&["list_user_permissions", "ann"], &["GET /base/api/users/ann/permissions"]).await;
    assert_asks(
        &["set_topic_permissions", "ann", "amq.topic", "^a", "^b"],
        &[r#"PUT /base/api/topic-permissions/%2F/ann {"exchange":"amq.topic","read":"^b","write":"^a"}"#],
    )
    .await;
    assert_asks(&["clear_topic_permissions", "ann"], &["DELETE /base/api/topic-permissions/%2F/ann"]).await;
    assert_asks(&["clear_topic_permissions", "ann", "x"], &["DELETE /base/api/topic-permissions/%2F/ann/x"]).await;
    assert_asks(&["list_topic_permissions"], &["GET /base/api/vhosts/%2F/topic-permissions"]).await;
}

#[test]
fn a_command_has_the_name_that_rabbitmqctl_has_for_it() {
    let parsed = Arguments::try_parse_from(["ctl", "list_queues", "--formatter", "json", "-q", "-p", "qa", "name"]);
    let Ctl { options, command } = parsed.unwrap().ctl;
    assert!(matches!(command, Command::Queues(_)) && options.quiet && options.vhost() == "qa");
    let parsed = Arguments::try_parse_from(["ctl", "set_permissions", "ann", "a", "b", "c"]).unwrap();
    assert_eq!(parsed.ctl.options.user, "guest", "the user of a command is not who asks");
    let parsed = Arguments::try_parse_from(["ctl", "add_user", "ann", "secret"]).unwrap();
    assert_eq!(parsed.ctl.options.password.reveal(), "guest");
    let parsed = Arguments::try_parse_from(["ctl", "--password", "hush", "add_user", "ann", "hush"]).unwrap();
    assert!(!format!("{parsed:?}").contains("hush"), "{parsed:?}");
}
