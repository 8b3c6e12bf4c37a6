//! A parsed expression: what is kept of a text, and what can be asked of it.

use super::function::Function;
use super::like::Pattern;
use super::operator::{Arithmetic, Comparison, Logic};
use super::{Attributes, ErrorKind, ParseError, Value, Warning, parse};

/// A parsed expression.
///
/// It is parsed once and evaluated for every event; evaluation allocates only for the strings that it makes.
#[derive(Debug, Clone)]
pub struct Expression {
    root: Node,
    warnings: Box<[Warning]>,
}

/// What an expression gave for an event (section 3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation<'a> {
    /// The value. After an error it is the zero value of the expression's type, except where a function says otherwise.
    pub value: Value<'a>,
    /// The first error, if there was one.
    pub error: Option<ErrorKind>,
}

impl Expression {
    /// Parses a text of at most [`limits::CESQL_TEXT`](crate::limits::CESQL_TEXT) octets (section 2).
    ///
    /// Beyond the specification, `1-1` is a subtraction (the published lexer takes a sign into the number after it), and a
    /// doubled quote in a string stands for one quote, as in SQL.
    pub fn parse(text: &str) -> Result<Expression, ParseError> {
        let (root, warnings) = parse::parse(text)?;
        Ok(Expression { root, warnings: warnings.into() })
    }

    /// What the author probably did not mean. Tell it to whoever creates a filter.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The value for an event, and the first error (section 4.1, complete evaluation).
    ///
    /// An operator or function with an operand in error gives the zero value of its own type, and so does every one
    /// around it: nothing of the operands that follow could change that, hence they are not evaluated.
    pub fn evaluate<'a>(&'a self, event: &'a dyn Attributes) -> Evaluation<'a> {
        match self.root.evaluate(event) {
            Ok(value) => Evaluation { value, error: None },
            Err(failure) => {
                let value = failure.value.unwrap_or_else(|| self.root.zero());
                Evaluation { value, error: Some(failure.kind) }
            }
        }
    }

    /// Whether an event passes this expression as a filter (section 1.2): `true`, and no error.
    pub fn matches(&self, event: &dyn Attributes) -> bool {
        matches!(self.root.evaluate(event), Ok(Value::Boolean(true)))
    }
}

/// Operators of one level in a row, each with its right operand.
pub(super) type Row<O> = Box<[(O, Node)]>;

/// A part of an expression. Operators of one level stand in one node, so only nesting makes the tree deep.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Boolean(bool),
    Integer(i32),
    String(Box<str>),
    /// The name in lower case.
    Attribute(Box<str>),
    Exists(Box<str>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Like {
        operand: Box<Node>,
        pattern: Box<Pattern>,
        negated: bool,
    },
    In {
        operand: Box<Node>,
        set: Box<[Node]>,
        negated: bool,
    },
    Arithmetic(Box<Node>, Row<Arithmetic>),
    Comparison(Box<Node>, Row<Comparison>),
    Logic(Box<Node>, Row<Logic>),
    Call(Function, Box<[Node]>),
    /// A call that no function answers. Its arguments are of no use.
    UnknownCall,
}

#[cfg(test)]
mod tests {
    use super::super::Problem;
    use super::super::sample::ORDER;
    use super::*;
    use proptest::prelude::*;
    use std::borrow::Cow;

    /// The value and the error of `text` for [`ORDER`], in one line.
    fn evaluate(text: &str) -> String {
        let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let Evaluation { value, error } = expression.evaluate(&ORDER);
        let value = match value {
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Integer(integer) => integer.to_string(),
            Value::String(text) => format!("'{text}'"),
        };
        error.map_or(value.clone(), |error| format!("{value} {error}"))
    }

