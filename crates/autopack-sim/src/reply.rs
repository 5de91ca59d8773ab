//! A reply before a dialect gives it its form.

use autopack_core::{Provider, Tokens};

use crate::answer::Answer;
use crate::call::Call;
use crate::fingerprint::Fingerprint;
use crate::server::Simulator;
use crate::text::{VisibleText, estimated_tokens};

/// When every reply was made, in seconds since 1970: 2026-01-01T00:00:00Z. One constant instead of
/// the clock, so that the same request gives the same bytes on every run.
pub(crate) const CREATED_S: u64 = 1_767_225_600;

/// What is asked, as far as the reply depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) provider: Provider,
    pub(crate) model: &'a str,
    pub(crate) call: Call<'a>,
    /// What holds for this call: the request's own ceiling, or else the model's limit.
    pub(crate) ceiling: Tokens,
}

/// What is said.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// What the reply's id is made from.
    pub(crate) id: u64,
    /// The length of the prompt, estimated.
    pub(crate) input: Tokens,
    pub(crate) answer: Answer,
    pub(crate) text: VisibleText,
}

impl Simulator {
    /// The reply to `question` with a prompt of `texts`.
    pub(crate) fn reply<'a>(
        &self,
        question: Question<'_>,
        texts: impl Iterator<Item = &'a str>,
    ) -> Reply {
        let Question {
            provider,
            model,
            call,
            ceiling,
        } = question;
        let mut fingerprint = Fingerprint::new(self.seed)
            .bytes(model.as_bytes())
            .optional(call.phase.map(str::as_bytes))
            .number(call.attempt.get() as u64);
        let mut n_bytes = 0;
        for text in texts {
            fingerprint = fingerprint.bytes(text.as_bytes());
            n_bytes += text.len();
        }
        let id = fingerprint.finish();
        let wanted = self.scenario.wanted(call);
        let answer = Answer::new(wanted.reasoning, wanted.visible, ceiling);
        tracing::debug!(
            %provider,
            model,
            phase = call.phase,
            attempt = call.attempt,
            ceiling_tokens = ceiling.get(),
            output_tokens = answer.output().get(),
            end = ?answer.end,
            "reply"
        );
        Reply {
            id,
            input: estimated_tokens(n_bytes),
            answer,
            text: match wanted.text {
                Some(text) => VisibleText::script(text, wanted.visible, answer.visible),
                None => VisibleText::words(id, answer.visible),
            },
        }
    }
}
