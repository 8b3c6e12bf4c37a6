//! Tokens that nobody trusted has made, or that are not for here and now.

use super::Bystander;
use super::doors::{let_in, refuse};
use acceptance::{Directory, Launch, Request, Server, Signer, Transport, claims, encoded, now};
use serde_json::{Value, json};
use std::fs;

pub(super) const SECRET: &str = "a secret that nobody will guess: 0123456789";

/// Everything but tags.
pub(super) const ALL: &str = "read:*/* write:*/* configure:*/*";

fn server_with(lines: &str) -> Server {
    Launch::new().config(&format!("[auth.jwt]\n{lines}")).start()
}

/// A server that shares a secret with its issuer.
fn server() -> Server {
    server_with(&format!("secret = {SECRET:?}\naudience = \"wharf\"\nissuer = \"https://id.example\""))
}

/// A server that knows a public key.
fn server_knowing(signer: &Signer) -> Server {
    let directory = Directory::new();
    let path = directory.path().join("public.pem");
    fs::write(&path, signer.public_pem()).expect("the directory is writable");
    server_with(&format!("public_key_file = {path:?}")) // which is read before it is ready
}

/// The claims of a token that is good.
fn good() -> Value {
    let mut claims = claims("ann", 60, ALL);
    claims["aud"] = json!(["other", "wharf"]);
    claims["iss"] = json!("https://id.example");
    claims
}

/// The same, but for one.
fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    claims[name] = value;
    claims
}

/// Every one of these tokens is refused for this reason, after which a good one is good.
fn attack(server: &Server, issuer: &Signer, tokens: &[String], because: &str) {
    let mut bystander = Bystander::of(server);
    refuse(server, tokens, because);
    bystander.is_undisturbed();
    let_in(server, &issuer.token(&good()));
    bystander.has_seen_nothing();
}

/// The same where the issuer shares a secret.
fn attack_with(tokens: &[String], because: &str) {
    attack(&server(), &Signer::secret(SECRET), tokens, because);
}

