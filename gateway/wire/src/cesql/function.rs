//! The functions that every engine must have (section 3.5), and the casts as functions.

use super::evaluate::Failure;
use super::expression::Node;
use super::{Attributes, Decimal, ErrorKind, Value};
use crate::limits::CESQL_CONCAT;
use std::borrow::Cow;

/// A function, resolved by its name and the number of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Length,
    Concat,
    ConcatWs,
    Lower,
    Upper,
    Trim,
    Left,
    Right,
    Substring,
    Abs,
    Int,
    Bool,
    String,
}

impl Function {
    /// The function of this name, which is upper case, for so many arguments.
    pub(super) fn find(name: &str, arguments: usize) -> Option<Function> {
        match (name, arguments) {
            ("LENGTH", 1) => Some(Function::Length),
            ("CONCAT", _) => Some(Function::Concat),
            ("CONCAT_WS", 1..) => Some(Function::ConcatWs),
            ("LOWER", 1) => Some(Function::Lower),
            ("UPPER", 1) => Some(Function::Upper),
            ("TRIM", 1) => Some(Function::Trim),
            ("LEFT", 2) => Some(Function::Left),
            ("RIGHT", 2) => Some(Function::Right),
            ("SUBSTRING", 2 | 3) => Some(Function::Substring),
            ("ABS", 1) => Some(Function::Abs),
            ("INT", 1) => Some(Function::Int),
            ("BOOL", 1) => Some(Function::Bool),
            ("STRING", 1) => Some(Function::String),
            _ => None,
        }
    }

    /// The zero value of the type that it returns.
    pub(super) fn zero(self) -> Value<'static> {
        match self {
            Function::Length | Function::Abs | Function::Int => Value::Integer(0),
            Function::Bool => Value::Boolean(false),
            _ => Value::String(Cow::Borrowed("")),
        }
    }

    /// Arguments are evaluated and cast one after the other; the first error is the one that is told.
    pub(super) fn call<'a>(self, arguments: &'a [Node], event: &'a dyn Attributes) -> Result<Value<'a>, Failure<'a>> {
        let text = |node: &'a Node| node.operand(event).map(Value::into_text);
        let integer = |node: &'a Node| node.operand(event)?.to_integer();
        match (self, arguments) {
            (Function::Length, [x]) => Ok(Value::Integer(length(&x.operand(event)?))),
            (Function::Concat, texts) => Ok(Value::String(join("", texts, event)?.into())),
            (Function::ConcatWs, [delimiter, texts @ ..]) => {
                Ok(Value::String(join(&text(delimiter)?, texts, event)?.into()))
            }
            (Function::Lower, [x]) => Ok(Value::String(text(x)?.to_lowercase().into())),
            (Function::Upper, [x]) => Ok(Value::String(text(x)?.to_uppercase().into())),
            (Function::Trim, [x]) => Ok(Value::String(part(text(x)?, str::trim))),
            (Function::Left, [x, count]) => ends(text(x)?, integer(count)?, left),
            (Function::Right, [x, count]) => ends(text(x)?, integer(count)?, right),
            (Function::Substring, [x, position]) => Ok(substring(text(x)?, integer(position)?, None)?),
            (Function::Substring, [x, position, length]) => {
                Ok(substring(text(x)?, integer(position)?, Some(integer(length)?))?)
            }
            (Function::Abs, [x]) => absolute(integer(x)?),
            (Function::Int, [x]) => Ok(Value::Integer(integer(x)?)),
            (Function::Bool, [x]) => Ok(Value::Boolean(x.operand(event)?.to_boolean()?)),
            (Function::String, [x]) => Ok(Value::String(text(x)?)),
            _ => Err(ErrorKind::MissingFunction.into()),
        }
    }
}

