//! The destination strings of STOMP clients.

use wire::destination::BadDestination;
pub(super) use wire::destination::Destination;
use wire::stomp::Code;
use wire::stomp::server::Failure;

/// Destinations in one SEND.
const PARTS: usize = 16;

/// The parts of a SEND's destination: several with commas between, each beginning with a slash, or just one.
pub(super) fn split(text: &str) -> Result<impl Iterator<Item = &str> + Clone, Failure> {
    let count = text.matches(",/").count() + 1;
    if count > PARTS {
        let message = format!("a SEND may have at most {PARTS} destinations, not {count}");
        return Err(Failure::new(Code::BadDestination, message));
    }
    let mut rest = Some(text);
    Ok(std::iter::from_fn(move || {
        let text = rest?;
        match text.find(",/") {
            Some(comma) => {
                rest = text.get(comma + 1..);
                text.get(..comma)
            }
            None => rest.take(),
        }
    }))
}

/// Reads a destination.
pub(super) fn parse(text: &str) -> Result<Destination, Failure> {
    Destination::parse(text).map_err(|error| match error {
        BadDestination::Unsupported(_) => Failure::unsupported(&error.to_string()),
        error => Failure::new(Code::BadDestination, error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_and_what_is_not_built_are_told_apart() {
        let code = |text| parse(text).map_err(|failure| failure.code);
        assert_eq!(code("/nowhere/a"), Err(Code::BadDestination));
        assert_eq!(code("/queue/%ff"), Err(Code::BadDestination));
        assert_eq!(code("/kv/bucket/key"), Err(Code::Unsupported));
    }

    #[test]
    fn a_composite_has_its_parts_and_a_comma_in_a_name_is_none() {
        let parts = |text| split(text).map(|parts| parts.map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(parts("/queue/a,/topic/b,/queue/c").unwrap(), ["/queue/a", "/topic/b", "/queue/c"]);
        assert_eq!(parts("/queue/a,b").unwrap(), ["/queue/a,b"]);
        assert_eq!(parts("a").unwrap(), ["a"]);
        assert_eq!(parts("/queue/a,/").unwrap(), ["/queue/a", "/"]);
        let many = vec!["/queue/a"; PARTS + 1].join(",");
        assert_eq!(parts(&many).map_err(|failure| failure.code), Err(Code::BadDestination));
    }
}
