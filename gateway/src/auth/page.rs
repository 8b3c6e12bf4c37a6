//! A page that asks for something.

use super::OriginRule;
use axum::http::{HeaderMap, header};
use std::sync::Arc;
use thiserror::Error;

/// A page in a browser, as its requests tell of it.
#[derive(Debug)]
pub struct Page {
    origin: String,
    /// This server served it.
    is_ours: bool,
    rule: Arc<OriginRule>,
}

/// What a page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realm<'a> {
    /// What is of no one vhost.
    Server,
    /// What is of this vhost, or of one that is to be called so.
    Vhost(&'a str),
    /// A connection to a vhost that it names later.
    Later,
}

/// A page may not ask for something.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Foreign {
    /// No list has its origin.
    #[error(
        "pages of this origin may not connect: add it to http.allowed_origins, or to allowed_origins of a vhost, or the name under which \
         this server is reached to http.public_hosts"
    )]
    Everywhere,
    /// The list of the listener does not have it.
    #[error(
        "pages of this origin may not ask for what is of no one vhost: add it to http.allowed_origins, or the name under which this \
         server is reached to http.public_hosts"
    )]
    Server,
    /// The list does not have it that this vhost follows. Which that is, is nothing for a page that was not let in.
    #[error(
        "pages of this origin may not use vhost {0:?}: add it to allowed_origins of the vhost, or to http.allowed_origins if the vhost has \
         no list of its own, or the name under which this server is reached to http.public_hosts"
    )]
    Vhost(String),
}

impl Page {
    /// The page that sent a request; `None`: none did, since browsers say which. `is_secure`: the request came by https, and so did our own pages.
    pub fn of_request(headers: &HeaderMap, rule: &Arc<OriginRule>, is_secure: bool) -> Option<Page> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let origin = text(header::ORIGIN)?.to_ascii_lowercase();
        let is_ours = rule.is_ours(&origin, text(header::HOST)) && (!is_secure || origin.starts_with("https://"));
        Some(Page { is_ours, origin, rule: Arc::clone(rule) })
    }

    /// Whether the page may ask for this.
    pub fn check(&self, realm: Realm<'_>) -> Result<(), Foreign> {
        match realm {
            _ if self.is_ours || self.is_listed(realm) => Ok(()),
            Realm::Server => Err(Foreign::Server),
            Realm::Vhost(vhost) => Err(Foreign::Vhost(vhost.to_owned())),
            Realm::Later => Err(Foreign::Everywhere),
        }
    }

    /// Whether it is of another site that may ask for this.
    pub fn is_listed(&self, realm: Realm<'_>) -> bool {
        self.rule.lists(&self.origin, realm)
    }
}

#[cfg(test)]
mod tests {
    use super::super::VhostOrigins;
    use super::*;

    const REALMS: [Realm<'static>; 4] = [Realm::Server, Realm::Vhost("a"), Realm::Vhost("b"), Realm::Later];

    /// A server that lists the news, and whose vhost `a` lists the shop.
    fn rule() -> Arc<OriginRule> {
        let vhosts = Arc::new(VhostOrigins::default());
        vhosts.set(&"a".into(), Some(&["https://shop.example".to_owned()]));
        Arc::new(OriginRule::new(&["https://news.example".to_owned()], &[]).with_vhosts(vhosts, true))
    }

    fn page(origin: &str) -> Page {
        let headers = [(header::ORIGIN, origin), (header::HOST, "localhost:8080")];
        let headers = headers.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
        Page::of_request(&headers, &rule(), false).unwrap()
    }

    fn allowed(origin: &str) -> [bool; 4] {
        REALMS.map(|realm| page(origin).check(realm).is_ok())
    }

    #[test]
    fn a_vhost_with_a_list_decides_by_it_and_others_follow_the_listener() {
        assert_eq!(allowed("https://news.example"), [true, false, true, true]);
        assert_eq!(allowed("https://Shop.example"), [false, true, false, true]);
        assert_eq!(allowed("https://evil.example"), [false; 4]);
    }

    #[test]
    fn our_own_pages_are_let_in_everywhere_and_are_on_no_list() {
        assert_eq!(allowed("http://localhost:8080"), [true; 4]);
        assert!(!page("http://localhost:8080").is_listed(Realm::Server));
        assert!(Page::of_request(&HeaderMap::new(), &rule(), false).is_none());
    }

    #[test]
    fn who_came_by_https_was_served_by_https() {
        let headers = [(header::ORIGIN, "http://localhost:8080"), (header::HOST, "localhost:8080")];
        let headers = headers.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
        let page = Page::of_request(&headers, &rule(), true).unwrap();
        assert!(page.check(Realm::Server).is_err(), "somebody on the way may have put it there");
    }

    #[test]
    fn a_refusal_says_which_list_to_add_it_to() {
        let told = |realm| page("https://evil.example").check(realm).unwrap_err().to_string();
        assert!(told(Realm::Server).contains("http.allowed_origins"));
        assert!(told(Realm::Vhost("a")).contains("allowed_origins of the vhost"));
        assert!(!told(Realm::Server).contains("  "));
    }
}
