//! What the headers of SUBSCRIBE say of what is to be handed out, and when.

use super::boolean;
use broker::{Credit, Terms};
use wire::stomp::server::Failure;
use wire::stomp::{Code, Headers};

/// The terms of a subscription. `default_prefetch` is for those that say nothing.
pub(super) fn terms(headers: &Headers, default_prefetch: u32) -> Result<Terms, Failure> {
    let mut terms = Terms {
        prefetch: number(headers, &["prefetch-count", "activemq.prefetchSize"])?.unwrap_or(default_prefetch),
        prefetch_octets: 0,
        priority: integer(headers, &["x-priority", "activemq.priority"])?.unwrap_or(0),
        exclusive: flag(headers, &["activemq.exclusive"])?,
        credit: credit(headers)?,
        browse: flag(headers, &["browser"])?,
    };
    match integer(headers, &["consumer-window-size"])? {
        Some(0) => terms.prefetch = 1,
        Some(octets) => terms.prefetch_octets = u32::try_from(octets).unwrap_or(0),
        None => {}
    }
    Ok(terms)
}

fn credit(headers: &Headers) -> Result<Option<Credit>, Failure> {
    let messages = number(headers, &["x-credit"])?;
    let octets = number(headers, &["x-credit-bytes"])?;
    Ok((messages.is_some() || octets.is_some()).then_some(Credit { messages, octets }))
}

/// Whether one of these headers is true.
pub(super) fn flag(headers: &Headers, names: &[&'static str]) -> Result<bool, Failure> {
    first(headers, names).map_or(Ok(false), |(name, text)| boolean(name, text))
}

/// The first of these headers that there is, which must be digits.
pub(super) fn number<N: std::str::FromStr>(headers: &Headers, names: &[&'static str]) -> Result<Option<N>, Failure> {
    first(headers, names).map(|(name, text)| digits(name, text)).transpose()
}

/// Reads a header that must be digits.
pub(super) fn digits<N: std::str::FromStr>(name: &str, text: &str) -> Result<N, Failure> {
    let digits = text.bytes().all(|octet| octet.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or_else(|| Failure::new(Code::PreconditionFailed, format!("{name} must be a number, not {text:?}")))
}

/// The same, possibly negative.
pub(super) fn integer(headers: &Headers, names: &[&'static str]) -> Result<Option<i32>, Failure> {
    let Some((name, text)) = first(headers, names) else { return Ok(None) };
    match text.parse().ok().filter(|_| !text.starts_with('+')) {
        Some(number) => Ok(Some(number)),
        None => Err(Failure::new(Code::PreconditionFailed, format!("{name} must be an integer, not {text:?}"))),
    }
}

/// The first of these headers that there is.
pub(super) fn first<'a>(headers: &'a Headers, names: &[&'static str]) -> Option<(&'static str, &'a str)> {
    names.iter().find_map(|name| Some((*name, headers.get(name)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &str)]) -> Result<Terms, Code> {
        terms(&headers.iter().copied().collect(), 7).map_err(|failure| failure.code)
    }

    #[test]
    fn every_broker_s_words_are_understood() {
        assert_eq!(read(&[]), Ok(Terms { prefetch: 7, ..Terms::default() }));
        assert_eq!(read(&[("prefetch-count", "0")]), Ok(Terms::default()));
        let headers = [("activemq.prefetchSize", "3"), ("activemq.priority", "-2"), ("activemq.exclusive", "TRUE")];
        let expected = Terms { prefetch: 3, priority: -2, exclusive: true, ..Terms::default() };
        assert_eq!(read(&headers), Ok(expected));
        let window =
            |text| read(&[("consumer-window-size", text)]).map(|terms| (terms.prefetch, terms.prefetch_octets));
        assert_eq!([window("0"), window("-1"), window("500")], [Ok((1, 0)), Ok((7, 0)), Ok((7, 500))]);
        let credit = read(&[("x-credit", "0")]).unwrap().credit;
        assert_eq!(credit, Some(Credit { messages: Some(0), octets: None }));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (name, text) in [
            ("prefetch-count", "many"),
            ("prefetch-count", "-1"),
            ("prefetch-count", "+1"),
            ("prefetch-count", ""),
            ("x-priority", "+1"),
            ("consumer-window-size", "a"),
            ("x-credit", "-1"),
            ("browser", "yes"),
        ] {
            assert_eq!(read(&[(name, text)]), Err(Code::PreconditionFailed), "{name}:{text}");
        }
    }
}
