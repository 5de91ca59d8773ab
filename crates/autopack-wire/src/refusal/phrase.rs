//! Looks for phrases in a message, and for the number beside one. Messages are in lower case here.

use autopack_core::Tokens;

/// What follows the first `phrase` in `text`.
pub(super) fn after<'t>(text: &'t str, phrase: &str) -> Option<&'t str> {
    text.split_once(phrase).map(|(_, rest)| rest)
}

/// The number right behind the first `phrase`; quotes and brackets may stand between.
pub(super) fn number_after(text: &str, phrase: &str) -> Option<Tokens> {
    leading_number(after(text, phrase)?)
}

/// The last number before the first `phrase`.
pub(super) fn number_before(text: &str, phrase: &str) -> Option<Tokens> {
    let (before, _) = text.split_once(phrase)?;
    let up_to_it = before.trim_end_matches(|c: char| !c.is_ascii_digit());
    let before_it = up_to_it.trim_end_matches(is_of_number);
    leading_number(&up_to_it[before_it.len()..])
}

/// The number that `text` begins with.
pub(super) fn leading_number(text: &str) -> Option<Tokens> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "`'\"([:=".contains(c));
    let end = text.find(|c: char| !is_of_number(c)).unwrap_or(text.len());
    let digits: String = text[..end].chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok().map(Tokens::new)
}

/// Digits, and what stands between groups of them.
fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || c == ',' || c == '_'
}

/// The name right behind the first of `phrases`: up to a quote, a space or a full stop at the end.
pub(super) fn name_after<'t>(text: &'t str, phrases: &[&str]) -> Option<&'t str> {
    let rest = phrases.iter().find_map(|phrase| after(text, phrase))?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "`'\":".contains(c));
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c)))
        .unwrap_or(rest.len());
    let name = rest[..end].trim_end_matches('.');
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beside_a_phrase_are_found() {
        let number = |found: Option<Tokens>| found.map(Tokens::get);
        assert_eq!(
            number(number_after("at most 16,384 tokens", "at most ")),
            Some(16_384)
        );
        assert_eq!(
            number(number_after("equal to `8192`, the", "equal to ")),
            Some(8192)
        );
        assert_eq!(number(number_after("at most some", "at most ")), None);
        assert_eq!(
            number(number_before("9 > 4096, which is", ", which is")),
            Some(4096)
        );
        assert_eq!(number(number_before("which is", "which is")), None);
        assert_eq!(
            number(number_before("é7, which is", ", which is")),
            Some(7),
            "a longer character stands before it"
        );
        let huge = "at most 99999999999999999999999";
        assert_eq!(number(number_after(huge, "at most ")), None);
    }
}
