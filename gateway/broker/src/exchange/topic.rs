//! The topic exchange: patterns of words in a trie, matched word by word.
//!
//! All nodes that can still match are followed at once, as in a non-deterministic automaton, so a routing key costs
//! its words times the live nodes, whatever patterns clients invent; backtracking over `#` would be exponential.

use super::remove;
use crate::hash::{Map, map};
use crate::routing::QueueId;
use slab::Slab;

type NodeId = usize;

const ROOT: NodeId = 0;

#[derive(Debug)]
pub(super) struct Topic {
    nodes: Slab<Node>,
    seed: u64,
}

#[derive(Debug)]
struct Node {
    parent: NodeId,
    words: Map<Box<str>, NodeId>,
    /// Child for `*`.
    one: Option<NodeId>,
    /// Child for `#`.
    many: Option<NodeId>,
    /// Whether this node is itself a `#`: then it stays live whatever words come.
    is_many: bool,
    /// Queues whose pattern ends here.
    queues: Vec<QueueId>,
}

impl Topic {
    pub(super) fn new(seed: u64) -> Self {
        let mut nodes = Slab::new();
        nodes.insert(Node::new(ROOT, false, seed));
        Topic { nodes, seed }
    }

    pub(super) fn bind(&mut self, pattern: &str, queue: QueueId) {
        let mut node = ROOT;
        for word in words(pattern) {
            node = match self.nodes[node].child(word) {
                Some(child) => child,
                None => self.add(node, word),
            };
        }
        self.nodes[node].queues.push(queue);
    }

    pub(super) fn unbind(&mut self, pattern: &str, queue: QueueId) {
        let mut node = ROOT;
        let mut path = Vec::new();
        for word in words(pattern) {
            let Some(child) = self.nodes[node].child(word) else { return };
            path.push(word);
            node = child;
        }
        remove(&mut self.nodes[node].queues, queue);
        while let Some(word) = path.pop() {
            if !self.nodes[node].is_unused() {
                return;
            }
            let parent = self.nodes.remove(node).parent;
            self.nodes[parent].forget(word);
            node = parent;
        }
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.nodes.len() == 1 && self.nodes[ROOT].queues.is_empty()
    }

    pub(super) fn route(&self, key: &str, queues: &mut Vec<QueueId>) {
        let mut live = Vec::new();
        self.enter(ROOT, &mut live);
        let mut next = Vec::new();
        for word in words(key) {
            for &id in &live {
                let node = &self.nodes[id];
                let children = [node.words.get(word).copied(), node.one, node.is_many.then_some(id)];
                for child in children.into_iter().flatten() {
                    self.enter(child, &mut next);
                }
            }
            next.sort_unstable();
            next.dedup();
            std::mem::swap(&mut live, &mut next);
            next.clear();
        }
        queues.extend(live.iter().flat_map(|id| &self.nodes[*id].queues));
    }

    /// Makes a node live, and with it the `#` below it, which also matches no word at all.
    fn enter(&self, node: NodeId, live: &mut Vec<NodeId>) {
        live.push(node);
        let mut node = node;
        while let Some(many) = self.nodes[node].many {
            live.push(many);
            node = many;
        }
    }

    fn add(&mut self, parent: NodeId, word: &str) -> NodeId {
        let id = self.nodes.insert(Node::new(parent, word == "#", self.seed));
        let node = &mut self.nodes[parent];
        match word {
            "*" => node.one = Some(id),
            "#" => node.many = Some(id),
            word => {
                node.words.insert(word.into(), id);
            }
        }
        id
    }
}

impl Node {
    fn new(parent: NodeId, is_many: bool, seed: u64) -> Self {
        Node { parent, words: map(seed), one: None, many: None, is_many, queues: Vec::new() }
    }

    fn child(&self, word: &str) -> Option<NodeId> {
        match word {
            "*" => self.one,
            "#" => self.many,
            word => self.words.get(word).copied(),
        }
    }

    fn forget(&mut self, word: &str) {
        match word {
            "*" => self.one = None,
            "#" => self.many = None,
            word => {
                self.words.remove(word);
            }
        }
    }

    fn is_unused(&self) -> bool {
        self.queues.is_empty() && self.words.is_empty() && self.one.is_none() && self.many.is_none()
    }
}

/// An empty key has no words; `a..b` has an empty one in the middle.
fn words(key: &str) -> impl Iterator<Item = &str> {
    key.split('.').filter(move |_| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, by backtracking.
    fn matches(pattern: &[&str], key: &[&str]) -> bool {
        match (pattern.split_first(), key.split_first()) {
            (None, None) => true,
            (Some((&"#", rest)), _) => (0..=key.len()).any(|skipped| matches(rest, &key[skipped..])),
            (Some((word, pattern)), Some((first, key))) => (*word == "*" || word == first) && matches(pattern, key),
            _ => false,
        }
    }

    fn routed(table: &Topic, key: &str) -> Vec<QueueId> {
        let mut queues = Vec::new();
        table.route(key, &mut queues);
        queues.sort_unstable();
        queues
    }

    fn matches_text(pattern: &str, key: &str) -> bool {
        let split = |text| words(text).collect::<Vec<_>>();
        matches(&split(pattern), &split(key))
    }

    #[test]
    fn star_is_one_word_and_hash_is_any_number() {
        let mut table = Topic::new(0);
        for (number, pattern) in ["a.*.c", "a.#", "#", "*", "", "#.c", "a.b.c"].iter().enumerate() {
            table.bind(pattern, QueueId(u32::try_from(number).unwrap()));
        }
        let ids = |numbers: &[u32]| numbers.iter().map(|number| QueueId(*number)).collect::<Vec<_>>();
        assert_eq!(routed(&table, "a.b.c"), ids(&[0, 1, 2, 5, 6]));
        assert_eq!(routed(&table, "a"), ids(&[1, 2, 3]));
        assert_eq!(routed(&table, ""), ids(&[2, 4]));
        assert_eq!(routed(&table, "c"), ids(&[2, 3, 5]));
    }

    #[test]
    fn many_hashes_do_not_explode() {
        let mut table = Topic::new(0);
        table.bind(&["#"; 100].join(".a."), QueueId(1));
        assert!(routed(&table, &["a"; 2_000].join(".")).len() == 1);
    }

    proptest! {
        #[test]
        fn the_trie_agrees_with_the_definition(
            patterns in prop::collection::vec("([ab*#](\\.[ab*#]){0,4})?", 1..6),
            keys in prop::collection::vec("([ab](\\.[ab]){0,5})?", 1..6),
            removed in any::<prop::sample::Index>(),
        ) {
            let mut table = Topic::new(7);
            for (number, pattern) in (0..).zip(&patterns) {
                table.bind(pattern, QueueId(number));
            }
            let removed = removed.index(patterns.len());
            table.unbind(&patterns[removed], QueueId(u32::try_from(removed).unwrap()));
            for key in &keys {
                let mut queues = routed(&table, key);
                queues.dedup();
                let expected: Vec<_> = (0..).map(QueueId).zip(&patterns)
                    .filter(|(queue, pattern)| queue.0 as usize != removed && matches_text(pattern, key))
                    .map(|(queue, _)| queue)
                    .collect();
                prop_assert_eq!(queues, expected, "{:?} {:?}", patterns, key);
            }
            for (number, pattern) in (0..).zip(&patterns).filter(|(number, _)| *number as usize != removed) {
                table.unbind(pattern, QueueId(number));
            }
            prop_assert!(table.is_empty());
        }
    }
}
