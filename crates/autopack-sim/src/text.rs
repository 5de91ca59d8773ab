//! The visible text of a reply: made-up words, one for each token, or a script.
//!
//! Text is written from its beginning on, in one go or in pieces; both give the same bytes, and a
//! reply cut at a lower ceiling is the beginning of the longer one.

use std::sync::Arc;

use autopack_core::Tokens;

/// Bytes in a token where nobody counts: the usual rule for English text
/// (help.openai.com article 4936856, "What are tokens": about four characters).
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens in one piece of a stream: providers send a few words at a time, and a reply of 1,200
/// tokens comes in 75 pieces.
const TOKENS_PER_PIECE: u64 = 16;

/// Bytes in a made-up word with its space, at most.
const MAX_WORD_BYTES: u64 = 6;

/// The made-up words, each with the space in front of it.
const WORDS: [&str; 64] = [
    " lofo", " some", " bafo", " kosun", " loko", " daba", " koko", " dasun", " griti", " nefo",
    " vikso", " koti", " palba", " datam", " tamli", " palko", " renti", " renli", " koso",
    " neme", " dati", " tamda", " liko", " tamne", " dane", " loren", " vikko", " viklo", " nesun",
    " palli", " baren", " palne", " bane", " metam", " tipal", " dali", " palme", " kofo",
    " sunne", " bagri", " loli", " dalo", " meren", " sovik", " neren", " lopal", " soda",
    " vikli", " tamso", " daso", " daren", " renko", " kovik", " davik", " tamko", " mene",
    " renne", " renso", " foti", " palso", " netam", " dako", " soti", " koda",
];

/// What a reply that goes round in circles says where it has no text of its own.
const ROUND: &str = "I will try that again. ";

/// An estimate of the tokens in `n_bytes` of text, rounded up.
pub(crate) fn estimated_tokens(n_bytes: usize) -> Tokens {
    Tokens::new((n_bytes as u64).div_ceil(BYTES_PER_TOKEN))
}

/// `text` over and over, longer than `n_tokens`; words that go round in circles, where it is empty.
pub(crate) fn going_round(text: &str, n_tokens: Tokens) -> Arc<str> {
    let text = if text.is_empty() { ROUND } else { text };
    let n_bytes = n_tokens.get().saturating_mul(BYTES_PER_TOKEN);
    let n_rounds = n_bytes / text.len() as u64 + 1;
    text.repeat(usize::try_from(n_rounds).unwrap_or(usize::MAX))
        .into()
}

/// A piece of a reply's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The text.
    pub(crate) text: String,
    /// The visible tokens up to its end.
    pub(crate) so_far: Tokens,
}

/// The visible text of one reply. As an iterator it gives what is left in pieces.
#[derive(Clone, Debug)]
pub(crate) struct VisibleText {
    source: Source,
    /// Tokens written.
    n_written: u64,
    /// Tokens to write.
    n_tokens: u64,
}

#[derive(Clone, Debug)]
enum Source {
    Words { state: u64 },
    Script { text: Arc<str>, n_tokens: u64 },
}

impl VisibleText {
    /// `visible` made-up words that follow from `seed`.
    pub(crate) fn words(seed: u64, visible: Tokens) -> Self {
        Self {
            source: Source::Words { state: seed },
            n_written: 0,
            n_tokens: visible.get(),
        }
    }

    /// The first `visible` tokens of `text`, which has `whole` tokens, all alike in length.
    pub(crate) fn script(text: Arc<str>, whole: Tokens, visible: Tokens) -> Self {
        let n_tokens = whole.get();
        Self {
            source: Source::Script { text, n_tokens },
            n_written: 0,
            n_tokens: visible.get(),
        }
    }

    /// How many tokens it has.
    pub(crate) fn n_tokens(&self) -> Tokens {
        Tokens::new(self.n_tokens)
    }

    /// How many pieces it comes in.
    pub(crate) fn n_pieces(&self) -> u64 {
        self.n_tokens.div_ceil(TOKENS_PER_PIECE)
    }

    /// All of it.
    pub(crate) fn whole(mut self) -> String {
        let mut text = String::new();
        self.write(self.n_tokens, &mut text);
        text
    }

