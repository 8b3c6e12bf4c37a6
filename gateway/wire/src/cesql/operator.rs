//! The binary operators that may stand in a row (section 3.4.2).

use super::{ErrorKind, Value};
use std::cmp::Ordering;

/// `Integer x Integer -> Integer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Multiply,
    Divide,
    Remainder,
    Add,
    Subtract,
}

impl Arithmetic {
    /// What does not fit 32 bits is a math error; the specification is silent about it.
    pub(super) fn apply(self, left: i32, right: i32) -> Result<i32, ErrorKind> {
        let result = match self {
            Arithmetic::Multiply => left.checked_mul(right),
            Arithmetic::Divide => left.checked_div(right),
            Arithmetic::Remainder if right == 0 => None,
            Arithmetic::Remainder => Some(left.wrapping_rem(right)), // of the lowest Integer and -1 it is 0
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
        };
        result.ok_or(ErrorKind::Math)
    }
}

/// `x -> Boolean` of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Equality takes the type of the right operand (section 3.7); the others exist for Integers only.
    pub(super) fn holds(self, left: &Value<'_>, right: &Value<'_>) -> Result<bool, ErrorKind> {
        let order = |left: &Value<'_>| Ok(left.to_integer()?.cmp(&right.to_integer()?));
        match self {
            Comparison::Equal => left.equals(right),
            Comparison::NotEqual => left.equals(right).map(|equal| !equal),
            Comparison::Less => order(left).map(Ordering::is_lt),
            Comparison::LessOrEqual => order(left).map(Ordering::is_le),
            Comparison::Greater => order(left).map(Ordering::is_gt),
            Comparison::GreaterOrEqual => order(left).map(Ordering::is_ge),
        }
    }
}

/// `Boolean x Boolean -> Boolean`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logic {
    And,
    Or,
    Xor,
}

impl Logic {
    /// Whether the left operand decides, so that the right one must not be evaluated.
    pub(super) fn is_decided_by(self, left: bool) -> bool {
        match self {
            Logic::And => !left,
            Logic::Or => left,
            Logic::Xor => false,
        }
    }

    pub(super) fn apply(self, left: bool, right: bool) -> bool {
        match self {
            Logic::And => left && right,
            Logic::Or => left || right,
            Logic::Xor => left != right,
        }
    }
}
