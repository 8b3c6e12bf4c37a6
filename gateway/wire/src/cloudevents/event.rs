//! One event.

use super::name::REQUIRED;
use super::{Data, EventBuilder, Invalid, Value};
use crate::cesql::{Attribute, Attributes};

/// A valid event (CloudEvents 1.0, "Context Attributes" and "Event Data").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub(super) attributes: Vec<(Box<str>, Value)>,
    pub(super) data: Data,
}

impl Event {
    /// An event to be built, attribute by attribute.
    pub fn builder() -> EventBuilder {
        EventBuilder::default()
    }

    /// An event with the required attributes and without data.
    pub fn new(id: &str, source: &str, of_type: &str) -> Result<Event, Invalid> {
        let mut builder = EventBuilder::default();
        builder.text("specversion", super::SPEC_VERSION)?;
        builder.text("id", id)?;
        builder.text("source", source)?;
        builder.text("type", of_type)?;
        builder.finish(Data::Absent)
    }

    /// All attributes, extensions too, in the order in which they came.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.attributes.iter().map(|(name, value)| (&**name, value))
    }

    /// An attribute.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(other, _)| **other == *name).map(|(_, value)| value)
    }

    /// An attribute whose value is written as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Its id: unique within its source.
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// Its source.
    pub fn source(&self) -> &str {
        self.text("source").unwrap_or_default()
    }

    /// Its type.
    pub fn event_type(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// The media type of its data, as it came.
    pub fn content_type(&self) -> Option<&str> {
        self.text("datacontenttype")
    }

    /// Takes an extension out.
    pub fn remove(&mut self, extension: &str) -> Option<Value> {
        let is_it = |(name, _): &(Box<str>, Value)| **name == *extension;
        let index = self.attributes.iter().position(is_it).filter(|_| !REQUIRED.contains(&extension))?;
        Some(self.attributes.remove(index).1)
    }

    /// Sets an extension, as who passes an event on may do. It does not count among those that an event may have.
    pub fn stamp(&mut self, extension: &str, text: impl Into<Box<str>>) -> Result<(), Invalid> {
        if REQUIRED.contains(&extension) {
            return Err(Invalid::attribute(extension, "is the event's own, and no extension"));
        }
        let mut builder = EventBuilder::default();
        builder.text(extension, text)?;
        self.remove(extension);
        self.attributes.append(&mut builder.attributes);
        Ok(())
    }

    /// Its data.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Its data, taken out.
    pub fn into_data(self) -> Data {
        self.data
    }
}

impl Attributes for Event {
    fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        Some(match self.get(name)? {
            Value::Boolean(value) => Attribute::Boolean(*value),
            Value::Integer(value) => Attribute::Integer(*value),
            text => Attribute::String(text.as_str()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_passes_an_event_on_may_stamp_it() {
        let mut event = Event::new("1", "/a", "t").unwrap();
        event.stamp("sequence", "5").unwrap();
        event.stamp("sequence", "6").unwrap();
        assert_eq!((event.text("sequence"), event.attributes().count()), (Some("6"), 5));
        assert!(event.stamp("id", "2").is_err() && event.stamp("my-name", "2").is_err());
        assert!(event.stamp("sequence", "\u{1}").is_err() && event.text("sequence") == Some("6"));
        assert_eq!(event.remove("sequence"), Some(Value::String("6".into())));
        assert_eq!((event.remove("sequence"), event.remove("id"), event.id()), (None, None, "1"));
    }
}
