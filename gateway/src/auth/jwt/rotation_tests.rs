//! Keys that an issuer publishes, with an issuer that rotates them, fails, and comes back.

use super::testing::{Signer, claims, verifier, verify};
use super::{Invalid, Verifier};
use axum::body::Bytes;
use axum::http::{Response, StatusCode, header};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// An issuer: its answer, and how often it was asked.
#[derive(Debug, Clone)]
struct Issuer {
    answer: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<Mutex<usize>>,
    url: String,
}

impl Issuer {
    async fn start(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let issuer = Issuer { answer: Arc::default(), asked: Arc::default(), url };
        issuer.publish(keys);
        let answering = issuer.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let issuer = answering.clone();
                let service = service_fn(move |_| issuer.clone().respond());
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        issuer
    }

    async fn respond(self) -> Result<Response<Full<Bytes>>, Infallible> {
        *self.asked.lock().unwrap() += 1;
        // So that who asks at the same time does.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (status, body) = self.answer.lock().unwrap().clone();
        let response = Response::builder().status(status).header(header::LOCATION, &self.url);
        Ok(response.body(Full::from(body)).unwrap())
    }

    fn publish(&self, keys: &[Value]) {
        self.answer(StatusCode::OK, &json!({ "keys": keys }).to_string());
    }

    fn answer(&self, status: StatusCode, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }

    fn verifier(&self) -> Verifier {
        verifier(&format!("jwks_url = {:?}", self.url))
    }
}

fn token(signer: &Signer, id: &str) -> String {
    signer.token_with(&json!({ "alg": format!("{:?}", signer.algorithm), "kid": id }), &claims())
}

#[tokio::test]
async fn a_key_that_came_into_use_is_fetched_when_a_token_names_it() {
    let (old, new) = (Signer::p256(), Signer::rsa());
    let issuer = Issuer::start(&[old.jwk("old")]).await;
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &token(&old, "old")).await.is_ok());
    assert!(verify(&verifier, &token(&old, "old")).await.is_ok());
    assert_eq!(issuer.asked(), 1);
    issuer.publish(&[new.jwk("new")]);
    assert!(verify(&verifier, &token(&new, "new")).await.is_ok());
    assert_eq!(issuer.asked(), 2);
    // The other one was withdrawn.
    assert_eq!(verify(&verifier, &token(&old, "old")).await.unwrap_err(), Invalid::UnknownKey);
}

#[tokio::test]
async fn strangers_cannot_make_us_ask_the_issuer_without_end() {
    let signer = Signer::p256();
    let issuer = Issuer::start(&[signer.jwk("a")]).await;
    let verifier = Arc::new(issuer.verifier());
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (verifier, token) = (Arc::clone(&verifier), token(&signer, &format!("no-{number}")));
        asking.spawn(async move { verify(&verifier, &token).await.unwrap_err() });
    }
    for refused in asking.join_all().await {
        assert_eq!(refused, Invalid::UnknownKey);
    }
    for number in 0..20 {
        assert!(verify(&verifier, &token(&signer, &format!("more-{number}"))).await.is_err());
    }
    assert!(issuer.asked() <= 5, "{}", issuer.asked());
    assert!(verify(&verifier, &token(&signer, "a")).await.is_ok());
}

#[tokio::test]
async fn all_who_wait_for_a_key_wait_for_one_fetch() {
    let signer = Signer::p256();
    let issuer = Issuer::start(&[signer.jwk("a")]).await;
    let verifier = Arc::new(issuer.verifier());
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (verifier, token) = (Arc::clone(&verifier), token(&signer, "a"));
        asking.spawn(async move { verify(&verifier, &token).await.is_ok() });
    }
    assert!(asking.join_all().await.into_iter().all(|is_good| is_good));
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn the_last_keys_go_on_while_the_issuer_fails() {
    let signer = Signer::ed25519();
    let issuer = Issuer::start(&[signer.jwk("a")]).await;
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &token(&signer, "a")).await.is_ok());
    let endless = format!("{{\"keys\":[],\"pad\":\"{}\"}}", "x".repeat(300 * 1024));
    for (status, body) in [
        (StatusCode::INTERNAL_SERVER_ERROR, "{\"keys\":[]}"),
        (StatusCode::OK, "<html>"),
        (StatusCode::FOUND, "{\"keys\":[]}"),
        (StatusCode::OK, endless.as_str()),
    ] {
        issuer.answer(status, body);
        assert_eq!(verify(&verifier, &token(&signer, "b")).await.unwrap_err(), Invalid::UnknownKey);
        assert!(verify(&verifier, &token(&signer, "a")).await.is_ok(), "{status} {body:.20}");
    }
    assert!(issuer.asked() >= 4);
}

