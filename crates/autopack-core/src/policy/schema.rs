//! What a policy document may say: each key, its type and its range, in one table.
//!
//! The table is checked before the document is read into types, so that every mistake is told the
//! same way: the key, what was found, what is allowed.

mod rules;

use std::fmt;

use toml::{Table, Value};

use super::error::PolicyError;
use super::relative::Exponent;
use crate::call_facts::InputSize;
use rules::RULES;

/// The largest token count a policy may name: what the largest model of the catalogue can write.
const MAX_POLICY_TOKENS: u32 = 1_048_576;

/// What a key may hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    /// Exactly this number.
    Exactly(i64),
    /// A whole number of tokens.
    Tokens,
    /// A whole number in a range.
    Count(i64, i64),
    /// A number in a range.
    Number(f64, f64),
    /// Yes or no.
    Flag,
    /// A text that is not blank.
    Text,
    /// A list of texts.
    Texts,
    /// A step function: ascending bounds, and one value more than bounds, each in a range.
    Steps(f64, f64),
    /// How strongly a ceiling goes with estimates.
    Exponent,
    /// A table of anything.
    Facts,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(number) => write!(f, "{number}"),
            Self::Tokens => write!(f, "a whole number of tokens from 1 to {MAX_POLICY_TOKENS}"),
            Self::Count(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Number(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Flag => f.write_str("true or false"),
            Self::Text => f.write_str("a text that is not blank"),
            Self::Texts => f.write_str("a list of texts"),
            Self::Steps(least, most) => write!(
                f,
                "`{{ below = […], values = […] }}` with ascending bounds, one value more than \
                 bounds, values from {least} to {most}"
            ),
            Self::Exponent => f.write_str("0.5 or 1.0"),
            Self::Facts => write!(f, "a table of facts, {MAX_FACTS_DEPTH} deep at most"),
        }
    }
}

/// How deep facts may be nested: twice as deep as any that we write. What is written as dotted keys is read
/// at any depth, but written again as tables it is read no deeper than 80 (toml 1.2).
const MAX_FACTS_DEPTH: usize = 16;

/// Checks a whole document. Which keys are near to one that is unknown is not said here.
pub(super) fn check(document: &Table) -> Result<(), PolicyError> {
    check_table(document, &mut Vec::new())?;
    let needed = RULES.iter().filter(|rule| !rule.is_optional);
    for rule in needed.filter(|rule| !rule.key.contains('*')) {
        if lookup(document, rule.key).is_none() {
            return Err(PolicyError::Missing {
                key: rule.key.to_owned(),
                allowed: rule.allowed,
            });
        }
    }
    Ok(())
}

/// What the key at `path` may hold, or `None` where no policy has such a key.
pub(super) fn allowed(path: &[&str]) -> Option<Allowed> {
    RULES
        .iter()
        .find(|rule| matches(rule.key, path))
        .map(|rule| rule.allowed)
}

fn check_table<'a>(table: &'a Table, path: &mut Vec<&'a str>) -> Result<(), PolicyError> {
    for (name, value) in table {
        path.push(name);
        check_value(value, path)?;
        path.pop();
    }
    Ok(())
}

fn check_value<'a>(value: &'a Value, path: &mut Vec<&'a str>) -> Result<(), PolicyError> {
    let key = || path.join(".");
    match (allowed(path), value) {
        (Some(allowed), value) if fits(allowed, value) => Ok(()),
        (Some(allowed), value) => Err(PolicyError::NotAllowed {
            key: key(),
            found: value.to_string(),
            allowed,
        }),
        (None, _) if names_no_input_size(path) => Err(PolicyError::NoInputSize { key: key() }),
        (None, Value::Table(inner)) if is_section(path) => {
            check_table(inner, path)?;
            check_relative(inner, path)?;
            check_row(inner, path)
        }
        (None, _) if is_section(path) => Err(PolicyError::NotASection {
            key: key(),
            found: value.to_string(),
        }),
        (None, _) if is_of_a_group(path) => Err(PolicyError::UnknownOfGroup { key: key() }),
        (None, _) => Err(PolicyError::UnknownKey {
            key: key(),
            near: Vec::new(),
        }),
    }
}

/// Where what was learned of a group stands, and the finer groups in it.
const RULE_OF_A_GROUP: &str = "ceiling.*.*.*";
/// Where groups by the size of what goes in stand.
const RULE_OF_A_SIZE: &str = "ceiling.*.*.*.model.*.effort.*.template.*.input.*";

/// The keys by which a ceiling goes with the estimate. The first two need each other and a ceiling, and the
/// last needs them.
const RELATIVE: [&str; 3] = ["at_estimate", "exponent", "down_to"];

fn check_relative(table: &Table, section: &[&str]) -> Result<(), PolicyError> {
    let is_group = section.first() == Some(&"ceiling");
    let has = |name: &&str| table.contains_key(*name);
    if !is_group || !RELATIVE.iter().any(has) {
        return Ok(());
    }
    let missing = RELATIVE[..2].iter().find(|name| !has(name));
    let ceilings = ["exactly", "at_least"];
    let missing = missing.copied().or_else(|| {
        let is_bare = !ceilings.iter().any(has);
        is_bare.then_some(ceilings[0])
    });
    missing.map_or(Ok(()), |missing| {
        Err(PolicyError::HalfRelative {
            key: format!("{}.{missing}", section.join(".")),
        })
    })
}

