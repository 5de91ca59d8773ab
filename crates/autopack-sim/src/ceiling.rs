//! A ceiling as a request writes it, against what the model can write.

use autopack_core::Tokens;
use serde_json::Value;

/// Why a ceiling is refused. Each dialect has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadCeiling {
    /// It is not a whole number.
    NotInteger {
        /// What it is, with its article.
        kind: &'static str,
    },
    /// It is below what the API takes.
    TooSmall {
        /// The number, in tokens.
        found: i64,
    },
    /// It is above the model's limit.
    TooLarge {
        /// The number, in tokens.
        found: u64,
    },
}

/// The ceiling that `written` stands for: `least` to `limit` tokens.
pub(crate) fn check(written: &Value, least: u16, limit: Tokens) -> Result<Tokens, BadCeiling> {
    match (written.as_u64(), written.as_i64()) {
        (_, Some(found)) if found < least.into() => Err(BadCeiling::TooSmall { found }),
        (Some(found), _) if found > limit.get() => Err(BadCeiling::TooLarge { found }),
        (Some(found), _) => Ok(Tokens::new(found)),
        (None, _) => Err(BadCeiling::NotInteger {
            kind: kind(written),
        }),
    }
}

/// What a value is, with its article.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        // What is left of the numbers: fractions, exponents, and more than 64 bits.
        Value::Number(_) => "a decimal number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_whole_numbers_up_to_the_limit_pass() {
        let check = |written: Value| super::check(&written, 1, Tokens::new(100));
        let not = |kind| Err(BadCeiling::NotInteger { kind });
        assert_eq!(check(json!(1)), Ok(Tokens::new(1)));
        assert_eq!(check(json!(100)), Ok(Tokens::new(100)));
        assert_eq!(check(json!(101)), Err(BadCeiling::TooLarge { found: 101 }));
        let huge = u64::MAX;
        assert_eq!(
            check(json!(huge)),
            Err(BadCeiling::TooLarge { found: huge })
        );
        assert_eq!(check(json!(0)), Err(BadCeiling::TooSmall { found: 0 }));
        assert_eq!(check(json!(-5)), Err(BadCeiling::TooSmall { found: -5 }));
        assert_eq!(check(json!(50.0)), not("a decimal number"));
        assert_eq!(check(json!("50")), not("a string"));
        assert_eq!(check(json!(true)), not("a boolean"));
        assert_eq!(check(json!([50])), not("an array"));
        let check = |written: Value| super::check(&written, 16, Tokens::new(100));
        assert_eq!(check(json!(16)), Ok(Tokens::new(16)));
        assert_eq!(check(json!(15)), Err(BadCeiling::TooSmall { found: 15 }));
    }
}
