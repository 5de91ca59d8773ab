//! What a request says of thinking
//! (platform.claude.com/docs/en/build-with-claude/extended-thinking).

use autopack_core::{ModelEntry, ThinkingControl, Tokens};
use serde::Deserialize;
use serde_json::Value;

use crate::ceiling::{self, BadCeiling};
use crate::prompt::Text;
use crate::reply::Choice;
use crate::text::VisibleText;

use super::refusal::Refusal;

/// The least budget, in tokens (`providers.md`, section 2).
const LEAST_BUDGET: u16 = 1024;

/// The feature that lets a budget be larger than the ceiling, as it begins in the beta header.
const INTERLEAVED: &[u8] = b"interleaved-thinking-";

/// `thinking` as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct ThinkingParam<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    budget_tokens: Option<Value>,
    #[serde(borrow)]
    display: Option<Text<'a>>,
}

/// Whether a reply thinks, and shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// Not said: as the scenario has it, and nothing is shown.
    Unsaid,
    Off,
    On {
        /// The most tokens, where that is said.
        budget: Option<Tokens>,
        /// Whether the thoughts themselves are shown, or only that there were some.
        is_shown: bool,
    },
}

impl Thinking {
    /// The most that may be thought.
    pub(super) fn limit(self) -> Option<Tokens> {
        match self {
            Self::Unsaid => None,
            Self::Off => Some(Tokens::new(0)),
            Self::On { budget, .. } => budget,
        }
    }

    /// What a reply tells of its thoughts: nothing, that there were some, or all.
    pub(super) fn thoughts(self, choice: &Choice) -> Option<VisibleText> {
        match self {
            Self::On { is_shown, .. } if choice.answer.reasoning > Tokens::new(0) => {
                Some(if is_shown {
                    choice.thoughts.clone()
                } else {
                    VisibleText::words(choice.id, Tokens::new(0))
                })
            }
            Self::On { .. } | Self::Unsaid | Self::Off => None,
        }
    }
}

impl ThinkingParam<'_> {
    /// What it means for a model with that ceiling, and `beta` in the header.
    pub(super) fn read(
        &self,
        entry: &ModelEntry,
        max_tokens: Tokens,
        beta: Option<&[u8]>,
    ) -> Result<Thinking, Refusal> {
        let is_shown = self.display.as_ref().map(Text::as_str) != Some("omitted");
        let budget = match self.kind.as_str() {
            "disabled" => return Ok(Thinking::Off),
            "adaptive" | "between_tools" => None,
            "enabled" if entry.thinking_control == ThinkingControl::Effort => {
                return Err(Refusal::invalid(
                    "\"thinking.type.enabled\" is not supported for this model. Use \
                     \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking \
                     behavior."
                        .to_owned(),
                ));
            }
            "enabled" => Some(self.budget()?),
            _ => {
                return Err(Refusal::invalid(
                    "thinking: Input tag does not match any of the expected tags: 'adaptive', \
                     'between_tools', 'disabled', 'enabled'"
                        .to_owned(),
                ));
            }
        };
        if budget.is_some_and(|budget| budget >= max_tokens) && !is_interleaved(beta) {
            return Err(Refusal::invalid(
                "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our \
                 documentation at https://docs.claude.com/en/docs/build-with-claude/\
                 extended-thinking#max-tokens-and-context-window-size"
                    .to_owned(),
            ));
        }
        Ok(Thinking::On { budget, is_shown })
    }

    fn budget(&self) -> Result<Tokens, Refusal> {
        const NAME: &str = "thinking.enabled.budget_tokens";
        let Some(written) = &self.budget_tokens else {
            return Err(Refusal::missing(NAME));
        };
        match ceiling::check(written, LEAST_BUDGET, Tokens::new(u64::MAX)) {
            Ok(budget) => Ok(budget),
            Err(BadCeiling::TooSmall { .. }) => Err(Refusal::too_small(NAME, LEAST_BUDGET)),
            Err(_) => Err(Refusal::no_integer(NAME)),
        }
    }
}

fn is_interleaved(beta: Option<&[u8]>) -> bool {
    let features = beta.unwrap_or_default().split(|byte| *byte == b',');
    features
        .map(<[u8]>::trim_ascii)
        .any(|feature| feature.starts_with(INTERLEAVED))
}