/// Whether a path leads into what was learned of a group.
pub(super) fn is_of_a_group(path: &[&str]) -> bool {
    path.len() > 4 && matches(RULE_OF_A_GROUP, &path[..4])
}

/// Whether a path names a size of what goes in, and there is none of that name.
fn names_no_input_size(path: &[&str]) -> bool {
    let edge = path.last().copied().unwrap_or_default();
    matches(RULE_OF_A_SIZE, path) && InputSize::named(edge).is_none()
}

/// A row under a `*` needs all of its cells: `base.docs` needs low, medium and high.
fn check_row(table: &Table, section: &[&str]) -> Result<(), PolicyError> {
    for rule in RULES.iter().filter(|rule| !rule.is_optional) {
        let Some((parent, cell)) = rule.key.rsplit_once('.') else {
            continue;
        };
        let has_cell = table.contains_key(cell);
        if parent.ends_with('*') && matches(parent, section) && !has_cell {
            return Err(PolicyError::Missing {
                key: format!("{}.{cell}", section.join(".")),
                allowed: rule.allowed,
            });
        }
    }
    Ok(())
}

/// Whether `path` leads to a table on the way to a key of the schema.
fn is_section(path: &[&str]) -> bool {
    RULES.iter().any(|rule| {
        rule.key
            .match_indices('.')
            .any(|(end, _)| matches(&rule.key[..end], path))
    })
}

fn matches(pattern: &str, path: &[&str]) -> bool {
    let mut names = path.iter();
    pattern.split('.').all(|part| {
        names
            .next()
            .is_some_and(|name| part == "*" || part == *name)
    }) && names.next().is_none()
}

fn lookup<'a>(document: &'a Table, key: &str) -> Option<&'a Value> {
    let (first, rest) = key
        .split_once('.')
        .map_or((key, None), |(first, rest)| (first, Some(rest)));
    let value = document.get(first)?;
    rest.map_or(Some(value), |rest| lookup(value.as_table()?, rest))
}

fn fits(allowed: Allowed, value: &Value) -> bool {
    let within = |least: f64, most: f64, value: &Value| {
        number(value).is_some_and(|number| (least..=most).contains(&number))
    };
    match allowed {
        Allowed::Exactly(number) => value.as_integer() == Some(number),
        Allowed::Tokens => value
            .as_integer()
            .is_some_and(|n| (1..=i64::from(MAX_POLICY_TOKENS)).contains(&n)),
        Allowed::Count(least, most) => value
            .as_integer()
            .is_some_and(|n| (least..=most).contains(&n)),
        Allowed::Number(least, most) => within(least, most, value),
        Allowed::Flag => value.is_bool(),
        Allowed::Text => value.as_str().is_some_and(|text| !text.trim().is_empty()),
        Allowed::Texts => value
            .as_array()
            .is_some_and(|texts| texts.iter().all(Value::is_str)),
        Allowed::Steps(least, most) => steps(value).is_some_and(|(below, values)| {
            below
                .iter()
                .all(|bound| bound.as_integer().is_some_and(|bound| bound >= 0))
                && below.is_sorted_by_key(Value::as_integer)
                && values.len() == below.len() + 1
                && values.iter().all(|value| within(least, most, value))
        }),
        Allowed::Exponent => number(value)
            .and_then(Exponent::of)
            .is_some_and(|exponent| exponent != Exponent::Zero),
        Allowed::Facts => value.is_table() && is_at_most_deep(value, MAX_FACTS_DEPTH),
    }
}

/// Whether no more than `depth` tables and lists are inside each other.
fn is_at_most_deep(value: &Value, depth: usize) -> bool {
    let deeper = |inner| depth > 0 && is_at_most_deep(inner, depth - 1);
    match value {
        Value::Table(table) => depth > 0 && table.values().all(deeper),
        Value::Array(values) => depth > 0 && values.iter().all(deeper),
        _ => true,
    }
}

fn steps(value: &Value) -> Option<(&Vec<Value>, &Vec<Value>)> {
    let table = value.as_table().filter(|table| table.len() == 2)?;
    Some((
        table.get("below")?.as_array()?,
        table.get("values")?.as_array()?,
    ))
}

#[expect(clippy::cast_precision_loss, reason = "ranges are far below 2^53")]
fn number(value: &Value) -> Option<f64> {
    value
        .as_float()
        .or_else(|| value.as_integer().map(|integer| integer as f64))
}

/// How many letters `key` and `candidate` share at their ends, at most as many as the candidate has.
pub(super) fn likeness(key: &str, candidate: &str) -> usize {
    let pairs = key.bytes().zip(candidate.bytes());
    let ahead = pairs.take_while(|(a, b)| a == b).count();
    let pairs = key.bytes().rev().zip(candidate.bytes().rev());
    let behind = pairs.take_while(|(a, b)| a == b).count();
    (ahead + behind).min(candidate.len())
}
