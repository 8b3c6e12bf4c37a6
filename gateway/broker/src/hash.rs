//! Hash maps whose seed is an argument: clients choose the names in them, so the seed is the caller's secret, and a
//! test can fix it.

use foldhash::quality::FixedState;

/// A map from names.
pub(crate) type Map<K, V> = hashbrown::HashMap<K, V, FixedState>;

/// An empty map.
pub(crate) fn map<K, V>(seed: u64) -> Map<K, V> {
    Map::with_hasher(FixedState::with_seed(seed))
}
