//! The evaluation of an expression (sections 3.4 and 3.6). It recurses as deep as the expression nests, which the parser
//! bounds.

use super::expression::Node;
use super::operator::{Arithmetic, Comparison, Logic};
use super::{Attributes, Decimal, ErrorKind, Value};
use std::borrow::Cow;

/// An error of a node.
#[derive(Debug)]
pub(super) struct Failure<'a> {
    pub(super) kind: ErrorKind,
    /// The value of the node, if it is not the zero value of its type.
    pub(super) value: Option<Value<'a>>,
}

impl From<ErrorKind> for Failure<'_> {
    fn from(kind: ErrorKind) -> Self {
        Failure { kind, value: None }
    }
}

impl Node {
    /// The value of this node, or its first error.
    pub(super) fn evaluate<'a>(&'a self, event: &'a dyn Attributes) -> Result<Value<'a>, Failure<'a>> {
        match self {
            Node::Boolean(boolean) => Ok(Value::Boolean(*boolean)),
            Node::Integer(integer) => Ok(Value::Integer(*integer)),
            Node::String(text) => Ok(Value::String(Cow::Borrowed(text))),
            Node::Attribute(name) => Ok(event.attribute(name).ok_or(ErrorKind::MissingAttribute)?.into()),
            Node::Exists(name) => Ok(Value::Boolean(event.attribute(name).is_some())),
            Node::Not(operand) => Ok(Value::Boolean(!operand.operand(event)?.to_boolean()?)),
            Node::Negate(operand) => {
                let integer = operand.operand(event)?.to_integer()?;
                Ok(Value::Integer(integer.checked_neg().ok_or(ErrorKind::Math)?))
            }
            Node::Like { operand, pattern, negated } => {
                let value = operand.operand(event)?;
                Ok(Value::Boolean(pattern.matches(value.text(&mut Decimal::default())) != *negated))
            }
            Node::In { operand, set, negated } => Ok(Value::Boolean(is_in(operand, set, event)? != *negated)),
            Node::Arithmetic(first, rest) => Ok(Value::Integer(calculate(first, rest, event)?)),
            Node::Comparison(first, rest) => Ok(compare(first, rest, event)?),
            Node::Logic(first, rest) => Ok(Value::Boolean(decide(first, rest, event)?)),
            Node::Call(function, arguments) => function.call(arguments, event),
            Node::UnknownCall => Err(ErrorKind::MissingFunction.into()),
        }
    }

    /// The value of this node as an operand: of an error only the kind matters, see
    /// [`Expression::evaluate`](super::Expression::evaluate).
    pub(super) fn operand<'a>(&'a self, event: &'a dyn Attributes) -> Result<Value<'a>, ErrorKind> {
        self.evaluate(event).map_err(|failure| failure.kind)
    }

    /// The zero value of the type of this node. A missing attribute has no type and counts as a Boolean (section 3.2), and
    /// so does a missing function (section 3.5).
    pub(super) fn zero(&self) -> Value<'static> {
        match self {
            Node::Integer(_) | Node::Negate(_) | Node::Arithmetic(..) => Value::Integer(0),
            Node::String(_) => Value::String(Cow::Borrowed("")),
            Node::Call(function, _) => function.zero(),
            _ => Value::Boolean(false),
        }
    }
}

/// Elements are cast to the type of the operand (section 3.4.5) and looked at from left to right, up to the one that
/// equals it.
fn is_in(operand: &Node, set: &[Node], event: &dyn Attributes) -> Result<bool, ErrorKind> {
    let value = operand.operand(event)?;
    for element in set {
        if element.operand(event)?.equals(&value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn calculate(first: &Node, rest: &[(Arithmetic, Node)], event: &dyn Attributes) -> Result<i32, ErrorKind> {
    let mut left = first.operand(event)?;
    for (operator, right) in rest {
        let right = right.operand(event)?;
        left = Value::Integer(operator.apply(left.to_integer()?, right.to_integer()?)?);
    }
    left.to_integer()
}

fn compare<'a>(
    first: &'a Node,
    rest: &'a [(Comparison, Node)],
    event: &'a dyn Attributes,
) -> Result<Value<'a>, ErrorKind> {
    let mut left = first.operand(event)?;
    for (operator, right) in rest {
        left = Value::Boolean(operator.holds(&left, &right.operand(event)?)?);
    }
    Ok(left)
}

/// From left to right, whatever the operators: the specification puts them on one level.
fn decide(first: &Node, rest: &[(Logic, Node)], event: &dyn Attributes) -> Result<bool, ErrorKind> {
    let mut left = first.operand(event)?.to_boolean()?;
    for (operator, right) in rest {
        if !operator.is_decided_by(left) {
            left = operator.apply(left, right.operand(event)?.to_boolean()?);
        }
    }
    Ok(left)
}
