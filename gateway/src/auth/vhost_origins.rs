//! Which pages of other sites vhosts let in that have a list of their own. The engine keeps the lists and tells of them here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Any page.
pub(super) const ANY: &str = "*";

/// The lists of all vhosts that have one, as they are now.
#[derive(Debug, Default)]
pub struct VhostOrigins(RwLock<Lists>);

#[derive(Debug, Default)]
struct Lists {
    /// Who has one; it may be empty.
    vhosts: HashSet<Arc<str>>,
    /// Who lists an origin. Turned round, since an upgrade asks whether anybody does.
    by_origin: HashMap<String, HashSet<Arc<str>>>,
}

impl VhostOrigins {
    /// From now on a vhost has this list; `None`: it has none, or is gone.
    pub fn set(&self, vhost: &Arc<str>, list: Option<&[String]>) {
        let mut lists = self.write();
        if lists.vhosts.remove(vhost) {
            lists.by_origin.retain(|_, vhosts| {
                vhosts.remove(vhost);
                !vhosts.is_empty()
            });
        }
        let Some(list) = list else { return };
        lists.vhosts.insert(Arc::clone(vhost));
        for origin in list {
            lists.by_origin.entry(origin.to_ascii_lowercase()).or_default().insert(Arc::clone(vhost));
        }
    }

    /// Whether a vhost lists an origin; `None`: it has no list. `counts_any`: `*` counts.
    pub(super) fn lists(&self, vhost: &str, origin: &str, counts_any: bool) -> Option<bool> {
        let lists = self.read();
        let is_under = |origin| lists.by_origin.get(origin).is_some_and(|vhosts| vhosts.contains(vhost));
        lists.vhosts.contains(vhost).then(|| is_under(origin) || (counts_any && is_under(ANY)))
    }

    /// Whether any vhost lists an origin.
    pub(super) fn any_lists(&self, origin: &str, counts_any: bool) -> bool {
        let lists = self.read();
        lists.by_origin.contains_key(origin) || (counts_any && lists.by_origin.contains_key(ANY))
    }

    fn read(&self) -> RwLockReadGuard<'_, Lists> {
        // No code that can panic runs under this lock.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Lists> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "https://shop.example";

    fn set(origins: &VhostOrigins, vhost: &str, list: Option<&[&str]>) {
        let list = list.map(|list| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        origins.set(&vhost.into(), list.as_deref());
    }

    #[test]
    fn a_list_replaces_the_one_before_and_touches_no_other() {
        let origins = VhostOrigins::default();
        set(&origins, "a", Some(&["HTTPS://Shop.example"]));
        set(&origins, "b", Some(&[SHOP, "https://news.example"]));
        assert_eq!(origins.lists("a", SHOP, true), Some(true));
        assert_eq!(origins.lists("c", SHOP, true), None);
        set(&origins, "a", Some(&[]));
        assert_eq!((origins.lists("a", SHOP, true), origins.lists("b", SHOP, true)), (Some(false), Some(true)));
        assert!(origins.any_lists(SHOP, true));
        set(&origins, "b", None);
        assert_eq!(origins.lists("b", SHOP, true), None);
        assert!(!origins.any_lists(SHOP, true));
    }

    #[test]
    fn any_page_is_let_in_only_where_that_counts() {
        let origins = VhostOrigins::default();
        set(&origins, "a", Some(&["*", SHOP]));
        for counts_any in [true, false] {
            assert_eq!(origins.lists("a", "null", counts_any), Some(counts_any));
            assert_eq!(origins.any_lists("null", counts_any), counts_any);
            assert_eq!(origins.lists("a", SHOP, counts_any), Some(true));
        }
    }
}
