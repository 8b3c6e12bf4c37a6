//! What a client wants from the start: the query of its URL.

use super::ask::SubscribeTo;
use axum::extract::Query;
use axum::http::Uri;

/// Subscriptions that a URL may name: more have to be asked for, and can be refused one by one.
const SUBSCRIPTIONS: usize = 64;

/// What a URL says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opening {
    pub(super) vhost: Option<String>,
    pub(super) subscriptions: Vec<SubscribeTo>,
    /// Where events go that do not say where.
    pub(super) publish: Option<String>,
    pub(super) persistent: bool,
    pub(super) deduplicate: bool,
    /// Whether what is carried out is answered.
    pub(super) confirm: bool,
}

impl Default for Opening {
    fn default() -> Self {
        Opening {
            vhost: None,
            subscriptions: Vec::new(),
            publish: None,
            persistent: true,
            deduplicate: false,
            confirm: true,
        }
    }
}

impl Opening {
    /// Reads a query. An error says what is wrong with it.
    pub(super) fn parse(uri: &Uri) -> Result<Opening, String> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|error| error.body_text())?;
        let mut opening = Opening::default();
        let mut destinations = Vec::new();
        let mut common = SubscribeTo::default();
        for (name, value) in pairs {
            match name.as_str() {
                "subscribe" => destinations.push(value),
                "publish" => opening.publish = Some(value),
                "vhost" => opening.vhost = Some(value),
                "persistent" => opening.persistent = flag(&name, &value)?,
                "deduplicate" => opening.deduplicate = flag(&name, &value)?,
                "confirm" => opening.confirm = flag(&name, &value)?,
                "from" => common.from = Some(value),
                "ack" => common.ack = Some(value),
                "filter" => common.filter = Some(value),
                "type" => common.of_type = Some(value),
                "prefetch" => common.prefetch = Some(number(&name, &value)?),
                "credit" => common.credit = Some(number(&name, &value)?),
                "ticket" => {} // which was redeemed before
                _ => return Err(format!("{name:?} is no parameter of a WebSocket for events")),
            }
        }
        if destinations.len() > SUBSCRIPTIONS {
            return Err(format!(
                "a URL may have {SUBSCRIPTIONS} subscriptions: ask for more with wharf.control.subscribe"
            ));
        }
        if common.from.is_some() && !destinations.iter().any(|it| it.starts_with("/stream/")) {
            return Err("from is for streams, and none is subscribed to".to_owned());
        }
        opening.subscriptions = destinations.into_iter().map(|destination| common.to(destination)).collect();
        for (index, subscription) in opening.subscriptions.iter().enumerate() {
            subscription.read()?;
            if opening.subscriptions.iter().take(index).any(|it| it.destination == subscription.destination) {
                return Err(format!("{:?} is subscribed to twice", subscription.destination));
            }
        }
        Ok(opening)
    }
}

impl SubscribeTo {
    /// The same of another destination; where to begin is said of streams alone.
    fn to(&self, destination: String) -> SubscribeTo {
        let from = self.from.clone().filter(|_| destination.starts_with("/stream/"));
        SubscribeTo { destination, from, ..self.clone() }
    }
}

fn flag(name: &str, value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| format!("{name} is true or false, not {value:?}"))
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} is a number, not {value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Opening, String> {
        Opening::parse(&format!("/ws?{query}").parse().unwrap())
    }

    #[test]
    fn a_url_says_what_to_read_and_where_to_publish() {
        let opening =
            parse("subscribe=/topic/a.%23&subscribe=/stream/s&from=first&publish=/queue/q&ack=client").unwrap();
        let read: Vec<_> = opening.subscriptions.iter().map(|it| (&*it.destination, it.from.as_deref())).collect();
        assert_eq!(read, [("/topic/a.#", None), ("/stream/s", Some("first"))]);
        assert_eq!(opening.publish.as_deref(), Some("/queue/q"));
        assert!(opening.persistent && opening.confirm && !opening.deduplicate);
        assert_eq!(parse(""), Ok(Opening::default()));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let many = vec!["subscribe=/topic/a"; 65].join("&");
        for query in [
            "subscribed=/topic/a",
            "subscribe=/nowhere",
            "subscribe=/topic/a&from=first",
            "subscribe=/stream/s&from=begin",
            "subscribe=/queue/q&type=a",
            "subscribe=/topic/a&filter=(",
            "subscribe=/topic/a&ack=perhaps",
            "confirm=yes",
            "subscribe=/topic/a&subscribe=/topic/a",
            "subscribe=/topic/a&prefetch=-1",
            &many,
        ] {
            assert!(parse(query).is_err(), "{query}");
        }
    }
}
