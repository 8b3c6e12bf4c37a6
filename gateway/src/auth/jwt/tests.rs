//! What a token may try, and what comes of it.

use super::testing::{
    NOW, SECRET, SECRET_LINE, Signer, claims, claims_with, encoded, file, settings, verifier, verifier_of, verify,
};
use super::{Grant, Invalid, MintError, TOKEN, Verifier, mint};
use crate::auth::Operation;
use jsonwebtoken::Algorithm;
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test]
async fn every_kind_of_key_verifies_what_it_has_signed_and_nothing_else() {
    let signers = [
        Signer::rsa(),
        Signer::rsa().with(Algorithm::RS384),
        Signer::rsa().with(Algorithm::RS512),
        Signer::rsa().with(Algorithm::PS256),
        Signer::rsa().with(Algorithm::PS384),
        Signer::rsa().with(Algorithm::PS512),
        Signer::p256(),
        Signer::p384(),
        Signer::ed25519(),
    ];
    for signer in &signers {
        let verifier = verifier_of(signer, "");
        let token = verify(&verifier, &signer.token(&claims())).await;
        assert_eq!(token.map(|token| token.subject), Ok("ann".into()), "{:?}", signer.algorithm);
        for other in &signers {
            let is_same = std::ptr::eq(signer, other);
            assert_eq!(verify(&verifier, &other.token(&claims())).await.is_ok(), is_same, "{:?}", other.algorithm);
        }
    }
}

#[tokio::test]
async fn a_secret_takes_its_three_algorithms() {
    let verifier = verifier(SECRET_LINE);
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let token = Signer::hmac(SECRET).with(algorithm).token(&claims());
        assert!(verify(&verifier, &token).await.is_ok(), "{algorithm:?}");
    }
    let other = Signer::hmac("another-secret-of-thirty-two-octets").token(&claims());
    assert_eq!(verify(&verifier, &other).await.unwrap_err(), Invalid::Signature);
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    for verifier in [verifier(SECRET_LINE), verifier_of(&Signer::rsa(), "")] {
        for name in ["none", "None", "NONE", "nOnE", ""] {
            let message =
                format!("{}.{}", encoded(&json!({ "alg": name }).to_string()), encoded(&claims().to_string()));
            let refused = verify(&verifier, &format!("{message}.")).await.unwrap_err();
            assert_eq!(refused, Invalid::Algorithm(name.to_owned()));
        }
        let signed = Signer::hmac(SECRET).token(&claims());
        let (message, _) = signed.rsplit_once('.').unwrap();
        assert!(verify(&verifier, &format!("{message}.")).await.is_err());
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let rsa = Signer::rsa();
    let verifier = verifier_of(&rsa, "");
    for secret in [rsa.public(), rsa.public().trim()] {
        let forged = Signer::hmac(secret).token(&claims());
        assert_eq!(verify(&verifier, &forged).await.unwrap_err(), Invalid::Algorithm("HS256".to_owned()));
        // The same with a header that claims what the key does take.
        let forged = Signer::hmac(secret).token_with(&json!({ "alg": "RS256" }), &claims());
        assert_eq!(verify(&verifier, &forged).await.unwrap_err(), Invalid::Signature);
    }
}

#[tokio::test]
async fn the_algorithms_of_a_key_can_be_fewer() {
    let rsa = Signer::rsa();
    let verifier = verifier_of(&rsa, "algorithms = [\"PS256\"]");
    assert_eq!(verify(&verifier, &rsa.token(&claims())).await.unwrap_err(), Invalid::Algorithm("RS256".to_owned()));
    assert!(verify(&verifier, &rsa.with(Algorithm::PS256).token(&claims())).await.is_ok());
    let refused = Verifier::new(&settings(&format!("{SECRET_LINE}\nalgorithms = [\"RS256\"]"))).unwrap_err();
    assert!(refused.to_string().contains("auth.jwt.algorithms"), "{refused}");
}

