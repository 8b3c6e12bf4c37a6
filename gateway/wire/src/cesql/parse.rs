//! The parser: recursive descent, with the levels of precedence of section 3.6.
//!
//! It recurses for what nests (parentheses, arguments, sets, NOT, `-` and the right operands of operators) and loops for
//! operators in a row. Both the nesting that it is in and the depth of what it builds are bounded, since a tree is
//! evaluated and dropped by recursion.

use super::error::{ParseError, Problem, offset};
use super::expression::{Node, Row};
use super::function::Function;
use super::like::Pattern;
use super::operator::{Arithmetic, Comparison, Logic};
use super::token::{Kind, Token, Tokens};
use super::warning::Warning;
use crate::limits::{CESQL_DEPTH, CESQL_TEXT, LIKE_SEARCH};
use std::mem::discriminant;

/// Parses the whole of `text`.
pub(super) fn parse(text: &str) -> Result<(Node, Vec<Warning>), ParseError> {
    if text.len() > CESQL_TEXT {
        return Err(ParseError { position: 0, problem: Problem::TooLong { limit: CESQL_TEXT } });
    }
    let mut tokens = Tokens::new(text);
    let token = tokens.read()?;
    let mut parser = Parser { text, tokens, token, nesting: 0, warnings: Vec::new() };
    let part = parser.expression()?;
    match parser.token.kind {
        Kind::End => Ok((part.node, parser.warnings)),
        _ => Err(parser.unexpected("an operator or the end of the text")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    /// The token that comes next.
    token: Token<'a>,
    /// What is around that token, as far as it began before it.
    nesting: usize,
    warnings: Vec<Warning>,
}

/// A parsed part.
struct Part {
    node: Node,
    /// Levels of operators, calls and parentheses in it.
    depth: usize,
    /// Whether it is a NOT that no parentheses enclose.
    is_bare_not: bool,
}

impl Part {
    fn leaf(node: Node) -> Self {
        Part { node, depth: 0, is_bare_not: false }
    }
}

type Parsed<T = Part> = Result<T, ParseError>;

impl<'a> Parser<'a> {
    fn expression(&mut self) -> Parsed {
        self.rows(Level::Logic)
    }

    /// An operand and the operators after it, down to those of level `loosest`. What binds tightest becomes the first
    /// operand of what follows.
    fn rows(&mut self, loosest: Level) -> Parsed {
        let start = self.token.start;
        let mut part = self.test()?;
        while let Some(level) = Level::of(self.token.kind).filter(|level| *level >= loosest) {
            part = match level {
                Level::Logic => self.row(part, logic, Level::Comparison, Node::Logic)?,
                Level::Comparison => self.row(part, comparison, Level::Sum, Node::Comparison)?,
                Level::Sum => self.row(part, additive, Level::Product, Node::Arithmetic)?,
                Level::Product => self.row(part, multiplicative, Level::Test, Node::Arithmetic)?,
                Level::Test => break,
            };
        }
        if let Node::Logic(_, rest) = &part.node
            && rest.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one != other))
        {
            self.warn(Warning::MixedLogic { position: offset(self.text, start) });
        }
        Ok(part)
    }

    /// Operators of one level and their right operands, in one node.
    fn row<O>(
        &mut self,
        first: Part,
        operator: fn(Kind<'_>) -> Option<O>,
        tighter: Level,
        build: fn(Box<Node>, Row<O>) -> Node,
    ) -> Parsed {
        let mut depth = first.depth;
        let mut rest = Vec::new();
        self.warn_of_not(&first);
        while let Some(operator) = operator(self.token.kind) {
            self.advance()?;
            let part = self.nested(|parser| parser.rows(tighter))?;
            depth = depth.max(part.depth);
            rest.push((operator, part.node));
        }
        self.above(depth, build(Box::new(first.node), rest.into()))
    }

    /// `[NOT] LIKE` and `[NOT] IN`
    fn test(&mut self) -> Parsed {
        let mut part = self.prefix()?;
        loop {
            let operator = self.token;
            if matches!(operator.kind, Kind::Not | Kind::Like | Kind::In) {
                self.warn_of_not(&part);
            }
            let negated = self.take(Kind::Not)?;
            part = match self.token.kind {
                Kind::Like => self.like(part, negated)?,
                Kind::In => self.set(part, negated)?,
                _ if negated => return Err(self.unexpected("LIKE or IN after NOT")),
                _ => return Ok(part),
            };
        }
    }

    fn like(&mut self, operand: Part, negated: bool) -> Parsed {
        self.advance()?;
        let Kind::String(content, quote) = self.token.kind else {
            return Err(self.unexpected("a string literal as the pattern of LIKE"));
        };
        let pattern = Pattern::parse(&unquote(content, quote));
        let pattern = pattern.ok_or_else(|| self.error(Problem::PatternTooLong { limit: LIKE_SEARCH }))?;
        self.advance()?;
        let node = Node::Like { operand: Box::new(operand.node), pattern: Box::new(pattern), negated };
        self.above(operand.depth, node)
    }

    fn set(&mut self, operand: Part, negated: bool) -> Parsed {
        self.advance()?;
        self.expect(Kind::LeftParenthesis, "( after IN")?;
        let (set, depth) = self.nested(|parser| parser.list("an operator, a comma or ) in the set of IN"))?;
        self.above(depth.max(operand.depth), Node::In { operand: Box::new(operand.node), set, negated })
    }

    /// `NOT` and `-`
    fn prefix(&mut self) -> Parsed {
        let token = self.token;
        match token.kind {
            Kind::Not => {
                self.advance()?;
                let operand = self.nested(Parser::prefix)?;
                let part = self.above(operand.depth, Node::Not(Box::new(operand.node)))?;
                Ok(Part { is_bare_not: true, ..part })
            }
            Kind::Minus | Kind::Plus => {
                self.advance()?;
                if let Kind::Digits(digits) = self.token.kind
                    && self.token.start == token.end
                {
                    return self.integer(token, digits);
                }
                if token.kind == Kind::Plus {
                    return Err(self.unexpected("digits directly after +"));
                }
                let operand = self.nested(Parser::prefix)?;
                self.above(operand.depth, Node::Negate(Box::new(operand.node)))
            }
            _ => self.atom(),
        }
    }

    fn atom(&mut self) -> Parsed {
        let token = self.token;
        match token.kind {
            Kind::Digits(digits) => self.integer(token, digits),
            Kind::Boolean(boolean) => self.leaf(Node::Boolean(boolean)),
            Kind::String(content, quote) => self.leaf(Node::String(unquote(content, quote).into())),
            Kind::Word(name) => {
                self.advance()?;
                if self.token.kind == Kind::LeftParenthesis {
                    return self.call(token, name);
                }
                let name = self.attribute_name(token, name)?;
                Ok(Part::leaf(Node::Attribute(name)))
            }
            Kind::Exists => self.exists(),
            Kind::LeftParenthesis => {
                self.advance()?;
                let inner = self.nested(Parser::expression)?;
                self.expect(Kind::RightParenthesis, "an operator or )")?;
                self.above(inner.depth, inner.node)
            }
            _ => Err(self.unexpected("an attribute, a literal, a function, EXISTS, NOT, - or (")),
        }
    }

    /// A node that ends with the next token.
    fn leaf(&mut self, node: Node) -> Parsed {
        self.advance()?;
        Ok(Part::leaf(node))
    }

    /// An integer literal that begins with `first`, its sign or its digits. The sign is read with the digits: the lowest
    /// Integer has no positive counterpart that it could be the negative of.
    fn integer(&mut self, first: Token<'a>, digits: &str) -> Parsed {
        let literal = self.text.get(first.start..self.token.end).unwrap_or(digits);
        let integer = literal.parse().map_err(|_| {
            let problem = Problem::IntegerOutOfRange(excerpt(literal));
            ParseError::at(self.text, first.start, problem)
        })?;
        self.leaf(Node::Integer(integer))
    }

    fn exists(&mut self) -> Parsed {
        self.advance()?;
        let token = self.token;
        match token.kind {
            // A name of digits alone can mean nothing else here.
            Kind::Word(name) | Kind::Digits(name) => {
                let name = self.attribute_name(token, name)?;
                self.leaf(Node::Exists(name))
            }
            _ => Err(self.unexpected("the name of an attribute after EXISTS")),
        }
    }

    /// The name in lower case: identifiers have no case, names of attributes are lower case.
    fn attribute_name(&self, token: Token<'a>, name: &str) -> Parsed<Box<str>> {
        if name.contains('_') {
            return Err(self.unexpected_token(token, "an attribute, whose name has only letters and digits"));
        }
        Ok(name.to_ascii_lowercase().into())
    }

    fn call(&mut self, token: Token<'a>, name: &str) -> Parsed {
        if name.starts_with('_') || name.contains(|character: char| character.is_ascii_digit()) {
            return Err(self.unexpected_token(token, "a function, whose name has only letters and underscores"));
        }
        self.advance()?;
        let (arguments, depth) = match self.take(Kind::RightParenthesis)? {
            true => (Box::default(), 0),
            false => self.nested(|parser| parser.list("an operator, a comma or ) after an argument"))?,
        };
        let name = name.to_ascii_uppercase();
        let Some(function) = Function::find(&name, arguments.len()) else {
            let position = offset(self.text, token.start);
            self.warn(Warning::UnknownFunction { position, name: excerpt(&name), arguments: arguments.len() });
            return self.above(depth, Node::UnknownCall);
        };
        self.above(depth, Node::Call(function, arguments))
    }

    /// Expressions with commas between them, up to the closing parenthesis, and the depth of the deepest.
    fn list(&mut self, expected: &'static str) -> Parsed<(Box<[Node]>, usize)> {
        let mut nodes = Vec::new();
        let mut depth = 0;
        loop {
            let part = self.expression()?;
            depth = depth.max(part.depth);
            nodes.push(part.node);
            if !self.take(Kind::Comma)? {
                self.expect(Kind::RightParenthesis, expected)?;
                return Ok((nodes.into(), depth));
            }
        }
    }

    /// Parses what is one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting == CESQL_DEPTH {
            return Err(self.error(Problem::TooDeep { limit: CESQL_DEPTH }));
        }
        self.nesting += 1;
        let parsed = parse(self);
        self.nesting -= 1;
        parsed
    }

    /// The part that is `node`, one level above operands of this depth.
    fn above(&self, depth: usize, node: Node) -> Parsed {
        if depth == CESQL_DEPTH {
            return Err(self.error(Problem::TooDeep { limit: CESQL_DEPTH }));
        }
        Ok(Part { node, depth: depth + 1, is_bare_not: false })
    }

    fn advance(&mut self) -> Parsed<()> {
        self.token = self.tokens.read()?;
        Ok(())
    }

    /// Takes the next token if it is this one.
    fn take(&mut self, kind: Kind<'_>) -> Parsed<bool> {
        let is_next = self.token.kind == kind;
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn expect(&mut self, kind: Kind<'_>, expected: &'static str) -> Parsed<()> {
        match self.take(kind)? {
            true => Ok(()),
            false => Err(self.unexpected(expected)),
        }
    }

    fn unexpected(&self, expected: &'static str) -> ParseError {
        self.unexpected_token(self.token, expected)
    }

    fn unexpected_token(&self, token: Token<'a>, expected: &'static str) -> ParseError {
        let found = match self.text.get(token.start..token.end).unwrap_or_default() {
            "" => "the end of the text".into(),
            found => excerpt(found),
        };
        ParseError::at(self.text, token.start, Problem::Unexpected { expected, found })
    }

    /// An error at the next token.
    fn error(&self, problem: Problem) -> ParseError {
        ParseError::at(self.text, self.token.start, problem)
    }

    /// Warns if `left` is a NOT that the next token, an operator, does not belong to.
    fn warn_of_not(&mut self, left: &Part) {
        let is_logic = logic(self.token.kind).is_some();
        if left.is_bare_not && !is_logic {
            self.warn(Warning::NotBindsTighter { position: offset(self.text, self.token.start) });
        }
    }

    /// One warning of a kind is enough to make someone look.
    fn warn(&mut self, warning: Warning) {
        if self.warnings.iter().all(|earlier| discriminant(earlier) != discriminant(&warning)) {
            self.warnings.push(warning);
        }
    }
}