#[tokio::test]
async fn the_last_keys_do_not_go_on_for_ever() {
    let signer = Signer::p256();
    let issuer = Issuer::start(&[signer.jwk("a")]).await;
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &token(&signer, "a")).await.is_ok());
    issuer.answer(StatusCode::SERVICE_UNAVAILABLE, "");
    let pass = async |hours: u64| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(hours * 60 * 60)).await;
        tokio::time::resume();
    };
    pass(23).await;
    assert!(verify(&verifier, &token(&signer, "a")).await.is_ok());
    pass(2).await;
    let refused = verify(&verifier, &token(&signer, "a")).await.unwrap_err();
    assert_eq!(refused, Invalid::NoKeys);
}

#[tokio::test]
async fn an_issuer_that_is_not_there_yet_is_asked_again() {
    let signer = Signer::p384();
    let issuer = Issuer::start(&[]).await;
    issuer.answer(StatusCode::SERVICE_UNAVAILABLE, "");
    let verifier = issuer.verifier();
    assert_eq!(verify(&verifier, &token(&signer, "a")).await.unwrap_err(), Invalid::NoKeys);
    issuer.publish(&[signer.jwk("a")]);
    assert!(verify(&verifier, &token(&signer, "a")).await.is_ok());
}

#[tokio::test]
async fn keys_are_fetched_without_anybody_asking() {
    let signer = Signer::p256();
    let issuer = Issuer::start(&[signer.jwk("a")]).await;
    let verifier = Arc::new(issuer.verifier());
    let running = Arc::clone(&verifier);
    let running = tokio::spawn(async move { running.run().await });
    while issuer.asked() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(verify(&verifier, &token(&signer, "a")).await.is_ok());
    assert_eq!(issuer.asked(), 1);
    running.abort();
}

#[tokio::test]
async fn a_key_of_a_set_takes_what_its_kind_and_its_entry_say() {
    let (p256, rsa) = (Signer::p256(), Signer::rsa());
    let mut only_ps = rsa.jwk("ps");
    only_ps["alg"] = json!("PS256");
    let mut encrypts = rsa.jwk("enc");
    encrypts["use"] = json!("enc");
    let secret = json!({ "kty": "oct", "kid": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA" });
    let foreign = json!({ "kty": "EC", "crv": "secp256k1", "kid": "k1", "x": "AA", "y": "AA" });
    let issuer = Issuer::start(&[only_ps, encrypts, secret, foreign, json!(1), p256.jwk("ec")]).await;
    let verifier = issuer.verifier();
    assert!(verify(&verifier, &token(&p256, "ec")).await.is_ok());
    let algorithm = |name: &str| Invalid::Algorithm(name.to_owned());
    assert_eq!(verify(&verifier, &token(&rsa, "ps")).await.unwrap_err(), algorithm("RS256"));
    assert_eq!(verify(&verifier, &token(&rsa, "enc")).await.unwrap_err(), Invalid::UnknownKey);
    let secret = Signer::hmac("secret-secret-secret-secret-secret");
    assert_eq!(verify(&verifier, &token(&secret, "oct")).await.unwrap_err(), Invalid::UnknownKey);
    assert!(verify(&verifier, &token(&rsa.with(Algorithm::PS256), "ps")).await.is_ok());
    // Without a name the one key that fits is meant.
    assert!(verify(&verifier, &p256.token(&claims())).await.is_ok());
}

#[tokio::test]
async fn a_token_that_does_not_name_one_of_several_keys_is_refused() {
    let (one, two) = (Signer::p256(), Signer::p256());
    let issuer = Issuer::start(&[one.jwk("1"), two.jwk("2")]).await;
    let verifier = issuer.verifier();
    assert_eq!(verify(&verifier, &one.token(&claims())).await.unwrap_err(), Invalid::NoKeyId);
    assert_eq!(verify(&verifier, &token(&one, "2")).await.unwrap_err(), Invalid::Signature);
}
