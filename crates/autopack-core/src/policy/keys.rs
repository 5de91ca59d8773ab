//! The numbers of a policy one by one, and where two policies do not agree.

use toml::{Table, Value};

use super::{EVIDENCE, Policy, schema};

/// What a policy says of itself, and not of any call.
const ABOUT_ITSELF: [&str; 4] = ["schema", "name", "source", EVIDENCE];

/// A key that two policies do not agree on.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The key, dotted, as TOML writes it.
    pub key: String,
    /// What it is in the one; `None` where it is missing there.
    pub before: Option<Value>,
    /// What it is in the other.
    pub after: Option<Value>,
}

impl Difference {
    /// After over before, where both are numbers and before is not 0.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let before = number(self.before.as_ref()?).filter(|before| before.abs() > 0.0)?;
        Some(number(self.after.as_ref()?)? / before)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no number of a policy is near 2^53"
)]
fn number(value: &Value) -> Option<f64> {
    let whole = value.as_integer().map(|number| number as f64);
    value.as_float().or(whole)
}

impl Policy {
    /// Where `other` says something else of calls than this policy: first the keys that are here, in their
    /// order, then those that are only there. What policies say of themselves is left out.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let (here, there) = (keys(&self.document), keys(&other.document));
        let of = |keys: &[(Vec<&str>, &Value)], path: &[&str]| {
            let found = keys.iter().find(|(known, _)| known == path);
            found.map(|(_, value)| (*value).clone())
        };
        let only_there = there.iter().filter(|(path, _)| of(&here, path).is_none());
        let paths = here.iter().chain(only_there).map(|(path, _)| path);
        let differences = paths.map(|path| Difference {
            key: dotted(path),
            before: of(&here, path),
            after: of(&there, path),
        });
        let differs = |difference: &Difference| {
            !is_same(difference.before.as_ref(), difference.after.as_ref())
        };
        differences.filter(differs).collect()
    }
}

/// Whether two values are the same; `2` and `2.0` are.
fn is_same(before: Option<&Value>, after: Option<&Value>) -> bool {
    let numbers = before.and_then(number).zip(after.and_then(number));
    before == after || numbers.is_some_and(|(before, after)| before.to_bits() == after.to_bits())
}

/// The keys of a document that are about calls, each with its value, in order.
fn keys(document: &Table) -> Vec<(Vec<&str>, &Value)> {
    let mut keys = all_keys(document);
    keys.retain(|(path, _)| is_about_calls(path));
    keys
}

/// All keys of a document.
pub(super) fn all_keys(document: &Table) -> Vec<(Vec<&str>, &Value)> {
    let mut keys = Vec::new();
    for (name, value) in document {
        gather(value, vec![name], &mut keys);
    }
    keys
}

fn gather<'a>(value: &'a Value, path: Vec<&'a str>, keys: &mut Vec<(Vec<&'a str>, &'a Value)>) {
    match value {
        Value::Table(inner) if schema::allowed(&path).is_none() => {
            for (name, value) in inner {
                gather(value, [&path[..], &[name]].concat(), keys);
            }
        }
        _ => keys.push((path, value)),
    }
}

/// Whether a key is about calls.
pub(super) fn is_about_calls(path: &[&str]) -> bool {
    path.first()
        .is_some_and(|name| !ABOUT_ITSELF.contains(name))
}

/// A path as TOML writes it: names that are not bare stand in quotes.
pub(super) fn dotted(path: &[&str]) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let names = path.iter().map(|name| {
        if !name.is_empty() && name.chars().all(is_bare) {
            (*name).to_owned()
        } else {
            Value::from(*name).to_string()
        }
    });
    names.collect::<Vec<_>>().join(".")
}

/// The most keys that a hint names.
const MAX_NEAR: usize = 3;

/// The keys that share the most letters with `key` at both ends, the likest first.
pub(super) fn near(key: &str, document: &Table) -> Vec<String> {
    let known = keys(document).into_iter().map(|(path, _)| dotted(&path));
    let mut alike: Vec<(usize, String)> = known
        .map(|known| (schema::likeness(key, &known), known))
        .filter(|(likeness, known)| likeness * 2 >= known.len())
        .collect();
    alike.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    alike.truncate(MAX_NEAR);
    alike.into_iter().map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extended(rest: &str) -> Policy {
        Policy::parse(&format!("extends = \"build-142\"\nname = \"x\"\n{rest}")).expect("a policy")
    }

    fn lines(before: &Policy, after: &Policy) -> Vec<String> {
        let text = |value: &Option<Value>| {
            let text = value.as_ref().map(ToString::to_string);
            text.unwrap_or_else(|| "-".to_owned())
        };
        let line = |difference: &Difference| {
            let ratio = difference.ratio().map(|ratio| format!(" ({ratio:.3})"));
            format!(
                "{}: {} → {}{}",
                difference.key,
                text(&difference.before),
                text(&difference.after),
                ratio.unwrap_or_default()
            )
        };
        before.differences(after).iter().map(line).collect()
    }

    #[test]
    fn differences_are_told_key_by_key() {
        let other = extended(
            "source = \"s\"\nestimate.sot_update.context = { below = [1], values = [9, 2] }\n\
             estimate.multiplier.\"v1.2 é\".low = 0.5\nbuffer.default = 1.5\n\
             base.docs.low = 3584\nfloor.keep_intended_docs_budget = false\n\
             buffer.high_complexity_categories = []\nbuffer.low_confidence = 1.4\n",
        );
        let found = lines(&Policy::build_142(), &other);
        assert_eq!(
            found,
            [
                "estimate.sot_update.context: { below = [1, 11], values = [3000, 2200, 1500] } → { below = [1], values = [9, 2] }",
                "base.docs.low: 4096 → 3584 (0.875)",
                "buffer.default: 1.2 → 1.5 (1.250)",
                "buffer.high_complexity_categories: [\"integration\", \"implement_feature\"] → []",
                "floor.keep_intended_docs_budget: true → false",
                "estimate.multiplier.\"v1.2 é\".low: - → 0.5",
            ]
        );
        let back = lines(&other, &Policy::build_142());
        assert!(back.contains(&"base.docs.low: 3584 → 4096 (1.143)".to_owned()));
        assert!(back.contains(&"estimate.multiplier.\"v1.2 é\".low: 0.5 → -".to_owned()));
    }

    #[test]
    fn names_layout_and_forms_of_numbers_are_no_differences() {
        let other =
            extended("source = \"s\"\n[evidence]\nn = 1\n[buffer.exact]\ndoc_synthesis = 2.20\n");
        assert_eq!(lines(&Policy::build_142(), &other), [""; 0]);
        let (whole, point) = (
            extended("buffer.default = 2\n"),
            extended("buffer.default = 2.0\n"),
        );
        assert_eq!(lines(&whole, &point), [""; 0]);
    }
}