#[tokio::test]
async fn what_was_changed_after_it_was_signed_is_refused() {
    let verifier = verifier(SECRET_LINE);
    let token = Signer::hmac(SECRET).token(&claims());
    let parts: Vec<_> = token.split('.').collect();
    let claims = encoded(&claims_with("sub", json!("root")).to_string());
    let changed = format!("{}.{claims}.{}", parts[0], parts[2]);
    assert_eq!(verify(&verifier, &changed).await.unwrap_err(), Invalid::Signature);
    let shorter = &token[..token.len() - 1];
    assert!(verify(&verifier, shorter).await.is_err());
    for (index, _) in token.char_indices().step_by(7) {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        assert!(verify(&verifier, std::str::from_utf8(&changed).unwrap()).await.is_err(), "{index}");
    }
}

#[tokio::test]
async fn a_token_counts_in_its_time() {
    let verifier = verifier(SECRET_LINE);
    let signer = Signer::hmac(SECRET);
    let check = async |name: &str, value| verify(&verifier, &signer.token(&claims_with(name, json!(value)))).await;
    assert_eq!(check("exp", NOW - 10).await.unwrap_err(), Invalid::Expired(10));
    assert_eq!(check("nbf", NOW + 10).await.unwrap_err(), Invalid::NotYetValid(10));
    assert_eq!(check("exp", NOW + 10).await.unwrap().expires, Some(NOW + 10));
    let endless = signer.token(&claims_with("exp", json!(null)));
    assert_eq!(verify(&verifier, &endless).await.unwrap_err(), Invalid::NoExpiry);
    let lenient = super::testing::verifier(&format!("{SECRET_LINE}\nrequire_exp = false"));
    assert_eq!(verify(&lenient, &endless).await.unwrap().expires, None);
}

#[tokio::test]
async fn a_token_is_for_us_and_from_whom_we_know() {
    let verifier = verifier(&format!("{SECRET_LINE}\naudience = \"wharf\"\nissuer = \"https://id.example\""));
    let signer = Signer::hmac(SECRET);
    let good = json!({ "sub": "ann", "exp": NOW + 60, "aud": ["a", "wharf"], "iss": "https://id.example" });
    assert!(verify(&verifier, &signer.token(&good)).await.is_ok());
    let with = |name: &str, value| {
        let mut claims = good.clone();
        claims[name] = value;
        signer.token(&claims)
    };
    let wrong_audience = Invalid::Audience("wharf".to_owned());
    for audience in [json!("other"), json!(["other"]), json!([]), json!(null), json!({ "wharf": true })] {
        assert_eq!(verify(&verifier, &with("aud", audience)).await.unwrap_err(), wrong_audience);
    }
    for issuer in [json!("https://id.example/"), json!(null), json!(["https://id.example"]), json!("")] {
        assert_eq!(verify(&verifier, &with("iss", issuer)).await.unwrap_err(), Invalid::Issuer);
    }
}

#[tokio::test]
async fn an_issuer_cannot_sign_for_another() {
    let (rsa, p256) = (Signer::rsa(), Signer::p256());
    let ((_one, first), (_two, second)) = (file(rsa.public()), file(p256.public()));
    let verifier = verifier(&format!(
        "{first}\nissuer = \"a\"\n[[auth.jwt.issuers]]\n{second}\nissuer = \"b\"\nscope_prefix = \"b.\""
    ));
    let token = |signer: &Signer, name: &str| signer.token(&claims_with("iss", json!(name)));
    assert!(verify(&verifier, &token(&rsa, "a")).await.is_ok());
    assert!(verify(&verifier, &token(&p256, "b")).await.is_ok());
    assert!(verify(&verifier, &token(&rsa, "b")).await.is_err());
    assert!(verify(&verifier, &token(&p256, "a")).await.is_err());
    assert_eq!(verify(&verifier, &token(&rsa, "c")).await.unwrap_err(), Invalid::Issuer);
    assert_eq!(verify(&verifier, &rsa.token(&claims())).await.unwrap_err(), Invalid::Issuer);
}

