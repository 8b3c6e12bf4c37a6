//! All that a token allows.

use super::super::Operation;
use super::invalid::Invalid;
use super::pattern::Variables;
use super::scope::{Scope, Word};
use serde_json::Value;

/// Scopes of one token: each check looks at all of them.
pub(super) const SCOPES: usize = 256;

/// The claim that holds them.
pub(super) const CLAIM: &str = "scope";

/// The scopes of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Reads the claim, a text with spaces between its words or a list of them; gives the scopes and the tags. Words without `prefix` are for
    /// others.
    pub(super) fn parse(
        claim: Option<&Value>,
        prefix: &str,
        variables: Variables<'_>,
    ) -> Result<(Self, Vec<String>), Invalid> {
        let bad = || Invalid::BadClaim(CLAIM.to_owned(), "a text, or a list of texts");
        let texts = match claim {
            None => Vec::new(),
            Some(Value::String(text)) => vec![text.as_str()],
            Some(Value::Array(list)) => list.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(bad)?,
            Some(_) => return Err(bad()),
        };
        let words = texts.into_iter().flat_map(str::split_whitespace).filter_map(|word| word.strip_prefix(prefix));
        let (mut scopes, mut tags) = (Vec::new(), Vec::new());
        for word in words {
            match Word::parse(word, variables) {
                Some(Word::Scope(scope)) => scopes.push(*scope),
                Some(Word::Tag(tag)) => tags.push(tag),
                None => (),
            }
            if scopes.len() + tags.len() > SCOPES {
                return Err(Invalid::TooManyScopes(SCOPES));
            }
        }
        Ok((Scopes(scopes), tags))
    }

    /// Whether anything is allowed in a vhost.
    pub fn reaches(&self, vhost: &str) -> bool {
        self.0.iter().any(|scope| scope.reaches(vhost))
    }

    /// Whether this may be done to the queue or exchange of this name.
    pub fn allows(&self, operation: Operation, vhost: &str, name: &str) -> bool {
        self.granting(operation, vhost, name).is_some()
    }

    /// Whether this may be done to an exchange with this routing key.
    pub fn allows_key(&self, operation: Operation, vhost: &str, exchange: &str, routing_key: &str) -> bool {
        self.granting_key(operation, vhost, exchange, routing_key).is_some()
    }

    /// The scope that allows it, for who asks why.
    pub fn granting(&self, operation: Operation, vhost: &str, name: &str) -> Option<&Scope> {
        self.0.iter().find(|scope| scope.allows(operation, vhost, name))
    }

    /// The same with a routing key.
    pub fn granting_key(&self, operation: Operation, vhost: &str, exchange: &str, routing_key: &str) -> Option<&Scope> {
        self.0.iter().find(|scope| scope.allows_key(operation, vhost, exchange, routing_key))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scopes(claim: &Value, prefix: &str) -> (Scopes, Vec<String>) {
        let variables = |name: &str| (name == "sub").then(|| "ann".to_owned());
        Scopes::parse(Some(claim), prefix, &variables).unwrap()
    }

    #[test]
    fn a_scope_names_an_operation_a_vhost_a_name_and_perhaps_a_routing_key() {
        let (scopes, tags) =
            scopes(&json!("read:%2F/orders* write:qa/x/a.* configure:*/{sub}-* tag:administrator"), "");
        assert_eq!(tags, ["administrator"]);
        assert!(scopes.allows(Operation::Read, "/", "orders.eu"));
        assert!(!scopes.allows(Operation::Write, "/", "orders.eu"));
        assert!(!scopes.allows(Operation::Read, "qa", "orders.eu"));
        assert!(scopes.allows(Operation::Write, "qa", "x"));
        assert!(scopes.allows_key(Operation::Write, "qa", "x", "a.b"));
        assert!(!scopes.allows_key(Operation::Write, "qa", "x", "b"));
        assert!(scopes.allows_key(Operation::Read, "/", "orders", "any/key"));
        assert!(scopes.allows(Operation::Configure, "%2F", "ann-1"));
        assert!(!scopes.allows(Operation::Configure, "/", "bob-1"));
        assert_eq!(scopes.granting(Operation::Write, "qa", "x").unwrap().text(), "write:qa/x/a.*");
    }

    #[test]
    fn a_part_that_is_left_out_is_any_and_an_empty_one_is_the_empty_name() {
        let (scopes, _) = scopes(&json!(["read:qa", "write:qa/", "configure:"]), "");
        assert!(scopes.allows_key(Operation::Read, "qa", "any", "key"));
        assert!(!scopes.allows(Operation::Read, "/", "any"));
        assert!(scopes.allows(Operation::Write, "qa", ""));
        assert!(!scopes.allows(Operation::Write, "qa", "any"));
        assert!(!scopes.allows(Operation::Configure, "qa", "any"));
        assert!(scopes.reaches("qa") && !scopes.reaches("/"));
    }

    #[test]
    fn what_is_no_scope_of_ours_allows_nothing() {
        let (scopes, tags) =
            scopes(&json!("read:*/* mq.write:*/* mq.tag: openid mq.read:a/b/c/d mq.Read:* mq.:"), "mq.");
        assert!(tags.is_empty());
        assert_eq!(scopes.iter().map(Scope::text).collect::<Vec<_>>(), ["write:*/*"]);
    }

    #[test]
    fn a_claim_of_another_type_and_too_many_scopes_are_refused() {
        let none = |_: &str| None;
        for claim in [json!(1), json!({"read": "*"}), json!(["read:*", 1]), json!([["read:*"]])] {
            assert!(matches!(Scopes::parse(Some(&claim), "", &none), Err(Invalid::BadClaim(..))), "{claim}");
        }
        let many = json!("read:* ".repeat(SCOPES + 1));
        assert_eq!(Scopes::parse(Some(&many), "", &none).unwrap_err(), Invalid::TooManyScopes(SCOPES));
        assert_eq!(Scopes::parse(None, "", &none).unwrap(), (Scopes::default(), Vec::new()));
    }
}