    fn assert_all(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(evaluate(text), *expected, "{text}");
        }
    }

    #[test]
    fn logic_is_evaluated_from_left_to_right_whatever_the_operator() {
        assert_all(&[
            ("TRUE OR TRUE AND FALSE", "false"),
            ("TRUE OR (TRUE AND FALSE)", "true"),
            ("FALSE AND FALSE OR TRUE", "true"),
            ("FALSE AND TRUE XOR TRUE", "true"),
            ("TRUE XOR TRUE OR TRUE", "true"),
            ("TRUE OR FALSE XOR TRUE", "false"),
        ]);
    }

    #[test]
    fn and_and_or_leave_out_what_cannot_matter() {
        assert_all(&[
            ("EXISTS missing AND missing = 'y'", "false"),
            ("NOT EXISTS missing OR missing = 'y'", "true"),
            ("FALSE AND 1 / 0 = 1", "false"),
            ("TRUE OR NOSUCH()", "true"),
            ("FALSE AND missing OR TRUE", "true"),
            ("TRUE XOR 1 / 0 = 1", "false math"),
        ]);
    }

    #[test]
    fn a_sign_belongs_to_a_number_only_where_an_operand_begins() {
        assert_all(&[
            ("1-1", "0"),
            ("1 -1", "0"),
            ("1--1", "2"),
            ("1+1", "2"),
            ("1++1", "2"),
            ("+5", "5"),
            ("count-1", "4"),
            ("-2147483648", "-2147483648"),
            ("- 5", "-5"),
            ("--5", "5"),
            ("-5 LIKE '-5'", "true"),
            ("-count LIKE '-5'", "true"),
        ]);
        for text in ["2147483648", "- 2147483648", "+2147483648", "-2147483649", "99999999999999999999"] {
            assert!(matches!(Expression::parse(text).unwrap_err().problem, Problem::IntegerOutOfRange(_)), "{text}");
        }
    }

    #[test]
    fn what_overflows_is_zero_and_a_math_error() {
        assert_all(&[
            ("2147483647 + 1", "0 math"),
            ("-2147483648 - 1", "0 math"),
            ("65536 * 65536", "0 math"),
            ("--2147483648", "0 math"),
            ("-2147483648 / -1", "0 math"),
            ("-2147483648 % -1", "0"),
            ("2147483647 + 1 - 1", "0 math"),
            ("7 / 0", "0 math"),
            ("7 % 0", "0 math"),
            ("-7 / 2", "-3"),
            ("-7 % 2", "-1"),
            ("7 % -2", "1"),
        ]);
    }

    #[test]
    fn precedence_is_that_of_the_specification() {
        assert_all(&[
            ("1 + 2 * 3 = 7", "true"),
            ("8 - 4 - 2", "2"),
            ("8 / 4 / 2", "1"),
            ("2 * 7 % 4", "2"),
            ("1 = 1 = TRUE", "true"),
            ("3 > 2 > 0", "true"),
            ("1 + 1 IN (1)", "2"),
            ("2 * 5 LIKE '5'", "2"),
            ("NOT type LIKE 'com%'", "false cast"),
            ("NOT FALSE LIKE 'true'", "true"),
            ("NOT test = FALSE", "true"),
            ("NOT EXISTS missing", "true"),
            ("EXISTS id LIKE 'true'", "true"),
            ("type NOT LIKE 'org%'", "true"),
            ("NOT NOT test", "true"),
            ("- NOT test", "0"),
        ]);
    }

    #[test]
    fn a_missing_attribute_is_the_zero_of_what_it_stands_in() {
        assert_all(&[
            ("missing", "false missingAttribute"),
            ("missing * 5", "0 missingAttribute"),
            ("1 / missing", "0 missingAttribute"),
            ("missing / 0", "0 missingAttribute"),
            ("-missing", "0 missingAttribute"),
            ("missing != 2", "false missingAttribute"),
            ("NOT missing", "false missingAttribute"),
            ("NOT (missing = 2)", "false missingAttribute"),
            ("missing NOT LIKE 'x'", "false missingAttribute"),
            ("missing NOT IN (1)", "false missingAttribute"),
            ("CONCAT('a', missing)", "'' missingAttribute"),
            ("LENGTH(missing)", "0 missingAttribute"),
            ("(missing)", "false missingAttribute"),
        ]);
    }

    #[test]
    fn the_first_error_is_told_and_no_operator_around_it_hides_it() {
        assert_all(&[
            ("1 / 0 + missing", "0 math"),
            ("missing + 1 / 0", "0 missingAttribute"),
            ("missing OR TRUE", "false missingAttribute"),
            ("'x' + NOSUCH()", "0 missingFunction"),
            ("NOSUCH(missing)", "false missingFunction"),
            ("LENGTH(LEFT('abc', -1))", "0 functionEvaluation"),
            ("ABS(-2147483648) + 0", "0 math"),
        ]);
    }

    #[test]
    fn types_meet_by_the_right_operand_and_in_by_the_left() {
        assert_all(&[
            ("'TRUE' = true", "true"),
            ("true = 'TRUE'", "false"),
            ("true = 'true'", "true"),
            ("count = '5'", "true"),
            ("'05' = count", "true"),
            ("count = '05'", "false"),
            ("count <> TRUE", "false"),
            ("'x' = 1", "false cast"),
            ("'a' < 'b'", "false cast"),
            ("time < '2027-01-01'", "false cast"),
            ("'10' > '9'", "true"),
            ("'05' IN (5)", "false"),
            ("5 IN ('05')", "true"),
            ("5 IN (5, missing)", "true"),
            ("5 IN (missing, 5)", "false missingAttribute"),
            ("5 IN ('x', 5)", "false cast"),
            ("count LIKE '_'", "true"),
            ("type = 'COM.EXAMPLE.ORDER.CREATED'", "false"),
        ]);
    }

    #[test]
    fn attributes_have_no_case_in_a_text() {
        assert_all(&[("EXISTS SOURCE", "true"), ("Count", "5"), ("exists Missing", "false"), ("iD", "'42'")]);
    }

    #[test]
    fn strings_escape_their_own_quote_alone() {
        assert_all(&[
            (r"'it\'s'", r"'it's'"),
            (r"'it''s'", r"'it's'"),
            (r"''''", r"'''"),
            (r"''", r"''"),
            (r#""a\"b""#, r#"'a"b'"#),
            (r#""a""b""#, r#"'a"b'"#),
            (r#"'a\"b'"#, r#"'a\"b'"#),
            (r#"'a""b'"#, r#"'a""b'"#),
            (r"'a\\'", r"'a\\'"),
            (r"'a\nb'", r"'a\nb'"),
            ("'a\nb'", "'a\nb'"),
            (r"'it''s' LIKE 'it\'_'", "true"),
            (r"'50%' LIKE '50\%'", "true"),
        ]);
    }

    #[test]
    fn only_true_without_an_error_passes() {
        let matches = |text: &str| Expression::parse(text).unwrap().matches(&ORDER);
        assert!(matches("test") && matches("count > 4 AND EXISTS time"));
        for text in ["FALSE", "1", "'true'", "missing", "NOT missing", "missing OR TRUE", "NOSUCH()"] {
            assert!(!matches(text), "{text}");
        }
    }

    #[test]
    fn values_are_borrowed_from_the_event_and_the_text() {
        for text in ["type", "'x'", "STRING(type)", "TRIM(' x ')", "LEFT(type, 3)", "SUBSTRING(type, 2, 5)"] {
            let expression = Expression::parse(text).unwrap();
            let value = expression.evaluate(&ORDER).value;
            assert!(matches!(value, Value::String(Cow::Borrowed(_))), "{text}");
        }
    }

    /// An expression of any shape, once with all the parentheses it can have and once with those alone that precedence
    /// asks for.
    #[derive(Debug, Clone)]
    struct Spelled {
        full: String,
        minimal: String,
        tightness: u8,
    }

    impl Spelled {
        fn leaf(text: &str) -> Self {
            Spelled { full: text.into(), minimal: text.into(), tightness: 9 }
        }

        /// As an operand of an operator that takes what is at least so tight.
        fn within(&self, tightness: u8) -> String {
            if self.tightness < tightness { format!("({})", self.minimal) } else { self.minimal.clone() }
        }

        fn around(before: &str, inner: &Spelled, after: &str, inner_tightness: u8, tightness: u8) -> Self {
            Spelled {
                full: format!("({before}({}){after})", inner.full),
                minimal: format!("{before}{}{after}", inner.within(inner_tightness)),
                tightness,
            }
        }

        fn binary(left: &Spelled, operator: &str, right: &Spelled, tightness: u8) -> Self {
            Spelled {
                full: format!("(({}) {operator} ({}))", left.full, right.full),
                minimal: format!("{} {operator} {}", left.within(tightness), right.within(tightness + 1)),
                tightness,
            }
        }
    }

    fn spelled() -> impl Strategy<Value = Spelled> {
        let operators = [
            ("AND", 1),
            ("OR", 1),
            ("XOR", 1),
            ("=", 2),
            ("<>", 2),
            ("<", 2),
            (">=", 2),
            ("+", 3),
            ("-", 3),
            ("*", 4),
            ("/", 4),
            ("%", 4),
        ];
        let leaves = ["0", "1", "7", "-3", "TRUE", "FALSE", "'5'", "'true'", "\"a\"", "count", "type", "missing"];
        let leaf = prop::sample::select(leaves.to_vec()).prop_map(Spelled::leaf);
        leaf.prop_recursive(5, 24, 3, move |inner| {
            let binary = (inner.clone(), prop::sample::select(operators.to_vec()), inner.clone());
            prop_oneof![
                5 => binary.prop_map(|(left, (operator, tightness), right)| {
                    Spelled::binary(&left, operator, &right, tightness)
                }),
                1 => inner.clone().prop_map(|it| Spelled::around("", &it, " LIKE '%5%'", 5, 5)),
                1 => inner.clone().prop_map(|it| Spelled::around("", &it, " NOT IN (1, 'true')", 5, 5)),
                1 => inner.clone().prop_map(|it| Spelled::around("NOT ", &it, "", 6, 6)),
                1 => inner.clone().prop_map(|it| Spelled::around("- ", &it, "", 6, 6)),
                1 => inner.prop_map(|it| Spelled::around("LENGTH(", &it, ")", 0, 9)),
            ]
        })
    }

    proptest! {
        #[test]
        fn parentheses_that_precedence_implies_change_nothing(it in spelled()) {
            let full = Expression::parse(&it.full).unwrap();
            let minimal = Expression::parse(&it.minimal).unwrap();
            prop_assert_eq!(full.evaluate(&ORDER), minimal.evaluate(&ORDER), "{}", it.minimal);
        }

        #[test]
        fn a_filter_agrees_with_the_evaluation(it in spelled()) {
            let expression = Expression::parse(&it.minimal).unwrap();
            let Evaluation { value, error } = expression.evaluate(&ORDER);
            prop_assert_eq!(expression.matches(&ORDER), error.is_none() && value == Value::Boolean(true));
        }
    }
}
