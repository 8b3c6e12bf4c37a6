//! What the headers of SUBSCRIBE say of a stream.

use super::terms::{digits, first, flag};
use broker::{Filter, Start, StreamTerms, Time};
use wire::stomp::server::Failure;
use wire::stomp::{Code, Headers};

/// Headers that mean something to streams alone.
const HEADERS: [&str; 5] =
    ["x-stream-offset", "x-stream-filter", "x-stream-match-unfiltered", "x-stream-epoch", "x-consumer-group"];

/// Octets of the name of a consumer group, which is written with each offset that it commits: as many as a queue's name may have.
const GROUP_NAME: usize = 255;

/// What a subscription wants of a stream; `None`: it does not say. `named` is the name of a durable subscription, as it is kept.
pub(super) fn stream_terms(headers: &Headers, named: Option<String>) -> Result<Option<StreamTerms>, Failure> {
    if named.is_none() && first(headers, &HEADERS).is_none() {
        return Ok(None);
    }
    let group = headers.get("x-consumer-group").map(str::to_owned).or(named);
    if group.as_deref().is_some_and(str::is_empty) {
        return Err(bad("x-consumer-group must be a name, not empty".to_owned()));
    }
    if group.as_deref().is_some_and(|group| group.len() > GROUP_NAME) {
        return Err(bad(format!("the name of a consumer group may have {GROUP_NAME} octets")));
    }
    let (start, resumes) = match headers.get("x-stream-offset") {
        Some("resume") => (None, true),
        Some(text) => (Some(start(text)?), false),
        None => (None, false),
    };
    if resumes && group.is_none() {
        let message = "x-stream-offset:resume needs a name under which the server keeps the position: x-consumer-group, or \
                       durable-subscription-name";
        return Err(bad(message.to_owned()));
    }
    Ok(Some(StreamTerms { start, group, filter: filter(headers)?, epoch: epoch(headers)? }))
}

/// Where to begin.
fn start(text: &str) -> Result<Start, Failure> {
    let wrong = || {
        bad(format!("x-stream-offset must be first, last, next, resume, offset=N or timestamp=SECONDS, not {text:?}"))
    };
    match text.split_once('=') {
        None => match text {
            "first" => Ok(Start::First),
            "last" => Ok(Start::Last),
            "next" => Ok(Start::Next),
            _ => Err(wrong()),
        },
        Some(("offset", offset)) => digits("x-stream-offset:offset=", offset).map(Start::Offset),
        Some(("timestamp", seconds)) => milliseconds(seconds).map(Start::Since).ok_or_else(wrong),
        Some(_) => Err(wrong()),
    }
}

/// Seconds since 1970, which may have a fraction.
fn milliseconds(seconds: &str) -> Option<Time> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000)?.checked_add(thousandths).map(Time)
}

fn filter(headers: &Headers) -> Result<Option<Filter>, Failure> {
    let match_unfiltered = flag(headers, &["x-stream-match-unfiltered"])?;
    Ok(headers.get("x-stream-filter").map(|values| Filter {
        values: values.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect(),
        match_unfiltered,
    }))
}

/// The epoch that the client knows.
fn epoch(headers: &Headers) -> Result<Option<u64>, Failure> {
    let Some(text) = headers.get("x-stream-epoch") else { return Ok(None) };
    let is_hexadecimal = text.bytes().all(|octet| octet.is_ascii_hexdigit());
    let epoch = u64::from_str_radix(text, 16).ok().filter(|_| is_hexadecimal);
    match epoch {
        Some(epoch) => Ok(Some(epoch)),
        None => Err(bad(format!("x-stream-epoch must be as a MESSAGE had it, in hexadecimal digits, not {text:?}"))),
    }
}

fn bad(message: String) -> Failure {
    Failure::new(Code::PreconditionFailed, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)]) -> Result<Option<StreamTerms>, Code> {
        stream_terms(&headers.iter().copied().collect(), None).map_err(|failure| failure.code)
    }

    #[test]
    fn every_start_is_understood() {
        let cases = [
            ("first", Start::First),
            ("last", Start::Last),
            ("next", Start::Next),
            ("offset=0", Start::Offset(0)),
            ("offset=12345678901", Start::Offset(12_345_678_901)),
            ("timestamp=1700000000", Start::Since(Time(1_700_000_000_000))),
            ("timestamp=1700000000.25", Start::Since(Time(1_700_000_000_250))),
            ("timestamp=1700000000.123456", Start::Since(Time(1_700_000_000_123))),
        ];
        for (text, start) in cases {
            let terms = StreamTerms { start: Some(start), ..StreamTerms::default() };
            assert_eq!(read(&[("x-stream-offset", text)]), Ok(Some(terms)), "{text}");
        }
        assert_eq!(read(&[("prefetch-count", "5")]), Ok(None));
    }

    #[test]
    fn what_is_none_is_refused() {
        for (name, text) in [
            ("x-stream-offset", "begin"),
            ("x-stream-offset", ""),
            ("x-stream-offset", "offset=-1"),
            ("x-stream-offset", "offset=+1"),
            ("x-stream-offset", "timestamp=now"),
            ("x-stream-offset", "timestamp=1.5.5"),
            ("x-stream-offset", "timestamp=."),
            ("x-stream-offset", "timestamp=99999999999999999999"),
            ("x-stream-offset", "time=5"),
            ("x-stream-offset", "resume"),
            ("x-stream-epoch", "xyz"),
            ("x-stream-epoch", "+1"),
            ("x-consumer-group", ""),
            ("x-stream-match-unfiltered", "perhaps"),
        ] {
            assert_eq!(read(&[(name, text)]), Err(Code::PreconditionFailed), "{name}:{text}");
        }
    }

    #[test]
    fn a_group_resumes_and_a_filter_is_a_list() {
        let headers = [("x-stream-offset", "resume"), ("x-consumer-group", "g"), ("x-stream-filter", "a, b,,c")];
        let filter = Filter { values: ["a", "b", "c"].map(str::to_owned).into(), match_unfiltered: false };
        let expected = StreamTerms { group: Some("g".into()), filter: Some(filter), ..StreamTerms::default() };
        assert_eq!(read(&headers), Ok(Some(expected)));
        assert_eq!(read(&[("x-stream-epoch", "1aF")]).unwrap().unwrap().epoch, Some(0x1af));
    }
}
