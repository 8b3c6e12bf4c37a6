//! The headers of a message: names and values in order, packed into one allocation.
//!
//! ```text
//!   | name length u32 | value length u32 | name ... | value ... | next header ...
//!     little endian     little endian      UTF-8      UTF-8
//! ```

use std::fmt;

/// Immutable headers. They are read far less often than they are carried, so they are packed, not hashed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    packed: Box<[u8]>,
}

const NAME_LENGTH: usize = size_of::<u32>();
const LENGTHS: usize = NAME_LENGTH + size_of::<u32>();

impl Headers {
    /// Packs headers. Names and values over 4 GiB cannot be expressed and are left out; every protocol's own limit is
    /// far below.
    pub fn new<'a>(headers: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let size = headers.clone().map(|(name, value)| LENGTHS + name.len() + value.len()).sum();
        let mut packed = Vec::with_capacity(size);
        for (name, value) in headers {
            let (Ok(name_length), Ok(value_length)) = (u32::try_from(name.len()), u32::try_from(value.len())) else {
                continue;
            };
            packed.extend_from_slice(&name_length.to_le_bytes());
            packed.extend_from_slice(&value_length.to_le_bytes());
            packed.extend_from_slice(name.as_bytes());
            packed.extend_from_slice(value.as_bytes());
        }
        Headers { packed: packed.into() }
    }

    /// The value of a header; of a repeated one the first.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// All headers in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.packed }
    }

    /// The headers as they are packed, for [`Headers::from_packed`].
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// Headers that were packed before. What is not packed headers is read as far as it is.
    pub fn from_packed(packed: &[u8]) -> Self {
        Headers { packed: packed.into() }
    }

    /// Octets that the headers take.
    pub fn size(&self) -> usize {
        self.packed.len()
    }
}

/// Walks the headers of a message.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (lengths, rest) = self.rest.split_at_checked(LENGTHS)?;
        let (name, value) = lengths.split_at(NAME_LENGTH);
        let name_length = u32::from_le_bytes(name.try_into().ok()?) as usize;
        let value_length = u32::from_le_bytes(value.try_into().ok()?) as usize;
        let (name, rest) = rest.split_at_checked(name_length)?;
        let (value, rest) = rest.split_at_checked(value_length)?;
        self.rest = rest;
        Some((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?))
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_of_a_name_is_found() {
        let headers = Headers::new([("a", "1"), ("b", ""), ("a", "2")].into_iter());
        assert_eq!(headers.get("a"), Some("1"));
        assert_eq!(headers.get("b"), Some(""));
        assert_eq!(headers.get("c"), None);
    }

    proptest! {
        #[test]
        fn what_is_packed_unpacks(pairs in prop::collection::vec((".{0,9}", ".{0,20}"), 0..9)) {
            let headers = Headers::new(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let unpacked: Vec<_> = headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            prop_assert_eq!(unpacked, pairs);
        }
    }
}
