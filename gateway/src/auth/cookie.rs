//! A token in a cookie, for sites that keep it away from their pages' scripts. A browser sends a cookie whoever asks, so it counts only where
//! the request shows that one of our pages asked.

use axum::http::{HeaderMap, Method, header};

/// What a request that changes something has to carry, with any value: a form of another site cannot send it, and a script of another site
/// has to ask first.
pub const GUARD: &str = "x-wharf-csrf";

/// The token in the cookie of this name, if it counts. That the origin is an allowed one is asked elsewhere.
pub(super) fn token<'a>(name: &str, method: &Method, headers: &'a HeaderMap) -> Option<&'a str> {
    let has_origin = headers.contains_key(header::ORIGIN);
    let is_same_site = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    let is_upgrade = headers.contains_key(header::UPGRADE);
    let only_looks = (method == Method::GET || method == Method::HEAD) && !is_upgrade;
    let counts = match only_looks {
        true => has_origin || is_same_site,
        false if is_upgrade => has_origin,
        false => has_origin && headers.contains_key(GUARD),
    };
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|cookie| cookie.to_str().ok());
    let mut pairs = cookies.flat_map(|cookie| cookie.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(other, _)| *other == name).map(|(_, token)| token).filter(|_| counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(method: &Method, others: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::from_iter([(header::COOKIE, "other=1; wharf=a.b.c; x=2".parse().unwrap())]);
        for (name, value) in others {
            headers.insert(*name, value.parse().unwrap());
        }
        let found = token("wharf", method, &headers);
        assert!(found.is_none_or(|token| token == "a.b.c"));
        found.is_some()
    }

    #[test]
    fn it_counts_only_where_one_of_our_pages_asked() {
        let origin = ("origin", "https://mq.example.org");
        assert!(!counts(&Method::GET, &[]), "an image of another site sends nothing else");
        assert!(counts(&Method::GET, &[("sec-fetch-site", "same-origin")]));
        assert!(!counts(&Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(counts(&Method::GET, &[origin]));
        assert!(!counts(&Method::POST, &[origin]), "a form sends an origin too");
        assert!(counts(&Method::POST, &[origin, (GUARD, "1")]));
        assert!(!counts(&Method::DELETE, &[(GUARD, "1")]));
        assert!(counts(&Method::GET, &[origin, ("upgrade", "websocket")]));
        assert!(!counts(&Method::GET, &[("sec-fetch-site", "same-origin"), ("upgrade", "websocket")]));
    }
}