/// Binary operators by how tight they bind, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// `AND OR XOR`
    Logic,
    /// `= != <> < <= > >=`
    Comparison,
    /// `+ -`
    Sum,
    /// `* / %`
    Product,
    /// `LIKE IN`, whose right side is no expression.
    Test,
}

impl Level {
    /// The level of an operator whose right side is an expression.
    fn of(kind: Kind<'_>) -> Option<Level> {
        match kind {
            Kind::And | Kind::Or | Kind::Xor => Some(Level::Logic),
            Kind::Equal | Kind::NotEqual => Some(Level::Comparison),
            Kind::Less | Kind::LessOrEqual | Kind::Greater | Kind::GreaterOrEqual => Some(Level::Comparison),
            Kind::Plus | Kind::Minus => Some(Level::Sum),
            Kind::Star | Kind::Slash | Kind::Percent => Some(Level::Product),
            _ => None,
        }
    }
}

fn logic(kind: Kind<'_>) -> Option<Logic> {
    match kind {
        Kind::And => Some(Logic::And),
        Kind::Or => Some(Logic::Or),
        Kind::Xor => Some(Logic::Xor),
        _ => None,
    }
}

fn comparison(kind: Kind<'_>) -> Option<Comparison> {
    match kind {
        Kind::Equal => Some(Comparison::Equal),
        Kind::NotEqual => Some(Comparison::NotEqual),
        Kind::Less => Some(Comparison::Less),
        Kind::LessOrEqual => Some(Comparison::LessOrEqual),
        Kind::Greater => Some(Comparison::Greater),
        Kind::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

fn additive(kind: Kind<'_>) -> Option<Arithmetic> {
    match kind {
        Kind::Plus => Some(Arithmetic::Add),
        Kind::Minus => Some(Arithmetic::Subtract),
        _ => None,
    }
}

fn multiplicative(kind: Kind<'_>) -> Option<Arithmetic> {
    match kind {
        Kind::Star => Some(Arithmetic::Multiply),
        Kind::Slash => Some(Arithmetic::Divide),
        Kind::Percent => Some(Arithmetic::Remainder),
        _ => None,
    }
}

/// The string that a literal stands for: an escaped or doubled quote is one quote. All other escapes stay as they are,
/// two characters, for LIKE to read.
fn unquote(content: &str, quote: char) -> String {
    let mut text = String::with_capacity(content.len());
    let mut characters = content.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(escaped) if escaped == quote => text.push(quote),
                escaped => text.extend([Some('\\'), escaped].into_iter().flatten()),
            },
            _ if character == quote => {
                characters.next(); // the other of the two
                text.push(quote);
            }
            _ => text.push(character),
        }
    }
    text
}