#[tokio::test]
async fn extensions_that_must_be_understood_are_not() {
    let verifier = verifier(SECRET_LINE);
    for critical in [json!(["b64"]), json!([]), json!(null), json!("exp")] {
        let header = json!({ "alg": "HS256", "b64": false, "crit": critical });
        let token = Signer::hmac(SECRET).token_with(&header, &claims());
        assert_eq!(verify(&verifier, &token).await.unwrap_err(), Invalid::Critical);
    }
}

#[tokio::test]
async fn a_key_that_a_token_brings_along_is_not_looked_at() {
    let (known, mine) = (Signer::p256(), Signer::p256());
    let verifier = verifier_of(&known, "");
    let (_file, _) = file(mine.public());
    for (name, value) in [
        ("jwk", mine.jwk("mine")),
        ("jku", json!("http://127.0.0.1:1/jwks")),
        ("x5u", json!("http://127.0.0.1:1/pem")),
        ("x5c", json!(["AAAA"])),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!("http://127.0.0.1:1/jwks")),
        ("kid", json!(_file.path())),
    ] {
        let mut header = json!({ "alg": "ES256" });
        header[name] = value;
        assert_eq!(verify(&verifier, &mine.token_with(&header, &claims())).await.unwrap_err(), Invalid::Signature);
    }
    let header = json!({ "alg": "ES256", "kid": 1 });
    assert!(matches!(verify(&verifier, &known.token_with(&header, &claims())).await, Err(Invalid::Malformed(_))));
}

