//! The name that a policy has as a version: where it comes from, and a hash of what it says.

use toml::{Table, Value};

use super::Policy;
use crate::hash::StableHash;

/// Stands between the stem and the hash. Names that policies are given by hand hold it too, as in
/// `build-142+base.docs.low=3584`; only with a hash behind it does it end a stem.
const MARK: char = '+';
/// The digits of a hash that a name shows: two of a thousand documents of one stem have the same
/// once in ten thousand, and then the second is refused.
const HASH_DIGITS: usize = 8;
/// The most characters of a stem: names stand in tables.
const MAX_STEM_CHARS: usize = 48;

impl Policy {
    /// The policy under the name of its version, such as `build-142+3f2a90c1`: the stem of its name, and
    /// eight digits that follow from its content. The same content gives the same name, however it is
    /// laid out; characters of a stem that would not stand well in tables and paths become `-`.
    ///
    /// # Panics
    /// Never: any name that is not blank is allowed.
    #[must_use]
    pub fn versioned(&self) -> Self {
        let hash = format!("{:016x}", content_hash(&self.document));
        let name = format!("{}{MARK}{}", stem(&self.name), &hash[..HASH_DIGITS]);
        let mut document = self.document.clone();
        document.insert("name".to_owned(), Value::from(name));
        Self::from_document(document).expect("a policy under another name is a policy")
    }
}

/// The name without the hash of a version.
fn stem(name: &str) -> String {
    let bare = match name.rsplit_once(MARK) {
        Some((stem, hash)) if is_hash(hash) && !stem.is_empty() => stem,
        _ => name,
    };
    let usable = |c: char| match c {
        '.' | '_' | '-' | '=' | MARK => c,
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    bare.trim()
        .chars()
        .take(MAX_STEM_CHARS)
        .map(usable)
        .collect()
}

fn is_hash(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == HASH_DIGITS && text.bytes().all(is_digit)
}

/// A hash of everything but the name.
fn content_hash(document: &Table) -> u64 {
    let mut content = document.clone();
    content.remove("name");
    table(StableHash::new(), &content).finish()
}

/// Keys count in their alphabetical order, not in that of the file.
fn table(hash: StableHash, table: &Table) -> StableHash {
    let mut entries: Vec<(&String, &Value)> = table.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let hash = hash.text("table").number(entries.len() as u64);
    entries
        .into_iter()
        .fold(hash, |hash, (key, of_key)| value(hash.text(key), of_key))
}

/// Numbers count by their value: `2` and `2.0` are the same factor.
#[expect(
    clippy::cast_precision_loss,
    reason = "no number of a policy is near 2^53"
)]
fn value(hash: StableHash, value: &Value) -> StableHash {
    match value {
        Value::String(text) => hash.text("text").text(text),
        Value::Integer(number) => hash.text("number").number((*number as f64).to_bits()),
        Value::Float(number) => hash.text("number").number(number.to_bits()),
        Value::Boolean(flag) => hash.text("flag").number(u64::from(*flag)),
        Value::Datetime(time) => hash.text("time").text(&time.to_string()),
        Value::Array(values) => {
            let hash = hash.text("list").number(values.len() as u64);
            values.iter().fold(hash, self::value)
        }
        Value::Table(inner) => table(hash, inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rest: &str) -> Policy {
        let text = format!("extends = \"build-142\"\nname = \"mine\"\n{rest}");
        Policy::parse(&text).expect("a policy")
    }

    #[test]
    fn the_name_follows_from_the_content() {
        let version = policy("[base.docs]\nlow = 3584\n").versioned();
        assert_eq!(version.name(), "mine+78406b68");
        let laid_out = policy("buffer = {default = 1.20}\n[base]\ndocs = {low = 3_584}\n");
        assert_eq!(laid_out.versioned().name(), version.name());
        assert_ne!(
            policy("[base.docs]\nlow = 3585\n").versioned().name(),
            version.name()
        );
        assert_ne!(
            policy("source = \"x\"\n[base.docs]\nlow = 3584\n")
                .versioned()
                .name(),
            version.name()
        );
        let same = policy("[buffer]\nlow_confidence = 2\n").versioned();
        assert_eq!(
            same.name(),
            policy("[buffer]\nlow_confidence = 2.0\n")
                .versioned()
                .name()
        );
    }

    #[test]
    fn a_version_has_its_name_already() {
        let version = policy("[base.docs]\nlow = 3584\n").versioned();
        assert_eq!(version.versioned(), version);
        assert_eq!(Policy::parse(&version.to_toml()), Ok(version.clone()));
        let next = version.with("base.docs.low", 3000).expect("a policy");
        let next = next.versioned();
        assert!(next.name().starts_with("mine+"), "{}", next.name());
    }

    #[test]
    fn stems_are_fit_for_tables() {
        for (name, expected) in [
            ("build-142", "build-142"),
            ("build-142+0123abcd", "build-142"),
            ("build-142+0123ABCD", "build-142+0123ABCD"),
            (
                "build-142+base.docs.low=3584",
                "build-142+base.docs.low=3584",
            ),
            ("+0123abcd", "+0123abcd"),
            (" für alle/Fälle\n", "f-r-alle-F-lle"),
        ] {
            assert_eq!(stem(name), expected);
        }
        assert_eq!(stem(&"x".repeat(99)).len(), MAX_STEM_CHARS);
    }
}