#[test]
fn a_token_without_a_signature() {
    let tokens = ["none", "None", "nOnE", "NONE"].map(|name| {
        let header = encoded(&json!({ "alg": name }).to_string());
        format!("{header}.{}.", encoded(&good().to_string()))
    });
    attack_with(&tokens, "algorithm");
    let unsigned = format!("{}.{}.", encoded(r#"{"alg":"HS256"}"#), encoded(&good().to_string()));
    refuse(&server(), &[unsigned], "signature");
}

/// HS/RS confusion: what is public is taken for a secret.
#[test]
fn a_token_that_is_signed_with_the_public_key_as_a_secret() {
    let issuer = Signer::rsa();
    let pem = issuer.public_pem();
    let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let tokens = [pem.as_str(), pem.trim_end(), &der].map(|secret| Signer::secret(secret).token(&good()));
    attack(&server_knowing(&issuer), &issuer, &tokens, "takes the algorithm");
}

/// The other way round: the algorithm of a public key where there is a secret.
#[test]
fn a_token_whose_algorithm_is_of_another_kind_of_key() {
    attack_with(&[Signer::rsa().token(&good()), Signer::ed25519().token(&good())], "takes the algorithm");
}

#[test]
fn a_token_that_is_signed_with_another_key() {
    attack_with(&[Signer::secret("another secret that nobody will guess").token(&good())], "signature");
    let issuer = Signer::ed25519();
    attack(&server_knowing(&issuer), &issuer, &[Signer::ed25519().token(&good())], "signature");
}

#[test]
fn a_token_that_brings_its_own_key() {
    let (issuer, stranger) = (Signer::ed25519(), Signer::ed25519());
    let jwk = stranger.jwk("mine");
    let tokens = [
        json!({ "alg": "EdDSA", "jwk": jwk }),
        json!({ "alg": "EdDSA", "kid": "mine", "jku": "http://127.0.0.1:1/jwks.json" }),
        json!({ "alg": "EdDSA", "x5u": "http://127.0.0.1:1/chain.pem", "x5c": ["MIIB"] }),
    ];
    let tokens = tokens.map(|header| stranger.token_with(&header, &good()));
    attack(&server_knowing(&issuer), &issuer, &tokens, "signature");
}

/// `kid` is no path, no query and no command: a key that it might find is empty or well known.
#[test]
fn a_key_id_that_names_something_else() {
    let ids = ["../../../../dev/null", "/proc/sys/kernel/randomize_va_space", "x' UNION SELECT '", "|touch /tmp/x", ""];
    let tokens = ids.map(|id| Signer::secret("").token_with(&json!({ "alg": "HS256", "kid": id }), &good()));
    attack_with(&tokens, "signature");
    let odd = Signer::secret(SECRET).token_with(&json!({ "alg": "HS256", "kid": { "$ne": null } }), &good());
    refuse(&server(), &[odd], "kid");
}

#[test]
fn a_token_with_critical_extensions() {
    let issuer = Signer::secret(SECRET);
    let tokens = [json!(["exp"]), json!(["unheard-of"]), json!([]), json!("b64")]
        .map(|crit| issuer.token_with(&json!({ "alg": "HS256", "crit": crit, "b64": false }), &good()));
    attack_with(&tokens, "crit");
}

#[test]
fn a_token_for_somebody_else() {
    let issuer = Signer::secret(SECRET);
    let tokens = [json!("shop"), json!(["wharf2", "WHARF"]), json!([]), json!({ "wharf": true }), Value::Null]
        .map(|audience| issuer.token(&with("aud", audience)));
    attack_with(&tokens, "audience");
}

#[test]
fn a_token_of_another_issuer() {
    let issuer = Signer::secret(SECRET);
    let tokens = [json!("https://id.example/"), json!("https://evil.example"), json!(["https://id.example"])]
        .map(|name| issuer.token(&with("iss", name)));
    attack_with(&tokens, "issuer");
}

#[test]
fn a_token_that_has_expired_or_never_does() {
    let issuer = Signer::secret(SECRET);
    attack_with(&[now() - 6, 1, 0].map(|moment| issuer.token(&with("exp", json!(moment)))), "expired");
    attack_with(&[issuer.token(&with("exp", Value::Null))], "expiry");
    attack_with(&[json!("9999999999"), json!(1e300), json!(-1)].map(|odd| issuer.token(&with("exp", odd))), "exp");
}

#[test]
fn a_token_that_is_not_valid_yet() {
    attack_with(&[Signer::secret(SECRET).token(&with("nbf", json!(now() + 60)))], "not valid yet");
}

#[test]
fn a_token_whose_claims_were_changed() {
    let issuer = Signer::secret(SECRET);
    let token = issuer.token(&good());
    let mut parts: Vec<&str> = token.split('.').collect();
    let changed = encoded(&with("scope", json!("tag:administrator read:*/*")).to_string());
    parts[1] = &changed;
    attack_with(&[parts.join(".")], "signature");
    // Which of two claims of the same name counts is not to depend on who reads it.
    let twice = good().to_string().replacen('{', "{\"sub\":\"guest\",", 1);
    let twice = issuer.sign(&format!("{}.{}", encoded(r#"{"alg":"HS256"}"#), encoded(&twice)));
    refuse(&server(), &[twice], "no token");
}

/// What is signed holds for those vhosts and tags alone that stand in it.
#[test]
fn a_token_for_one_vhost_opens_no_other() {
    let server = server_with(&format!("secret = {SECRET:?}"));
    for vhost in ["qa", "qa2", "q%2Fa"] {
        assert_eq!(server.api("PUT", &format!("/api/vhosts/{vhost}")).status, 201);
    }
    let bystander = Bystander::of(&server);
    let token = Signer::secret(SECRET).token(&claims("ann", 60, "read:qa/* write:qa/* configure:qa/*"));
    for (vhost, is_allowed) in [("qa", true), ("qa2", false), ("q/a", false), ("/", false)] {
        let mut client = server.dial(Transport::Tcp);
        vhost.clone_into(&mut client.host);
        client.ask_in("1.2", &[("passcode", &token)]);
        if is_allowed {
            client.expect("CONNECTED");
        } else {
            client.refused("forbidden");
        }
    }
    for path in ["/api/users", "/api/queues/%2F", "/api/queues/qa2", "/api/permissions"] {
        let answer = server.send(&Request::new("GET", path).bearer(&token));
        assert_eq!(answer.status, 401, "{path}: {answer:?}");
    }
    bystander.has_seen_nothing();
}