#[tokio::test]
async fn garbage_is_refused_even_if_it_is_signed() {
    let verifier = verifier(SECRET_LINE);
    let signer = Signer::hmac(SECRET);
    let header = encoded(r#"{"alg":"HS256"}"#);
    let twice = encoded(r#"{"sub":"ann","sub":"root","exp":1900000000}"#);
    let nested = encoded(&format!("{{\"sub\":\"ann\",\"exp\":1900000000,\"a\":{}}}", "[".repeat(4_000)));
    for message in [
        format!("{header}.{twice}"),
        format!("{header}.{nested}"),
        format!("{header}.{}", encoded("[]")),
        format!("{header}.{}", encoded("")),
        format!("{header}.!"),
        format!("{header}.{}=", encoded("{}")),
        format!("{}.{}", encoded(r#"{"alg":"HS256","alg":"none"}"#), encoded(&claims().to_string())),
        format!("{}.{}", encoded(r#"{"typ":"JWT"}"#), encoded(&claims().to_string())),
        format!("{header}.{}.{header}", encoded(&claims().to_string())),
    ] {
        let refused = verify(&verifier, &signer.sign(&message)).await;
        assert!(matches!(refused, Err(Invalid::Malformed(_))), "{message:.60}: {refused:?}");
    }
    let large = signer.token(&claims_with("pad", json!("x".repeat(TOKEN))));
    assert_eq!(verify(&verifier, &large).await.unwrap_err(), Invalid::TooLarge(TOKEN));
}

#[tokio::test]
async fn a_token_names_somebody() {
    let verifier = verifier(SECRET_LINE);
    let signer = Signer::hmac(SECRET);
    let client = signer.token(&json!({ "client_id": "app", "exp": NOW + 60 }));
    assert_eq!(&*verify(&verifier, &client).await.unwrap().subject, "app");
    let nobody = signer.token(&json!({ "exp": NOW + 60 }));
    assert_eq!(verify(&verifier, &nobody).await.unwrap_err(), Invalid::NoSubject("client_id".to_owned()));
    for subject in [json!(1), json!(""), json!(["ann"]), json!({})] {
        let token = signer.token(&claims_with("sub", subject));
        assert!(matches!(verify(&verifier, &token).await, Err(Invalid::BadClaim(..))));
    }
}

#[tokio::test]
async fn scopes_are_filled_in_from_the_claims() {
    let verifier = verifier(&format!("{SECRET_LINE}\nscope_prefix = \"mq.\""));
    let claims = json!({
        "sub": "ann", "client_id": "app", "tenant": "acme", "exp": NOW + 60, "jti": "t1", "n": 5,
        "scope": ["mq.read:{claim:tenant}/{sub}-*", "mq.write:*/{client_id}/{tenant}.*", "mq.write:*/{claim:n}", "read:*", "mq.tag:monitoring"],
    });
    let token = verify(&verifier, &Signer::hmac(SECRET).token(&claims)).await.unwrap();
    assert_eq!((token.id.as_deref(), token.client_id.as_deref()), (Some("t1"), Some("app")));
    assert_eq!(token.tags, ["monitoring"]);
    assert_eq!(token.claims.get("tenant").map(String::as_str), Some("acme"));
    assert!(token.scopes.allows(Operation::Read, "acme", "ann-1"));
    assert!(!token.scopes.allows(Operation::Read, "acme", "bob-1"));
    assert!(token.scopes.allows_key(Operation::Write, "any", "app", "acme.x"));
    assert!(!token.scopes.allows(Operation::Write, "any", "5"));
    assert!(!token.scopes.allows(Operation::Read, "/", "x"));
}

#[tokio::test]
async fn without_a_key_no_token_is_good() {
    let verifier = verifier("");
    assert!(!verifier.is_enabled());
    assert_eq!(verify(&verifier, &Signer::hmac("").token(&claims())).await.unwrap_err(), Invalid::Disabled);
}

#[test]
fn files_that_hold_no_public_key_say_what_to_do() {
    let pair = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::generate_simple_self_signed(["id.example".to_owned()]).unwrap().cert.pem();
    let twice = Signer::p256().public().repeat(2);
    for (text, hint) in [
        (pair.serialize_pem(), "openssl pkey -pubout"),
        (certificate, "openssl x509"),
        (twice, "more than one key"),
        ("hello".to_owned(), "PEM"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".to_owned(), "known kind"),
    ] {
        let (_file, line) = file(&text);
        let refused = Verifier::new(&settings(&line)).unwrap_err().to_string();
        assert!(refused.contains(hint) && refused.contains("auth.jwt.public_key_file"), "{refused}");
    }
    let missing = Verifier::new(&settings("public_key_file = \"/nowhere\"")).unwrap_err().to_string();
    assert!(missing.contains("/nowhere"), "{missing}");
}

#[tokio::test]
async fn a_minted_token_is_taken_by_the_settings_that_made_it() {
    let lines = format!("{SECRET_LINE}\naudience = \"wharf\"\nissuer = \"dev\"\nscope_prefix = \"mq.\"");
    let grant = Grant {
        subject: "ann".to_owned(),
        scope: "read:%2F/a* mq.tag:administrator".to_owned(),
        claims: BTreeMap::from([("tenant".to_owned(), "acme".to_owned())]),
        issued: NOW,
        lifetime: 60,
    };
    let issuer = settings(&lines).first();
    let token = verify(&verifier(&lines), &mint(&issuer, &grant).unwrap()).await.unwrap();
    assert_eq!((&*token.subject, token.expires), ("ann", Some(NOW + 60)));
    assert!(token.scopes.allows(Operation::Read, "/", "ab") && token.tags == ["administrator"]);
    assert!(token.id.is_some() && token.claims["tenant"] == "acme");
    let typo = Grant { scope: "raed:*".to_owned(), ..grant.clone() };
    assert!(matches!(mint(&issuer, &typo), Err(MintError::Scope(_))));
    assert!(matches!(mint(&settings("").first(), &grant), Err(MintError::NoSecret)));
}
