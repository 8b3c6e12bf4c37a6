//! Definitions that the broker keeps for its caller, who alone knows what they mean.

use super::Vhost;
use crate::Error;
use crate::limits::{DEFINED, DEFINITION};
use crate::record::of_kind;

impl Vhost {
    /// Keeps a definition under a kind and a name, instead of what stood there; `true`: it is new.
    pub fn define(&mut self, kind: &str, name: &str, definition: &str) -> Result<bool, Error> {
        if definition.len() > DEFINITION {
            return Err(Error::LongDefinition { length: definition.len(), limit: DEFINITION });
        }
        let key = (kind.into(), name.into());
        let is_new = !self.defined.contains_key(&key);
        if is_new && self.defined.len() >= DEFINED {
            return Err(Error::TooManyDefinitions { limit: DEFINED });
        }
        self.defined.insert(key, definition.into());
        self.keeper.define(kind, name, definition);
        Ok(is_new)
    }

    /// Takes a definition back; `false`: there was none.
    pub fn undefine(&mut self, kind: &str, name: &str) -> bool {
        let was_there = self.defined.remove(&(kind.into(), name.into())).is_some();
        if was_there {
            self.keeper.undefine(kind, name);
        }
        was_there
    }

    /// The definitions of a kind by name.
    pub fn defined<'a>(&'a self, kind: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        of_kind(&self.defined, kind)
    }
}