    /// Writes the next `n_tokens`.
    fn write(&mut self, n_tokens: u64, out: &mut String) {
        let end = self.n_written + n_tokens;
        match &mut self.source {
            Source::Words { state } => {
                let room = n_tokens.saturating_mul(MAX_WORD_BYTES);
                out.reserve(usize::try_from(room).unwrap_or_default());
                for place in self.n_written..end {
                    let word = next_word(state);
                    out.push_str(if place == 0 { word.trim_start() } else { word });
                }
            }
            Source::Script { text, n_tokens } => {
                let from = boundary(text, self.n_written, *n_tokens);
                let to = boundary(text, end, *n_tokens);
                out.push_str(&text[from..to]);
            }
        }
        self.n_written = end;
    }
}

impl Iterator for VisibleText {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let n_tokens = TOKENS_PER_PIECE.min(self.n_tokens - self.n_written);
        if n_tokens == 0 {
            return None;
        }
        let mut text = String::new();
        self.write(n_tokens, &mut text);
        Some(Piece {
            text,
            so_far: Tokens::new(self.n_written),
        })
    }
}

/// Where in `text` the first `n_tokens` of its `whole` tokens end, in bytes.
fn boundary(text: &str, n_tokens: u64, whole: u64) -> usize {
    let scaled = u128::from(n_tokens) * (text.len() as u128) / u128::from(whole.max(1));
    // Beyond the end is the end, and inside a character is before it.
    text.floor_char_boundary(usize::try_from(scaled).unwrap_or(usize::MAX))
}

/// The next word: a step of Knuth's MMIX generator, of which the top bits are the good ones.
fn next_word(state: &mut u64) -> &'static str {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let [top, ..] = state.to_be_bytes();
    WORDS[usize::from(top) % WORDS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(n_tokens: u64) -> VisibleText {
        VisibleText::words(42, Tokens::new(n_tokens))
    }

    fn script(text: &str, whole: u64, visible: u64) -> VisibleText {
        VisibleText::script(text.into(), Tokens::new(whole), Tokens::new(visible))
    }

    #[test]
    fn a_token_is_a_word() {
        for n_tokens in [0, 1, 15, 16, 17, 1200] {
            let text = words(n_tokens).whole();
            assert_eq!(text.split_whitespace().count() as u64, n_tokens);
        }
        let text = words(10_000).whole();
        assert!((50_000..60_000).contains(&text.len()), "{}", text.len());
    }

    #[test]
    fn a_cut_text_is_the_beginning_of_the_whole() {
        let whole = words(1000).whole();
        assert!(whole.starts_with(&words(900).whole()));
        assert_ne!(whole, VisibleText::words(43, Tokens::new(1000)).whole());
    }

    #[test]
    fn a_script_is_cut_by_tokens_between_characters() {
        assert_eq!(script("abcdefgh", 4, 4).whole(), "abcdefgh");
        assert_eq!(script("abcdefgh", 4, 3).whole(), "abcdef");
        assert_eq!(script("abcdefgh", 4, 0).whole(), "");
        assert_eq!(script("ääää", 8, 3).whole(), "ä");
        assert_eq!(script("abc", 0, 0).whole(), "");
        assert_eq!(script("", 5, 5).whole(), "");
    }

    #[test]
    fn a_round_is_longer_than_any_ceiling() {
        for text in ["", "abc", "abcd"] {
            for ceiling in [0, 1, 3, 100].map(Tokens::new) {
                let round = going_round(text, ceiling);
                assert!(round.starts_with(text) && estimated_tokens(round.len()) > ceiling);
            }
        }
    }

    #[test]
    fn estimates_round_up() {
        assert_eq!(
            [0, 1, 4, 5].map(estimated_tokens),
            [0, 1, 1, 2].map(Tokens::new)
        );
    }

    proptest! {
        #[test]
        fn pieces_add_up_to_the_whole(
            source in "\\PC{0,60}",
            whole in 0_u64..200,
            cut in 0_u64..200,
        ) {
            let visible = whole.min(cut);
            for text in [words(visible), script(&source, whole, visible)] {
                let pieces: Vec<Piece> = text.clone().collect();
                let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
                prop_assert_eq!(joined, text.clone().whole());
                let last = pieces.last().map_or(0, |piece| piece.so_far.get());
                prop_assert_eq!(last, visible);
                prop_assert_eq!(pieces.len() as u64, text.n_pieces());
            }
            if visible == whole && whole > 0 {
                prop_assert_eq!(script(&source, whole, visible).whole(), source);
            }
        }
    }
}