fn length(value: &Value<'_>) -> i32 {
    let count = value.text(&mut Decimal::default()).chars().count();
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Refuses to build more than [`CESQL_CONCAT`] octets, before it builds them.
fn join(delimiter: &str, texts: &[Node], event: &dyn Attributes) -> Result<String, ErrorKind> {
    let mut joined = String::new();
    for (index, node) in texts.iter().enumerate() {
        let value = node.operand(event)?;
        let mut space = Decimal::default();
        for piece in [if index == 0 { "" } else { delimiter }, value.text(&mut space)] {
            if joined.len() + piece.len() > CESQL_CONCAT {
                return Err(ErrorKind::FunctionEvaluation);
            }
            joined.push_str(piece);
        }
    }
    Ok(joined)
}

/// LEFT and RIGHT. With a negative count the value is the whole text, not the zero value.
fn ends<'a>(text: Cow<'a, str>, count: i32, end: fn(&str, usize) -> &str) -> Result<Value<'a>, Failure<'a>> {
    match usize::try_from(count) {
        Ok(count) => Ok(Value::String(part(text, |text| end(text, count)))),
        Err(_) => Err(Failure { kind: ErrorKind::FunctionEvaluation, value: Some(Value::String(text)) }),
    }
}

/// The first `count` characters, or all.
fn left(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(octet, _)| octet);
    text.get(..end).unwrap_or_default()
}

/// The last `count` characters, or all.
fn right(text: &str, count: usize) -> &str {
    let before_last = |count: usize| text.char_indices().rev().nth(count).map_or(0, |(octet, _)| octet);
    let start = count.checked_sub(1).map_or(text.len(), before_last);
    text.get(start..).unwrap_or_default()
}

