//! An issuer that publishes its keys: it brings new ones into use, withdraws old ones, and is away at times.

use super::Bystander;
use super::doors::{let_in, refuse};
use super::tokens::ALL;
use acceptance::{Launch, Reply, Request, Server, Signer, Sink, claims};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Fetches for keys that are not known that a server makes at once, and then no more for a while.
const BURST: usize = 4;

/// Where the issuer publishes; `None`: it is away.
struct Issuer {
    sink: Sink,
    keys: Arc<Mutex<Option<Vec<Value>>>>,
}

impl Issuer {
    fn publishing(keys: &[Value]) -> Issuer {
        let keys = Arc::new(Mutex::new(Some(keys.to_vec())));
        let published = Arc::clone(&keys);
        let sink = Sink::scripted(move |_| match &*published.lock().expect("no test fails with it") {
            Some(keys) => {
                let kind = ("Content-Type", "application/json".to_owned());
                Reply::With(200, vec![kind], json!({ "keys": keys }).to_string().into_bytes())
            }
            None => Reply::Status(503),
        });
        Issuer { sink, keys }
    }

    fn publish(&self, keys: Option<&[Value]>) {
        *self.keys.lock().expect("no test fails with it") = keys.map(<[_]>::to_vec);
    }
}

fn server(issuer: &Issuer) -> Server {
    let url = format!("http://{}/jwks.json", issuer.sink.address);
    Launch::new().config(&format!("[auth.jwt]\njwks_url = {url:?}\naudience = \"wharf\"\nissuer = \"id\"")).start()
}

fn token(signer: &Signer, id: &str) -> String {
    let mut claims = claims("ann", 60, ALL);
    claims["iss"] = json!("id");
    claims["aud"] = json!("wharf");
    signer.token_with(&json!({ "alg": "EdDSA", "kid": id }), &claims)
}

#[test]
fn keys_that_rotate_and_an_issuer_that_is_away() {
    let (first, second, stranger) = (Signer::ed25519(), Signer::ed25519(), Signer::ed25519());
    let issuer = Issuer::publishing(&[first.jwk("first")]);
    let server = server(&issuer);
    let bystander = Bystander::of(&server);
    let_in(&server, &token(&first, "first"));
    // A new key is fetched when it is first used, once for all who use it; the one that is withdrawn is good no more.
    let before = issuer.sink.received().len();
    issuer.publish(Some(&[second.jwk("second")]));
    let_in(&server, &token(&second, "second"));
    assert_eq!(issuer.sink.received().len(), before + 1, "one fetch for all");
    refuse(&server, &[token(&first, "first")], "kid");
    // While the issuer is away the last keys go on, and nobody else's do.
    issuer.publish(None);
    let_in(&server, &token(&second, "second"));
    refuse(&server, &[token(&stranger, "third"), token(&stranger, "second")], "token");
    let_in(&server, &token(&second, "second"));
    bystander.has_seen_nothing();
}

#[test]
fn keys_that_nobody_knows_do_not_flood_the_issuer() {
    let (key, stranger) = (Signer::ed25519(), Signer::ed25519());
    let issuer = Issuer::publishing(&[key.jwk("known")]);
    let server = server(&issuer);
    let bystander = Bystander::of(&server);
    let_in(&server, &token(&key, "known"));
    let before = issuer.sink.received().len();
    std::thread::scope(|scope| {
        for number in 0..40 {
            let (server, stranger) = (&server, &stranger);
            scope.spawn(move || {
                let id = ["../known", "known\u{0}", "' OR '1'='1", "known/../known"][number % 4];
                let token = token(stranger, &format!("{id}{number}"));
                assert_eq!(server.send(&Request::new("GET", "/api/whoami").bearer(&token)).status, 401);
            });
        }
    });
    let fetched = issuer.sink.received().len() - before;
    assert!(fetched <= BURST + 1, "40 tokens made it call the issuer {fetched} times");
    let_in(&server, &token(&key, "known"));
    bystander.has_seen_nothing();
}

/// An issuer that is away when the server starts is no reason not to start.
#[test]
fn an_issuer_that_comes_late() {
    let key = Signer::ed25519();
    let issuer = Issuer::publishing(&[]);
    issuer.publish(None);
    let server = server(&issuer);
    let bystander = Bystander::of(&server);
    refuse(&server, &[token(&key, "first")], "try again later");
    assert_eq!(server.api("GET", "/api/whoami").status, 200, "users with passwords need no issuer");
    bystander.has_seen_nothing();
}
