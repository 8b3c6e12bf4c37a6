//! The patterns of LIKE (section 3.4.3): `%` is any run of characters, `_` one character, `\%` and `\_` are themselves.
//!
//! ```text
//!   head           % search % search ... %           tail      at least one %
//!   head                                                       no %
//!   at the start     each as early as it is found    at the end
//! ```
//!
//! One pointer goes through the text and one through the pattern, and neither goes back: of what stands between two
//! `%` the first occurrence is as good as any. So the time is linear in the text whatever the pattern.

use crate::limits::LIKE_SEARCH;
use memchr::memmem;

/// A parsed pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    head: Box<[Element]>,
    searches: Box<[Search]>,
    /// `None`: the pattern has no `%`.
    tail: Option<Box<[Element]>>,
}

/// What stands for one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Any,
    Literal(char),
}

/// What stands between two `%`.
#[derive(Debug, Clone)]
enum Search {
    Text(Box<str>),
    Gapped(Gapped),
}

impl Pattern {
    /// Parses what stands between the quotes. `None`: a part is longer than [`LIKE_SEARCH`] allows.
    pub(super) fn parse(text: &str) -> Option<Pattern> {
        let mut parts = split(text).into_iter();
        let head = parts.next().unwrap_or_default();
        let tail = parts.next_back();
        let searches = parts.filter(|part| !part.is_empty()).map(|part| Search::new(&part)).collect::<Option<_>>()?;
        Some(Pattern { head: head.into(), searches, tail: tail.map(Into::into) })
    }

    /// Whether the whole of `text` has this form.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut characters = text.chars();
        if !self.head.iter().all(|element| characters.next().is_some_and(|character| element.accepts(character))) {
            return false;
        }
        let Some(tail) = &self.tail else {
            return characters.as_str().is_empty();
        };
        if !tail.iter().rev().all(|element| characters.next_back().is_some_and(|it| element.accepts(it))) {
            return false;
        }
        let mut rest = characters.as_str();
        self.searches.iter().all(|search| match search.end_in(rest) {
            Some(end) => {
                rest = rest.get(end..).unwrap_or_default();
                true
            }
            None => false,
        })
    }
}

/// The elements between the `%` of a pattern. A backslash before any other character is a character like others.
fn split(text: &str) -> Vec<Vec<Element>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '%' => parts.push(std::mem::take(&mut part)),
            '_' => part.push(Element::Any),
            '\\' => part.push(Element::Literal(characters.next_if(|next| matches!(next, '%' | '_')).unwrap_or('\\'))),
            _ => part.push(Element::Literal(character)),
        }
    }
    parts.push(part);
    parts
}

impl Element {
    fn accepts(self, character: char) -> bool {
        match self {
            Element::Any => true,
            Element::Literal(literal) => literal == character,
        }
    }

    fn literal(self) -> Option<char> {
        match self {
            Element::Any => None,
            Element::Literal(literal) => Some(literal),
        }
    }
}

impl Search {
    fn new(part: &[Element]) -> Option<Search> {
        match part.iter().map(|element| element.literal()).collect::<Option<String>>() {
            Some(text) => Some(Search::Text(text.into())),
            None if part.len() <= LIKE_SEARCH => Some(Search::Gapped(Gapped::new(part))),
            None => None,
        }
    }

    /// Where the first occurrence in `text` ends.
    fn end_in(&self, text: &str) -> Option<usize> {
        match self {
            Search::Text(wanted) => memmem::find(text.as_bytes(), wanted.as_bytes()).map(|start| start + wanted.len()),
            Search::Gapped(gapped) => gapped.end_in(text),
        }
    }
}

/// A part with `_` in it, searched by the shift-and method: bit `n` of a state says that the last `n + 1` characters are
/// what the first `n + 1` elements accept. One shift and one mask for a character of the text bring all bits on.
#[derive(Debug, Clone)]
struct Gapped {
    /// For every literal, the elements that accept it; sorted.
    masks: Box<[(char, u64)]>,
    /// The elements that accept any character.
    any: u64,
    /// The last element.
    last: u64,
}

impl Gapped {
    fn new(part: &[Element]) -> Self {
        let accepting = |character: Option<char>| {
            let accepts = |element: &Element| element.literal().is_none() || element.literal() == character;
            part.iter().rev().fold(0, |mask: u64, element| mask << 1 | u64::from(accepts(element)))
        };
        let mut literals: Vec<char> = part.iter().filter_map(|element| element.literal()).collect();
        literals.sort_unstable();
        literals.dedup();
        let masks = literals.into_iter().map(|literal| (literal, accepting(Some(literal)))).collect();
        Gapped { masks, any: accepting(None), last: 1 << (part.len() - 1) }
    }