/// The start of what was found, for a message.
fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Expression;
    use super::super::sample::ORDER;
    use super::*;
    use proptest::prelude::*;

    fn error(text: &str) -> ParseError {
        Expression::parse(text).expect_err(text)
    }

    fn warnings(text: &str) -> Vec<Warning> {
        Expression::parse(text).unwrap().warnings().to_vec()
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        let operand = "an attribute, a literal, a function, EXISTS, NOT, - or (";
        let operator = "an operator or the end of the text";
        let pattern = "a string literal as the pattern of LIKE";
        let name = "the name of an attribute after EXISTS";
        let end = "the end of the text";
        for (text, position, expected, found) in [
            ("", 0, operand, end),
            ("a = ", 4, operand, end),
            ("a == 1", 3, operand, "="),
            ("()", 1, operand, ")"),
            ("CONCAT('a',)", 11, operand, ")"),
            ("a AND AND b", 6, operand, "AND"),
            ("ABC(", 4, operand, end),
            ("a IN ()", 6, operand, ")"),
            ("a b", 2, operator, "b"),
            ("a = 1)", 5, operator, ")"),
            ("(a = 1", 6, "an operator or )", end),
            ("F(a b)", 4, "an operator, a comma or ) after an argument", "b"),
            ("a IN (1", 7, "an operator, a comma or ) in the set of IN", end),
            ("a IN 1", 5, "( after IN", "1"),
            ("a NOT = 1", 6, "LIKE or IN after NOT", "="),
            ("a LIKE b", 7, pattern, "b"),
            ("x LIKE 123", 7, pattern, "123"),
            ("a LIKE ('b')", 7, pattern, "("),
            ("EXISTS 'id'", 7, name, "'id'"),
            ("EXISTS like", 7, name, "like"),
            ("my_name = 1", 0, "an attribute, whose name has only letters and digits", "my_name"),
            ("F2(1)", 0, "a function, whose name has only letters and underscores", "F2"),
            ("+ 1", 2, "digits directly after +", "1"),
            ("+a", 1, "digits directly after +", "a"),
        ] {
            let problem = Problem::Unexpected { expected, found: found.into() };
            assert_eq!(error(text), ParseError { position, problem }, "{text}");
        }
        assert_eq!(error("a LIKE b").to_string(), format!("at offset 7: expected {pattern}, found b"));
    }

    #[test]
    fn errors_of_words_say_where_too() {
        for (text, position, problem) in [
            ("a && b", 2, Problem::UnknownCharacter('&')),
            ("a ! b", 2, Problem::UnknownCharacter('!')),
            ("subject = \u{201c}x\u{201d}", 10, Problem::UnknownCharacter('\u{201c}')),
            ("'é😀' = 'a", 7, Problem::UnclosedString { quote: '\'' }),
            ("\"a\\\"", 0, Problem::UnclosedString { quote: '"' }),
            ("a = 4294967296", 4, Problem::IntegerOutOfRange("4294967296".into())),
            ("1-  -9999999999", 4, Problem::IntegerOutOfRange("-9999999999".into())),
        ] {
            assert_eq!(error(text), ParseError { position, problem }, "{text}");
        }
    }

    #[test]
    fn names_may_look_like_numbers_and_functions() {
        for text in ["5g = 1", "EXISTS 5", "left = 1", "int", "a1b2", "in1 IN (like1)", "\tid\r\n=\n'x' "] {
            assert!(Expression::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |before: &str, inner: &str, after: &str, times: usize| {
            Expression::parse(&format!("{}{inner}{}", before.repeat(times), after.repeat(times)))
        };
        let too_deep = Problem::TooDeep { limit: CESQL_DEPTH };
        for (before, inner, after) in [
            ("(", "test", ")"),
            ("NOT ", "test", ""),
            ("-", "count", ""),
            ("abs(", "1", ")"),
            ("1 IN (", "1", ")"),
            ("nosuch(", "1", ")"),
            ("", "1", " LIKE '1'"),
            ("", "1", " NOT IN (1)"),
        ] {
            nested(before, inner, after, CESQL_DEPTH).unwrap().evaluate(&ORDER);
            for times in [CESQL_DEPTH + 1, 300] {
                let refused = nested(before, inner, after, times).unwrap_err();
                assert_eq!(refused.problem, too_deep, "{before}{inner}{after}");
            }
        }
        // An operator between two operands is a level of its own, on whichever side what is nested stands.
        for (before, after) in [("1+(", ")"), ("(", "+1)")] {
            nested(before, "1", after, CESQL_DEPTH / 2).unwrap().evaluate(&ORDER);
            assert_eq!(nested(before, "1", after, CESQL_DEPTH / 2 + 1).unwrap_err().problem, too_deep);
        }
        for opened in ["(", "-", "1*(1+(1=(", "abs(", "NOT "] {
            assert_eq!(error(&opened.repeat(CESQL_TEXT / opened.len())).problem, too_deep, "{opened}");
        }
    }

    #[test]
    fn operators_in_a_row_do_not_nest() {
        for row in ["1+", "TRUE AND ", "1=", "1*", "count<>1 OR "] {
            let text = row.repeat((CESQL_TEXT - 4) / row.len()) + "TRUE";
            Expression::parse(&text).unwrap().evaluate(&ORDER);
        }
    }

    #[test]
    fn a_text_has_a_limit() {
        let text = format!("'{}'", "é".repeat(CESQL_TEXT / 2 - 1));
        assert_eq!(text.len(), CESQL_TEXT);
        assert!(Expression::parse(&text).is_ok());
        assert_eq!(error(&(text + " ")).problem, Problem::TooLong { limit: CESQL_TEXT });
        let pattern = format!("type LIKE '%{}%'", "_".repeat(LIKE_SEARCH + 1));
        let problem = Problem::PatternTooLong { limit: LIKE_SEARCH };
        assert_eq!(error(&pattern), ParseError { position: 10, problem });
    }

    #[test]
    fn mixed_logic_is_warned_of() {
        for (text, position) in [
            ("a OR b AND c", 0),
            ("a AND b XOR c AND d", 0),
            ("1 = 1 AND (a XOR b OR c)", 11),
            ("BOOL(a OR b AND c)", 5),
            ("a IN (b AND c OR d) AND (a OR b AND c)", 6),
        ] {
            assert_eq!(warnings(text), [Warning::MixedLogic { position }], "{text}");
        }
        for text in ["a OR b OR c", "(a OR b) AND c", "a OR (b AND c)", "a = 1 + 2 AND b", "NOT a AND b"] {
            assert_eq!(warnings(text), [], "{text}");
        }
    }

    #[test]
    fn not_that_binds_tighter_is_warned_of() {
        for (text, position) in
            [("NOT type LIKE 'a%'", 9), ("NOT a IN (1)", 6), ("b AND NOT a = 1", 12), ("NOT a + 1", 6)]
        {
            assert_eq!(warnings(text), [Warning::NotBindsTighter { position }], "{text}");
        }
        for text in ["type NOT LIKE 'a%'", "NOT (a = 1)", "(NOT a) = 1", "NOT a OR b", "1 = NOT a", "NOT EXISTS a"] {
            assert_eq!(warnings(text), [], "{text}");
        }
    }

    #[test]
    fn functions_that_do_not_exist_are_warned_of() {
        let warnings = warnings("EXISTS a AND now(1) = 2");
        assert_eq!(warnings, [Warning::UnknownFunction { position: 13, name: "NOW".into(), arguments: 1 }]);
        assert!(warnings[0].to_string().starts_with("at offset 13: there is no function NOW"));
    }

    proptest! {
        #[test]
        fn no_text_brings_it_down(text in "\\PC{0,200}") {
            try_out(&text);
        }

        #[test]
        fn no_octets_bring_it_down(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            try_out(&String::from_utf8_lossy(&octets));
        }

        #[test]
        fn no_sequence_of_words_brings_it_down(words in prop::collection::vec(prop::sample::select(vec![
            "(", ")", ",", "*", "/", "%", "+", "-", "=", "!=", "<>", "<", "<=", ">", ">=", "AND", "or", "XOR", "NOT",
            "LIKE", "IN", "EXISTS", "TRUE", "false", "1", "-1", "2147483647", "'a%'", "\"_\"", "'", "\\", "count",
            "type", "missing", "LENGTH(", "SUBSTRING(", "LEFT(", "CONCAT(", "ABS(", "no_such(",
        ]), 0..30)) {
            try_out(&words.join(" "));
            try_out(&words.concat());
        }
    }

    fn try_out(text: &str) {
        match Expression::parse(text) {
            Ok(expression) => assert_eq!(expression.evaluate(&ORDER), expression.evaluate(&ORDER)),
            Err(error) => assert!(error.position <= text.chars().count(), "{error}"),
        }
    }
}
