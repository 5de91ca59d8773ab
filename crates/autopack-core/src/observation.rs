//! What a call taught us: usage as the provider reported it, and why the output ended.
//!
//! Unknown is never zero: a count that was not reported is [`Count::Unreported`], and a stop reason
//! that nobody knows is [`StopReason::Unknown`] with its native text kept.

use crate::tokens::Tokens;

/// A count of tokens that a provider may have left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// The provider said so.
    Reported(Tokens),
    /// The provider said nothing that can be read as a count.
    #[default]
    Unreported,
}

impl Count {
    /// The tokens, where they were reported.
    #[must_use]
    pub const fn reported(self) -> Option<Tokens> {
        match self {
            Self::Reported(tokens) => Some(tokens),
            Self::Unreported => None,
        }
    }

    /// This count, or `other` where this one was not reported.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        match self {
            Self::Reported(_) => self,
            Self::Unreported => other,
        }
    }
}

impl From<Option<u64>> for Count {
    fn from(count: Option<u64>) -> Self {
        count.map_or(Self::Unreported, |count| Self::Reported(Tokens::new(count)))
    }
}

/// Usage of one call, in the provider's own tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// What went in, cached or not.
    pub input: Count,
    /// The part of the input that was read from the provider's cache.
    pub cached: Count,
    /// All that came out, visible and reasoning together: what the ceiling bounds.
    pub output: Count,
    /// The reasoning part of the output.
    pub reasoning: Count,
}

impl Usage {
    /// The visible part of the output, where both its whole and its reasoning part are known.
    #[must_use]
    pub fn visible(&self) -> Count {
        let both = self.output.reported().zip(self.reasoning.reported());
        let visible = both.and_then(|(all, reasoning)| all.get().checked_sub(reasoning.get()));
        Count::from(visible)
    }
}

/// Why the output ended, in one vocabulary for all providers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The model was done.
    EndTurn,
    /// The ceiling cut it off.
    MaxTokens,
    /// The context window was full.
    ContextWindow,
    /// A stop sequence came up.
    StopSequence,
    /// The model calls a tool.
    ToolUse,
    /// A long turn was paused and may go on.
    Pause,
    /// The provider or the model declined.
    Refusal,
    /// Something else, or nothing was said.
    #[default]
    Unknown,
}

impl StopReason {
    /// The word in tables and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndTurn => "end_turn",
            Self::MaxTokens => "max_tokens",
            Self::ContextWindow => "context_window",
            Self::StopSequence => "stop_sequence",
            Self::ToolUse => "tool_use",
            Self::Pause => "pause",
            Self::Refusal => "refusal",
            Self::Unknown => "unknown",
        }
    }
}

/// A stop reason with the provider's own text for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// The reason, normalised.
    pub reason: StopReason,
    /// The provider's own text, where it gave one.
    pub native: Option<String>,
}

impl Stop {
    /// Whether it says that the output was cut off, by the ceiling or by a full window.
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        matches!(
            self.reason,
            StopReason::MaxTokens | StopReason::ContextWindow
        )
    }
}

/// What a call says about the length of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputObserved {
    /// The model stopped by itself: the true length.
    Exactly(Tokens),
    /// The output was cut off: the true length is at least this.
    AtLeast(Tokens),
    /// No usage was reported.
    Unreported,
}

impl OutputObserved {
    /// What `usage` says of an output that was cut off or not. The stop reason alone does not tell: some
    /// servers report a cut as an end.
    #[must_use]
    pub const fn of(usage: &Usage, is_truncated: bool) -> Self {
        match usage.output.reported() {
            None => Self::Unreported,
            Some(tokens) if is_truncated => Self::AtLeast(tokens),
            Some(tokens) => Self::Exactly(tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(count: u64) -> Count {
        Count::Reported(Tokens::new(count))
    }

    #[test]
    fn a_cut_off_answer_is_a_lower_bound() {
        let usage = Usage {
            output: tokens(4096),
            ..Usage::default()
        };
        assert_eq!(
            OutputObserved::of(&usage, true),
            OutputObserved::AtLeast(Tokens::new(4096))
        );
        assert_eq!(
            OutputObserved::of(&usage, false),
            OutputObserved::Exactly(Tokens::new(4096))
        );
        assert_eq!(
            OutputObserved::of(&Usage::default(), true),
            OutputObserved::Unreported
        );
    }

    #[test]
    fn the_visible_part_needs_both_counts() {
        let usage = Usage {
            output: tokens(100),
            reasoning: tokens(30),
            ..Usage::default()
        };
        assert_eq!(usage.visible(), tokens(70));
        assert_eq!(
            Usage {
                reasoning: Count::Unreported,
                ..usage
            }
            .visible(),
            Count::Unreported
        );
        assert_eq!(
            Usage {
                reasoning: tokens(200),
                ..usage
            }
            .visible(),
            Count::Unreported
        );
    }
}
