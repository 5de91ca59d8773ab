//! What a provider counts of a call against its limit of tokens in a minute (provider facts of 2026-11,
//! section 6).

use std::num::NonZeroU32;

use autopack_core::{Provider, Tokens, Usage};
use autopack_wire::RequestSizes;

/// The bytes of a token of English text: OpenAI's rule of thumb (help.openai.com, article 4936856).
/// Other languages take more bytes as well as more tokens for a character.
const BYTES_PER_TOKEN: u64 = 4;

/// The tokens of an image or a document: the largest that Claude sees of an image without scaling it
/// (platform.claude.com/docs/en/build-with-claude/vision).
const TOKENS_PER_MEDIUM: u64 = 1600;

/// What counts of a call when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counting {
    /// What goes in: Anthropic and Gemini.
    Input,
    /// What goes in or the ceiling, whichever is larger: OpenAI.
    Larger,
    /// What goes in and the ceiling, the model's limit where there is none: Azure, Bedrock, and what is
    /// safe to assume of others.
    Sum,
}

impl Counting {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Input, Self::Larger, Self::Sum];

    /// The word in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Larger => "larger",
            Self::Sum => "sum",
        }
    }

    /// How a server counts, by whose dialect it speaks and whether it is the vendor's own.
    #[must_use]
    pub const fn of(provider: Provider, is_vendor: bool) -> Self {
        match (provider, is_vendor) {
            (Provider::Anthropic | Provider::Gemini, true) => Self::Input,
            (Provider::OpenAi, true) => Self::Larger,
            (_, false) => Self::Sum,
        }
    }

    /// What will be counted of a call.
    pub(super) fn reserved(
        self,
        input: Tokens,
        ceiling: Option<Tokens>,
        limit: Option<Tokens>,
    ) -> Tokens {
        let output = match self {
            Self::Input => return input,
            Self::Larger => return input.at_least(ceiling.unwrap_or_default()),
            Self::Sum => ceiling.or(limit).unwrap_or_default(),
        };
        input.plus(output)
    }

    /// What was counted of it in the end, an output token as so many; `None` where that is what was counted at
    /// first, or unknown.
    pub(super) fn counted(self, usage: &Usage, output_weight: NonZeroU32) -> Option<Tokens> {
        match self {
            Self::Input => usage.input.reported(),
            // Nothing says that OpenAI counts again.
            Self::Larger => None,
            Self::Sum => {
                let (input, output) = usage.input.reported().zip(usage.output.reported())?;
                Some(input.plus(output.times(output_weight.get().into())))
            }
        }
    }
}

/// What is known of a call before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prediction {
    input: Tokens,
    n_answers: u64,
}

impl Prediction {
    /// Of a request of these sizes that asks for so many answers.
    pub(crate) fn of(sizes: &RequestSizes, n_answers: Option<u64>) -> Self {
        let bytes = sizes.text_bytes.saturating_add(sizes.tools_bytes) as u64;
        let media = (sizes.n_media as u64).saturating_mul(TOKENS_PER_MEDIUM);
        Self {
            input: Tokens::new(bytes.div_ceil(BYTES_PER_TOKEN).saturating_add(media)),
            n_answers: n_answers.unwrap_or(1).max(1),
        }
    }

    /// Of a request of which the length is all that is known.
    pub(crate) fn of_bytes(bytes: usize) -> Self {
        Self {
            input: Tokens::new((bytes as u64).div_ceil(BYTES_PER_TOKEN)),
            n_answers: 1,
        }
    }

    /// What will go in.
    pub(crate) const fn input(&self) -> Tokens {
        self.input
    }

    /// What a provider that counts so will count of it.
    pub(crate) fn reserved(
        &self,
        counting: Counting,
        ceiling: Option<Tokens>,
        limit: Option<Tokens>,
    ) -> Tokens {
        let all = |tokens: Tokens| tokens.times(self.n_answers);
        counting.reserved(self.input, ceiling.map(all), limit.map(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_counts_in_its_own_way() {
        let sizes = RequestSizes {
            text_bytes: 4000,
            tools_bytes: 398,
            n_media: 1,
            ..RequestSizes::default()
        };
        let (ceiling, limit) = (Some(Tokens::new(4096)), Some(Tokens::new(64_000)));
        for (counting, n_answers, ceiling, expected) in [
            (Counting::Input, None, ceiling, 2700),
            (Counting::Larger, None, ceiling, 4096),
            (Counting::Larger, Some(3), ceiling, 3 * 4096),
            (Counting::Larger, None, None, 2700),
            (Counting::Sum, None, ceiling, 2700 + 4096),
            (Counting::Sum, None, None, 2700 + 64_000),
        ] {
            let call = Prediction::of(&sizes, n_answers);
            let reserved = call.reserved(counting, ceiling, limit);
            assert_eq!(
                reserved,
                Tokens::new(expected),
                "{counting:?} {n_answers:?}"
            );
        }
        assert_eq!(Prediction::of_bytes(9).input, Tokens::new(3));
    }

    #[test]
    fn vendors_count_as_they_say_and_others_as_is_safe() {
        assert_eq!(Counting::of(Provider::Anthropic, true), Counting::Input);
        assert_eq!(Counting::of(Provider::OpenAi, true), Counting::Larger);
        assert_eq!(Counting::of(Provider::Anthropic, false), Counting::Sum);
    }
}
