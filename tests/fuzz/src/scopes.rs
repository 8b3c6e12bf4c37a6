//! What scopes allow, beside a second opinion.

use crate::token::{signed, verify};
use gateway::auth::Operation;
use serde_json::json;

/// A user, a vhost, a name, a routing key and scopes, with line feeds between.
///
/// # Panics
/// When scopes contradict each other, or allow something else than the plainest reading of them does.
pub fn scopes(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.splitn(5, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (user, vhost, name, key, scope) = (line(), line(), line(), line(), line());
    let claims = json!({ "sub": user, "exp": u64::MAX, "scope": scope });
    let Some(token) = verify(&signed(r#"{"alg":"HS256"}"#, &claims.to_string())) else { return };
    for (operation, word) in
        [(Operation::Read, "read"), (Operation::Write, "write"), (Operation::Configure, "configure")]
    {
        let allows = token.scopes.allows(operation, vhost, name);
        assert_eq!(token.scopes.granting(operation, vhost, name).is_some(), allows);
        assert!(!allows || token.scopes.reaches(vhost), "{text:?}");
        assert!(allows || !token.scopes.allows_key(operation, vhost, name, key), "{text:?}");
        if !scope.contains(['%', '{']) {
            let is_plain = scope.split_whitespace().any(|scope| plainly_allows(scope, word, vhost, name));
            assert_eq!(allows, is_plain, "{word} {vhost:?} {name:?} by {scope:?}");
        }
    }
}

/// The plainest reading of a scope without escapes and variables.
fn plainly_allows(scope: &str, operation: &str, vhost: &str, name: &str) -> bool {
    let Some((_, rest)) = scope.split_once(':').filter(|(word, _)| *word == operation) else { return false };
    let parts: Vec<&str> = rest.split('/').collect();
    let part = |index: usize| parts.get(index).copied().unwrap_or("*").as_bytes();
    parts.len() <= 3 && plainly_matches(part(0), vhost.as_bytes()) && plainly_matches(part(1), name.as_bytes())
}

/// A table of which beginning of the pattern fits which beginning of the text: slow, and beyond doubt.
fn plainly_matches(pattern: &[u8], text: &[u8]) -> bool {
    let mut fits = vec![false; text.len() + 1];
    fits[0] = true;
    for wanted in pattern {
        let before = std::mem::replace(&mut fits, vec![false; text.len() + 1]);
        for end in 0..=text.len() {
            fits[end] = match (wanted, end) {
                (b'*', 0) => before[0],
                (b'*', _) => before[end] || fits[end - 1],
                (_, 0) => false,
                (wanted, _) => before[end - 1] && text[end - 1] == *wanted,
            };
        }
    }
    fits[text.len()]
}