    fn end_in(&self, text: &str) -> Option<usize> {
        let mut state = 0;
        for (octet, character) in text.char_indices() {
            state = (state << 1 | 1) & self.accepting(character);
            if state & self.last != 0 {
                return Some(octet + character.len_utf8());
            }
        }
        None
    }

    fn accepting(&self, character: char) -> u64 {
        let found = self.masks.binary_search_by_key(&character, |(literal, _)| *literal);
        found.ok().and_then(|index| self.masks.get(index)).map_or(self.any, |(_, mask)| *mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(text: &str, pattern: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(text)
    }

    /// What LIKE means, written down without regard to speed.
    fn model(text: &[char], pattern: &[Option<Element>]) -> bool {
        match (text, pattern) {
            ([], []) => true,
            (_, [None, rest @ ..]) => (0..=text.len()).any(|start| model(&text[start..], rest)),
            ([first, text @ ..], [Some(element), rest @ ..]) => element.accepts(*first) && model(text, rest),
            _ => false,
        }
    }

    #[test]
    fn head_and_tail_do_not_overlap() {
        assert!(!matches("aba", "ab%ba"));
        assert!(matches("abba", "ab%ba"));
        assert!(!matches("a", "_%_"));
        assert!(matches("ab", "_%_"));
        assert!(!matches("abc", "a%b%bc"));
    }

    #[test]
    fn characters_are_code_points() {
        assert!(matches("né€😀", "____"));
        assert!(matches("né€😀", "%_😀"));
        assert!(matches("xé€y", "%é_y"));
        assert!(matches("😀😀é", "%_😀_%"));
        assert!(!matches("e\u{301}", "_"), "a combining accent is a character of its own");
        assert!(!matches("É", "é"), "case matters");
    }

    #[test]
    fn only_wildcards_are_escaped() {
        assert!(matches(r"50%", r"50\%"));
        assert!(!matches(r"500", r"50\%"));
        assert!(matches(r"a\b", r"a\b"));
        assert!(matches(r"a\\b", r"a\\b"), "two backslashes are two characters");
        assert!(matches(r"a\%", r"a\\%"), "the second backslash escapes the wildcard");
        assert!(matches("a\\", "a\\"));
        assert!(matches("x_%y", r"%\_\%%"));
    }

    #[test]
    fn empty_patterns_and_texts() {
        assert!(matches("", "") && matches("", "%") && matches("", "%%%") && matches("abc", "%%"));
        assert!(!matches("a", "") && !matches("", "_") && !matches("", "%_%"));
    }

    #[test]
    fn hostile_patterns_end() {
        let text = "a".repeat(1 << 20);
        assert!(!matches(&text, &format!("{}b", "a%".repeat(2000))));
        assert!(
            !matches(&text, &format!("%{}b%", "a".repeat(4000))),
            "a search for text that nearly occurs everywhere"
        );
        assert!(!matches(&text, &format!("%{}b%", "a_".repeat(31))), "and with gaps");
        assert!(matches(&text, &format!("%{}%", "_%".repeat(2000))));
    }

    #[test]
    fn a_search_with_gaps_has_a_length() {
        assert!(matches(&"ab".repeat(60), &format!("%{}%", "a_".repeat(LIKE_SEARCH / 2))));
        assert!(Pattern::parse(&format!("%{}%", "_".repeat(LIKE_SEARCH))).is_some());
        assert!(Pattern::parse(&format!("%{}%", "_".repeat(LIKE_SEARCH + 1))).is_none());
        assert!(Pattern::parse(&format!("%{}%", "a".repeat(LIKE_SEARCH + 1))).is_some(), "text has none");
        assert!(Pattern::parse(&"_".repeat(LIKE_SEARCH + 1)).is_some(), "nor have head");
        assert!(Pattern::parse(&format!("%{}", "_".repeat(LIKE_SEARCH + 1))).is_some(), "and tail");
    }

    proptest! {
        #[test]
        fn it_finds_what_the_model_finds(text in "[ab%é]{0,12}", pattern in r"[ab_%é\\]{0,10}") {
            let text_characters: Vec<char> = text.chars().collect();
            let mut elements = Vec::new();
            for (index, part) in split(&pattern).into_iter().enumerate() {
                elements.extend((index > 0).then_some(None));
                elements.extend(part.into_iter().map(Some));
            }
            prop_assert_eq!(matches(&text, &pattern), model(&text_characters, &elements));
        }
    }
}
