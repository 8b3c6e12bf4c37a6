//! From single attributes to a valid event.

use super::name::REQUIRED;
use super::value::forbidden;
use super::{Data, Event, Invalid, SPEC_VERSION, Type, Value, is_name, type_of};
use crate::limits::{EVENT_ATTRIBUTE, EVENT_ATTRIBUTES};

/// Collects attributes as they are read, and checks each. What is left to check in the end is what is missing.
#[derive(Debug, Default)]
pub struct EventBuilder {
    pub(super) attributes: Vec<(Box<str>, Value)>,
}

impl EventBuilder {
    /// One with room for so many attributes.
    pub(super) fn with_capacity(attributes: usize) -> Self {
        EventBuilder { attributes: Vec::with_capacity(attributes) }
    }

    /// Adds an attribute by its canonical text.
    pub fn text(&mut self, name: &str, text: impl Into<Box<str>>) -> Result<&mut Self, Invalid> {
        self.check_name(name)?;
        let value = Value::parse(name, text)?;
        self.push(name, value)
    }

    /// Adds an attribute with a value that came with its type.
    pub fn typed(&mut self, name: &str, value: Value) -> Result<&mut Self, Invalid> {
        self.check_name(name)?;
        let value = match (type_of(name), value.value_type()) {
            (Some(wanted), given @ (Type::Boolean | Type::Integer | Type::Binary)) if wanted != given => {
                return Err(Invalid::attribute(name, format!("has to be a {wanted:?}, not a {given:?}")));
            }
            // A value may travel as its canonical text.
            (Some(wanted), given) if wanted != given => Value::parse_as(name, value.text().into(), wanted)?,
            _ => value,
        };
        self.push(name, value)
    }

    pub(super) fn check_name(&self, name: &str) -> Result<(), Invalid> {
        if !is_name(name) {
            return Err(Invalid::attribute(name, "a name has only lower-case letters and digits, and is not \"data\""));
        }
        if self.get(name).is_some() {
            return Err(Invalid::attribute(name, "is there twice"));
        }
        if self.attributes.len() >= EVENT_ATTRIBUTES {
            return Err(Invalid::attribute(name, format!("an event may have {EVENT_ATTRIBUTES} attributes")));
        }
        Ok(())
    }

    fn push(&mut self, name: &str, value: Value) -> Result<&mut Self, Invalid> {
        let text = value.text();
        if text.is_empty() && type_of(name).is_some() {
            return Err(Invalid::attribute(name, "must not be empty: leave it out"));
        }
        if text.len() > EVENT_ATTRIBUTE {
            return Err(Invalid::attribute(name, format!("may have {EVENT_ATTRIBUTE} octets, not {}", text.len())));
        }
        if let Some(character) = forbidden(&text) {
            let code = u32::from(character);
            return Err(Invalid::attribute(name, format!("holds U+{code:04X}, which no attribute may hold")));
        }
        if name == "specversion" && text != SPEC_VERSION {
            let reason = format!("only version {SPEC_VERSION:?} is supported, not {text:?}");
            return Err(Invalid::attribute(name, reason));
        }
        check_range(name, &value)?;
        drop(text);
        self.attributes.push((name.into(), value));
        Ok(self)
    }

    /// An attribute that was added.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(other, _)| **other == *name).map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.attributes.iter_mut().find(|(other, _)| **other == *name).map(|(_, value)| value)
    }

    /// The media type of the data, if it was said so far.
    pub(super) fn content_type(&self) -> Option<&str> {
        match self.get("datacontenttype")? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The event, if nothing is missing.
    pub fn finish(self, data: Data) -> Result<Event, Invalid> {
        match REQUIRED.into_iter().find(|name| self.get(name).is_none()) {
            Some(missing) => Err(Invalid::attribute(missing, "is required, and missing")),
            None => Ok(Event { attributes: self.attributes, data }),
        }
    }
}

/// What the documented extensions demand beyond a type.
fn check_range(name: &str, value: &Value) -> Result<(), Invalid> {
    match (name, value) {
        ("sampledrate", Value::Integer(..=0)) => Err(Invalid::attribute(name, "has to be above 0")),
        ("severitynumber", Value::Integer(..=-1)) => Err(Invalid::attribute(name, "must not be negative")),
        ("deprecated", Value::Boolean(false)) => Err(Invalid::attribute(name, "is true or left out")),
        _ => Ok(()),
    }
}
