//! Reads one line: who is asked, about which phase.

use std::borrow::Cow;
use std::str::FromStr;

use autopack_core::{
    CallFacts, CallerCeiling, Catalogue, Phase, PhaseDraft, Provider, ThinkingSetting, Tokens,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::files::Files;

/// A line, as the interface defines it. Unknown fields pass: callers may keep their own beside ours.
#[derive(Deserialize)]
pub(super) struct Question<'a> {
    /// Whatever the caller knows the line by; repeated as it came.
    #[serde(borrow)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow)]
    provider: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) model: Cow<'a, str>,
    phase: PhaseDraft,
    caller_max_tokens: Option<CallerCeiling>,
    #[serde(borrow)]
    effort: Option<Cow<'a, str>>,
    #[serde(borrow)]
    template: Option<Cow<'a, str>>,
    estimated_input_tokens: Option<u64>,
    #[serde(borrow)]
    pub(super) workspace_files: Option<Files<'a>>,
    #[serde(borrow)]
    pub(super) context_files: Option<Files<'a>>,
}

impl Question<'_> {
    /// The run that the phase belongs to; empty where the line names none.
    pub(super) fn run_id(&mut self) -> String {
        self.phase.run_id.take().unwrap_or_default()
    }

    /// The phase; the line's own `caller_max_tokens` goes before the phase's `max_tokens`.
    pub(super) fn phase(&mut self) -> Phase {
        let mut draft = std::mem::take(&mut self.phase);
        draft.max_tokens = self.caller_max_tokens.or(draft.max_tokens);
        draft.into()
    }

    /// How the model is told to think, where the phase wishes for it.
    ///
    /// # Errors
    /// [`Refusal`] where the model cannot be told what the phase wishes.
    pub(super) fn thinking(
        &self,
        catalogue: &Catalogue,
    ) -> Result<Option<ThinkingSetting>, Refusal> {
        let wish = self.phase.thinking();
        if wish.is_empty() {
            return Ok(None);
        }
        let entry = catalogue.find(self.provider(), &self.model).entry;
        match wish.of(entry.thinking_control) {
            Ok(thinking) => Ok(thinking),
            Err(bad) => Err(Refusal {
                code: "thinking_not_possible",
                message: format!(
                    "the phase asks for thinking, and model `{}` of {} {bad}",
                    self.model, self.provider
                ),
            }),
        }
    }

    /// What is known of the call beyond its phase and provider: what the line says, and the effort that the
    /// phase asks for.
    pub(super) fn facts(&self, asked: Option<ThinkingSetting>) -> CallFacts<'_> {
        let asked = asked.map(|thinking| CallFacts::effort_of(Some(thinking)));
        CallFacts {
            model: Some(&self.model),
            effort: self.effort.as_deref().or(asked),
            template: self.template.as_deref(),
            estimated_input: self.estimated_input_tokens.map(Tokens::new),
        }
    }

    /// Whose rules apply; the name was checked when the line was read.
    pub(super) fn provider(&self) -> Provider {
        Provider::from_str(&self.provider).expect("checked when the line was read")
    }
}

/// Why a line was not decided: a stable code, and words.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Result<Question<'_>, Refusal> {
    let text = std::str::from_utf8(line).map_err(|error| Refusal {
        code: "invalid_json",
        message: format!(
            "the line is not UTF-8 (byte {}): send it as UTF-8",
            error.valid_up_to()
        ),
    })?;
    let question: Question<'_> = serde_json::from_str(text).map_err(|error| refusal(&error))?;
    match Provider::from_str(&question.provider) {
        Ok(_) => Ok(question),
        Err(error) => Err(Refusal {
            code: "unknown_provider",
            message: error.to_string(),
        }),
    }
}

fn refusal(error: &serde_json::Error) -> Refusal {
    let code = match error.classify() {
        serde_json::error::Category::Data => "invalid_request",
        _ => "invalid_json",
    };
    Refusal {
        code,
        message: error.to_string(),
    }
}