/// Positions count characters from 1, negative ones from the end; 0 is before the text and gives none of it.
fn substring(text: Cow<'_, str>, position: i32, length: Option<i32>) -> Result<Value<'_>, ErrorKind> {
    let length = length.map(usize::try_from).transpose().map_err(|_| ErrorKind::FunctionEvaluation)?;
    let steps = position.unsigned_abs() as usize;
    let start = match position {
        0 => Some((text.len(), ' ')),
        1.. => text.char_indices().nth(steps - 1),
        _ => text.char_indices().rev().nth(steps - 1),
    };
    let (start, _) = start.ok_or(ErrorKind::FunctionEvaluation)?;
    Ok(Value::String(part(text, |text| {
        let rest = text.get(start..).unwrap_or_default();
        length.map_or(rest, |length| left(rest, length))
    })))
}

/// The lowest Integer has no positive counterpart.
fn absolute(integer: i32) -> Result<Value<'static>, Failure<'static>> {
    match integer.checked_abs() {
        Some(integer) => Ok(Value::Integer(integer)),
        None => Err(Failure { kind: ErrorKind::Math, value: Some(Value::Integer(i32::MAX)) }),
    }
}

/// A part of a text, borrowed if the text is.
fn part<'a>(text: Cow<'a, str>, cut: impl Fn(&str) -> &str) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text)),
        Cow::Owned(text) => Cow::Owned(cut(&text).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ORDER, Sample};
    use super::super::{Attribute, Expression};
    use super::*;

    fn assert_all(cases: &[(&str, Value<'_>, Option<ErrorKind>)]) {
        for (text, value, error) in cases {
            let expression = Expression::parse(text).unwrap();
            let evaluation = expression.evaluate(&ORDER);
            assert_eq!((&evaluation.value, &evaluation.error), (value, error), "{text}");
        }
    }

    fn string(text: &str) -> Value<'_> {
        Value::String(text.into())
    }

    #[test]
    fn positions_and_lengths_count_characters() {
        assert_all(&[
            ("LENGTH(subject)", Value::Integer(5), None),
            ("LEFT(subject, 3)", string("Zoë"), None),
            ("RIGHT(subject, 1)", string("😀"), None),
            ("RIGHT(subject, 3)", string("ë 😀"), None),
            ("SUBSTRING(subject, 3)", string("ë 😀"), None),
            ("SUBSTRING(subject, -1)", string("😀"), None),
            ("SUBSTRING(subject, 3, 1)", string("ë"), None),
            ("SUBSTRING(subject, -3, 1)", string("ë"), None),
            ("UPPER('straße ë')", string("STRASSE Ë"), None),
            ("LOWER('ΣΑΣ')", string("σας"), None),
            ("TRIM('\u{2003}\u{a0} a\u{200b} ')", string("a\u{200b}"), None),
        ]);
    }

    #[test]
    fn the_ends_of_a_text_are_exact() {
        let error = Some(ErrorKind::FunctionEvaluation);
        assert_all(&[
            ("LEFT('abc', 0)", string(""), None),
            ("LEFT('abc', 3)", string("abc"), None),
            ("LEFT('abc', 2147483647)", string("abc"), None),
            ("LEFT(12345, -2147483648)", string("12345"), error),
            ("RIGHT('abc', 0)", string(""), None),
            ("RIGHT('abc', 3)", string("abc"), None),
            ("RIGHT('', 1)", string(""), None),
            ("RIGHT('abc', -1)", string("abc"), error),
            ("SUBSTRING('abc', 3)", string("c"), None),
            ("SUBSTRING('abc', 4)", string(""), error),
            ("SUBSTRING('abc', -3)", string("abc"), None),
            ("SUBSTRING('abc', -4)", string(""), error),
            ("SUBSTRING('abc', -2147483648)", string(""), error),
            ("SUBSTRING('', 1)", string(""), error),
            ("SUBSTRING('', 0)", string(""), None),
            ("SUBSTRING('abc', 2, 0)", string(""), None),
            ("SUBSTRING('abc', 2, 2147483647)", string("bc"), None),
            ("SUBSTRING('abc', 2, -1)", string(""), error),
            ("SUBSTRING(12345, 2, 2)", string("23"), None),
        ]);
    }

    #[test]
    fn names_have_no_case_and_arguments_a_number() {
        let error = Some(ErrorKind::MissingFunction);
        assert_all(&[
            ("length ('abc')", Value::Integer(3), None),
            ("Concat_Ws('-', 1, TRUE, 'x')", string("1-true-x"), None),
            ("CONCAT_WS('-', '', '')", string("-"), None),
            ("CONCAT(type, '/', count)", string("com.example.order.created/5"), None),
            ("LENGTH()", Value::Boolean(false), error),
            ("LENGTH('a', 'b')", Value::Boolean(false), error),
            ("SUBSTRING('a')", Value::Boolean(false), error),
            ("SUBSTRING('a', 1, 1, 1)", Value::Boolean(false), error),
            ("NOW()", Value::Boolean(false), error),
        ]);
    }

    #[test]
    fn arguments_are_cast() {
        assert_all(&[
            ("ABS('-7')", Value::Integer(7), None),
            ("ABS('x')", Value::Integer(0), Some(ErrorKind::Cast)),
            ("ABS(-2147483648)", Value::Integer(i32::MAX), Some(ErrorKind::Math)),
            ("LEFT('abc', '1')", string("a"), None),
            ("LEFT('abc', 'x')", string(""), Some(ErrorKind::Cast)),
            ("LENGTH(-2147483648)", Value::Integer(11), None),
            ("INT(test)", Value::Integer(1), None),
            ("BOOL(count)", Value::Boolean(true), None),
            ("STRING(count)", string("5"), None),
        ]);
    }

    #[test]
    fn what_is_joined_has_a_limit() {
        let long: &'static str = "é".repeat(CESQL_CONCAT / 8).leak();
        let event = Sample(vec![("long", Attribute::String(long))].leak());
        let result = |text: &str| {
            let expression = Expression::parse(text).unwrap();
            let evaluation = expression.evaluate(&event);
            (evaluation.value.text(&mut Decimal::default()).len(), evaluation.error)
        };
        let refused = (0, Some(ErrorKind::FunctionEvaluation));
        assert_eq!(result("CONCAT(long, long, long, long)"), (CESQL_CONCAT, None));
        assert_eq!(result("CONCAT(long, long, long, long, 1)"), refused);
        assert_eq!(result("CONCAT_WS(',', long, long, long, long)"), refused);
        assert_eq!(result("CONCAT(CONCAT(long, long), CONCAT(long, long, 1))"), refused);
    }
}
