//! The words of a text (section 2). Keywords are recognised in any case.

use super::error::{ParseError, Problem};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    LeftParenthesis,
    RightParenthesis,
    Comma,
    Star,
    Slash,
    Percent,
    Plus,
    Minus,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Xor,
    Not,
    Like,
    In,
    Exists,
    Boolean(bool),
    /// Digits, without a sign: whether a sign belongs to the number depends on what stands before it.
    Digits(&'a str),
    /// What stands between the quotes, and the quote.
    String(&'a str, char),
    /// A name of an attribute or a function.
    Word(&'a str),
    End,
}

/// A token, and the octets of the text that it takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Takes tokens off the front of a text.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Tokens { text, position: 0 }
    }

    /// The next token; [`Kind::End`] for ever once there are no more.
    pub(super) fn read(&mut self) -> Result<Token<'a>, ParseError> {
        let rest = self.text.get(self.position..).unwrap_or_default().trim_start_matches([' ', '\t', '\r', '\n']);
        let start = self.text.len() - rest.len();
        let (kind, length) = first(rest).map_err(|problem| ParseError::at(self.text, start, problem))?;
        self.position = start + length;
        Ok(Token { kind, start, end: self.position })
    }
}

/// The token at the start of `text`, and its octets.
fn first(text: &str) -> Result<(Kind<'_>, usize), Problem> {
    let mut characters = text.chars();
    let Some(character) = characters.next() else {
        return Ok((Kind::End, 0));
    };
    Ok(match (character, characters.next()) {
        ('(', _) => (Kind::LeftParenthesis, 1),
        (')', _) => (Kind::RightParenthesis, 1),
        (',', _) => (Kind::Comma, 1),
        ('*', _) => (Kind::Star, 1),
        ('/', _) => (Kind::Slash, 1),
        ('%', _) => (Kind::Percent, 1),
        ('+', _) => (Kind::Plus, 1),
        ('-', _) => (Kind::Minus, 1),
        ('=', _) => (Kind::Equal, 1),
        ('!', Some('=')) | ('<', Some('>')) => (Kind::NotEqual, 2),
        ('<', Some('=')) => (Kind::LessOrEqual, 2),
        ('<', _) => (Kind::Less, 1),
        ('>', Some('=')) => (Kind::GreaterOrEqual, 2),
        ('>', _) => (Kind::Greater, 1),
        (quote @ ('\'' | '"'), _) => string(text, quote)?,
        _ if is_word(character) => word(text),
        _ => return Err(Problem::UnknownCharacter(character)),
    })
}

/// A backslash takes the character after it along, and a doubled quote is none that closes.
fn string(text: &str, quote: char) -> Result<(Kind<'_>, usize), Problem> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((octet, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return Ok((Kind::String(text.get(1..octet).unwrap_or_default(), quote), octet + 1));
        }
    }
    Err(Problem::UnclosedString { quote })
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn word(text: &str) -> (Kind<'_>, usize) {
    let length = text.find(|character| !is_word(character)).unwrap_or(text.len());
    let word = text.get(..length).unwrap_or_default();
    let kind = if word.bytes().all(|octet| octet.is_ascii_digit()) {
        Kind::Digits(word)
    } else {
        let keyword = KEYWORDS.iter().find(|(keyword, _)| word.eq_ignore_ascii_case(keyword));
        keyword.map_or(Kind::Word(word), |(_, kind)| *kind)
    };
    (kind, length)
}

const KEYWORDS: [(&str, Kind<'static>); 9] = [
    ("AND", Kind::And),
    ("OR", Kind::Or),
    ("XOR", Kind::Xor),
    ("NOT", Kind::Not),
    ("LIKE", Kind::Like),
    ("IN", Kind::In),
    ("EXISTS", Kind::Exists),
    ("TRUE", Kind::Boolean(true)),
    ("FALSE", Kind::Boolean(false)),
];
