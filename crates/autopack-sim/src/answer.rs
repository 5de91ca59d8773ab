//! How long a reply is, and why it ends. Knows no dialect.

use autopack_core::Tokens;

/// Why a reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All was said.
    Natural,
    /// There was more to say than the ceiling allowed.
    Ceiling,
    /// The context window was full.
    Window,
}

/// What a reply comes to, in output tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Spent on reasoning, before the first visible token.
    pub(crate) reasoning: Tokens,
    /// Written out.
    pub(crate) visible: Tokens,
    /// Why it stopped there.
    pub(crate) end: End,
}

impl Answer {
    /// What is left of the wanted tokens under `ceiling`. Reasoning comes first and is spent first,
    /// on every provider (`providers.md`, section 1: the ceiling covers reasoning).
    pub(crate) fn new(reasoning: Tokens, visible: Tokens, ceiling: Tokens) -> Self {
        let end = if reasoning.plus(visible) > ceiling {
            End::Ceiling
        } else {
            End::Natural
        };
        let reasoning = reasoning.at_most(ceiling);
        let left = Tokens::new(ceiling.get() - reasoning.get());
        Self {
            reasoning,
            visible: visible.at_most(left),
            end,
        }
    }

    /// The same, as if it had ended by itself.
    pub(crate) fn unsaid(self) -> Self {
        Self {
            end: End::Natural,
            ..self
        }
    }

    /// The half of it that a full context window leaves.
    pub(crate) fn halved(self) -> Self {
        Self {
            visible: Tokens::new(self.visible.get() / 2),
            end: End::Window,
            ..self
        }
    }

    /// Whether reasoning took all that the ceiling allowed, and there was more to come.
    pub(crate) fn is_exhausted(self) -> bool {
        self.end == End::Ceiling && self.visible == Tokens::new(0)
    }

    /// All output tokens: what usage reports and the ceiling bounds.
    pub(crate) fn output(self) -> Tokens {
        self.reasoning.plus(self.visible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::MAX_SCRIPTED_TOKENS;
    use proptest::prelude::*;

    fn answer(reasoning: u64, visible: u64, ceiling: u64) -> (u64, u64, End) {
        let [reasoning, visible, ceiling] = [reasoning, visible, ceiling].map(Tokens::new);
        let answer = Answer::new(reasoning, visible, ceiling);
        (answer.reasoning.get(), answer.visible.get(), answer.end)
    }

    #[test]
    fn reasoning_is_spent_first() {
        assert_eq!(answer(0, 1200, 4096), (0, 1200, End::Natural));
        assert_eq!(answer(0, 0, 1), (0, 0, End::Natural));
        assert_eq!(answer(96, 4000, 4096), (96, 4000, End::Natural));
        assert_eq!(answer(97, 4000, 4096), (97, 3999, End::Ceiling));
        assert_eq!(answer(5000, 1000, 4096), (4096, 0, End::Ceiling));
        assert_eq!(answer(4096, 0, 4096), (4096, 0, End::Natural));
    }

    proptest! {
        #[test]
        fn a_cut_reply_fills_its_ceiling_and_no_reply_exceeds_it(
            reasoning in 0..=MAX_SCRIPTED_TOKENS.get(),
            visible in 0..=MAX_SCRIPTED_TOKENS.get(),
            ceiling in 1..=2 * MAX_SCRIPTED_TOKENS.get(),
        ) {
            let [reasoning, visible, ceiling] = [reasoning, visible, ceiling].map(Tokens::new);
            let answer = Answer::new(reasoning, visible, ceiling);
            prop_assert!(answer.reasoning <= reasoning && answer.visible <= visible);
            match answer.end {
                End::Natural => {
                    prop_assert_eq!(answer.output(), reasoning.plus(visible));
                    prop_assert!(answer.output() <= ceiling);
                }
                End::Window => prop_assert!(false, "nothing says so"),
                End::Ceiling => {
                    prop_assert_eq!(answer.output(), ceiling);
                    prop_assert!(reasoning.plus(visible) > ceiling);
                    prop_assert!(answer.visible == Tokens::new(0) || answer.reasoning == reasoning);
                }
            }
        }
    }
}
