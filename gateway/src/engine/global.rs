//! What is defined for the whole server: users, vhosts, and whatever else belongs to no vhost alone.

use super::handle::Engine;
use super::management::Creation;
use broker::Error;

impl Engine {
    /// Keeps a definition under a kind and a name, as JSON that only the caller reads, and returns once it is durable.
    pub async fn define(&self, kind: &str, name: &str, definition: &str) -> Result<Creation, Error> {
        let is_new = self.shared.vhosts.global.define(kind, name, definition)?;
        self.wait_for_global().await;
        Ok(is_new.into())
    }

    /// Takes a definition back, and returns once that is durable; `false`: there was none.
    pub async fn undefine(&self, kind: &str, name: &str) -> bool {
        let was_there = self.shared.vhosts.global.undefine(kind, name);
        self.wait_for_global().await;
        was_there
    }

    /// The definitions of a kind by name.
    pub fn definitions(&self, kind: &str) -> Vec<(String, String)> {
        self.shared.vhosts.global.defined(kind)
    }

    /// Waits until all that was defined is durable.
    pub(super) async fn wait_for_global(&self) {
        self.shared.journal.wait(self.shared.vhosts.global.appended()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineLimits;
    use crate::engine::embedded::{Journal, Sizes};
    use store::backend::Disk;

    fn open(disk: &Disk) -> Engine {
        let sizes = Sizes { segment: 2_048, window: 4_096 };
        Engine::begin(EngineLimits::default(), Journal::open_on(disk.clone(), sizes, false).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn definitions_of_the_server_survive_it_and_belong_to_no_vhost() {
        let disk = Disk::default();
        let engine = open(&disk);
        assert_eq!(engine.define("user", "ada", "1").await, Ok(Creation::Created));
        assert_eq!(engine.define("user", "ada", "2").await, Ok(Creation::Existed));
        engine.define("user", "eve", "3").await.unwrap();
        assert!(engine.undefine("user", "eve").await);
        assert!(!engine.undefine("user", "eve").await);
        for round in 0..200 {
            engine.define("filler", "it", &format!("{round:100}")).await.unwrap();
            engine.reclaim().await; // so that they have to be in the snapshot
        }
        let ada = [("ada".to_owned(), "2".to_owned())];
        assert_eq!(engine.definitions("user"), ada);
        let again = open(&disk.copy());
        assert_eq!(again.definitions("user"), ada);
        assert_eq!(again.definitions("filler").len(), 1);
        let vhost = again.vhosts().next().unwrap();
        assert_eq!((again.vhosts().count(), vhost.definitions("user").len()), (1, 0));
    }
}
