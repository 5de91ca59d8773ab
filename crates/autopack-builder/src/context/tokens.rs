//! Counts tokens offline, with the vocabulary of current OpenAI models (`o200k_base`), which is built
//! into the program. Other providers count somewhat differently: a budget is a size, not a promise.

use autopack_core::Tokens;

/// The longest piece that is counted at once, in bytes. The tokenizer's pattern is matched by
/// backtracking, which gives up (and panics) on runs of about a million blanks; and joining bytes to
/// tokens takes more than linear time in long runs.
const MAX_PIECE_BYTES: usize = 4096;

/// How many tokens `text` has. Lines are counted one by one, which gives a token or so more for each
/// run of blank lines.
#[must_use]
pub fn count_tokens(text: &str) -> Tokens {
    counts(text).fold(Tokens::default(), Tokens::plus)
}

/// How many tokens `text` has, where those are at most `budget`; no more than that many are counted.
pub(super) fn count_within(text: &str, budget: Tokens) -> Option<Tokens> {
    counts(text).try_fold(Tokens::default(), |sum, n_tokens| {
        Some(sum.plus(n_tokens)).filter(|sum| *sum <= budget)
    })
}

/// The counts of the pieces of `text`.
fn counts(text: &str) -> impl Iterator<Item = Tokens> {
    let tokenizer = tiktoken_rs::o200k_base_singleton();
    text.split_inclusive('\n')
        .flat_map(pieces)
        .map(|piece| Tokens::new(tokenizer.count_ordinary(piece) as u64))
}

/// `line` in pieces that can be counted.
fn pieces(mut line: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (piece, rest) = line.split_at(line.floor_char_boundary(MAX_PIECE_BYTES));
        line = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_vocabulary() {
        for (text, expected) in [
            ("", 0),
            ("Hello, world!", 4),
            ("Hello, world!\nHello, world!\n", 8),
            ("tokenization", 2),
        ] {
            let expected = Tokens::new(expected);
            assert_eq!(count_tokens(text), expected, "{text}");
            assert_eq!(count_within(text, expected), Some(expected), "{text}");
        }
        assert_eq!(count_within("Hello, world!", Tokens::new(3)), None);
    }

    #[test]
    fn no_text_is_too_odd_to_be_counted() {
        for unit in [" ", "é"] {
            let text = unit.repeat(1_000_000 / unit.len()) + "x";
            assert!(count_tokens(&text).get() > 1000, "{unit:?}");
        }
    }
}
