//! Texts that are filled in from a request.

use super::pointer::Pointer;
use axum::http::{HeaderMap, HeaderName};

/// Octets of a template.
const TEMPLATE: usize = 1024;

/// Placeholders of a template: for each that names a part of the body, the body is read.
const PLACEHOLDERS: usize = 16;

/// Octets of a text that is filled in: an attribute may have no more.
const FILLED: usize = 64 * 1024;

/// Headers that hold secrets, and are not to appear in events.
const SECRET: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// A text with placeholders.
#[derive(Debug, Clone)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    Header(HeaderName),
    Body(Pointer),
    Delivery,
}

/// What templates are filled in from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    /// What tells this delivery from others.
    pub(super) delivery: &'a str,
}

impl Template {
    /// Reads a template. An error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > TEMPLATE {
            return Err(format!("a template has 1 to {TEMPLATE} octets: leave it out to have the default"));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, behind)) = rest.split_once('{') {
            let (placeholder, behind) =
                behind.split_once('}').ok_or_else(|| format!("{text:?}: a brace is not closed"))?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(read_placeholder(placeholder)?);
            rest = behind;
        }
        parts.push(Part::Literal(rest.to_owned()));
        if parts.len() / 2 > PLACEHOLDERS {
            return Err(format!("a template may have {PLACEHOLDERS} placeholders"));
        }
        Ok(Template(parts))
    }

    /// The text; `None`: something that it names is not there.
    pub(super) fn fill(&self, given: Given<'_>) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => text += literal,
                Part::Header(name) => text += given.headers.get(name)?.to_str().ok()?,
                Part::Body(pointer) => text += &pointer.find(given.body)?,
                Part::Delivery => text += given.delivery,
            }
            if text.len() > FILLED {
                break; // it is refused whatever follows
            }
        }
        Some(text)
    }
}

fn read_placeholder(placeholder: &str) -> Result<Part, String> {
    match placeholder.split_once(':') {
        Some(("header", name)) => read_header(name).map(Part::Header),
        Some(("body", pointer)) => Pointer::parse(pointer).map(Part::Body),
        None if placeholder == "delivery" => Ok(Part::Delivery),
        _ => Err(format!(
            "{{{placeholder}}} is not known: write {{header:NAME}}, {{body:/JSON/POINTER}} or {{delivery}}"
        )),
    }
}

/// A header whose value may be shown.
pub(super) fn read_header(name: &str) -> Result<HeaderName, String> {
    let header: HeaderName = name.parse().map_err(|_| format!("{name:?} is no name of a header"))?;
    if SECRET.contains(&header.as_str()) {
        return Err(format!("the header {header} holds secrets, which are not to be kept in events"));
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([("x-github-event".parse().unwrap(), "push".parse().unwrap())]);
        let given = Given { headers: &headers, body: br#"{"a":{"b":7}}"#, delivery: "d-1" };
        Template::parse(template).unwrap().fill(given)
    }

    #[test]
    fn placeholders_are_filled_in() {
        assert_eq!(fill("com.github.{header:X-GitHub-Event}").as_deref(), Some("com.github.push"));
        assert_eq!(fill("{body:/a/b}/{delivery}").as_deref(), Some("7/d-1"));
        assert_eq!(fill("plain").as_deref(), Some("plain"));
    }

    #[test]
    fn what_is_not_there_leaves_nothing_half_filled() {
        assert_eq!(fill("com.{header:x-other}"), None);
        assert_eq!(fill("com.{body:/x}"), None);
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for bad in ["", "{body:id}", "{header:a b}", "{header:Authorization}", "{path:x}", "{delivery", "{}"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
        assert!(Template::parse(&"{delivery}".repeat(17)).unwrap_err().contains("16"));
        assert!(Template::parse(&"x".repeat(1025)).unwrap_err().contains("1024"));
    }
}
