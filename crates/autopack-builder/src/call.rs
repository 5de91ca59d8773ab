//! One call of a job: the prompt goes out, the reply comes back, is kept, and changes the workspace where
//! the phase is built.

use autopack_core::{CallFacts, CeilingParameter, Decision, ThinkingSetting, Tokens};
use autopack_provider::{Answer, Labels, ProviderError, Repair};
use autopack_wire::{Continuation, Reply, Request, Truncation, truncation};

use crate::build::Asked;
use crate::cut::Cut;
use crate::outcome::{Attempt, Failure, Outcome, failure_of};
use crate::prompt;
use crate::ready::{Ask, Ready};
use crate::runner::{Job, Runner};
use crate::salvage::Salvage;

/// One call of a job.
pub(crate) struct Call<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) job: &'a Job,
    pub(crate) parameter: CeilingParameter,
    /// What is asked where the phase is built; prose is asked for elsewhere.
    pub(crate) asked: Option<&'a Asked>,
    /// What was known of the call when it was decided.
    pub(crate) facts: CallFacts<'a>,
    /// The most the model writes, as far as is known.
    pub(crate) model_limit: Tokens,
    /// The attempt, from 1.
    pub(crate) number: u32,
    /// Calls of the attempts before, those included that the client sent again.
    pub(crate) n_calls: u32,
}

impl Call<'_> {
    /// Sends an attempt. Of a reply that was cut off comes what can be built upon, too.
    pub(crate) async fn make(
        &mut self,
        ready: &Ready,
        outcome: &mut Outcome,
    ) -> (Attempt, Option<Salvage>) {
        let answer = match self.send(ready).await {
            Ok(answer) => answer,
            Err(error) => {
                self.n_calls += error.n_calls();
                let (decision, failure) = (ready.decision().clone(), Failure::Provider(error));
                return (
                    Attempt::without_reply(decision, ready.extent(), failure),
                    None,
                );
            }
        };
        self.n_calls += answer.n_calls;
        let decision = ready.decision().clone();
        let decision = match answer.repair {
            Some(repair) => self.mended(decision, repair, outcome).await,
            None => decision,
        };
        let kind = cut(&answer.reply, decision.actual_max_tokens, outcome);
        let format = self.asked.map(|asked| asked.format);
        let salvage =
            kind.and_then(|kind| Salvage::of(&answer.reply, kind, format, ready.so_far()));
        let changes = salvage.as_ref().and_then(Salvage::changes);
        let cut = kind.map(|kind| Cut {
            kind,
            n_operations: changes.map(|changes| changes.as_slice().len()),
        });
        let attempt = self.keep(ready, decision, cut, &answer, outcome);
        let attempt = self
            .build(attempt, ready, &answer.reply.text, outcome)
            .await;
        (attempt, salvage)
    }

    /// The decision as it went out; what was learned counts for the calls that follow and is remembered.
    async fn mended(
        &mut self,
        decision: Decision,
        repair: Repair,
        outcome: &mut Outcome,
    ) -> Decision {
        self.learn(repair, outcome).await;
        match repair {
            Repair::Ceiling(limit) | Repair::Room(limit) => {
                self.model_limit = self.model_limit.at_most(limit);
                decision.lowered(limit)
            }
            Repair::Parameter(parameter) => {
                self.parameter = parameter;
                decision
            }
        }
    }

    /// Makes the reply's changes, where it is whole and kept and the phase is built.
    async fn build(
        &self,
        mut attempt: Attempt,
        ready: &Ready,
        text: &str,
        outcome: &mut Outcome,
    ) -> Attempt {
        let building = self.runner.settings.building.as_ref().zip(self.asked);
        let Some((building, asked)) = building.filter(|_| attempt.is_success()) else {
            return attempt;
        };
        let phase_id = &self.job.phase.phase_id;
        let before = ready.so_far().and_then(Salvage::changes);
        match building.build(phase_id, asked.format, before, text).await {
            Ok(built) => outcome.built = Some(built),
            Err(error) => attempt.failure = Some(Failure::Build(error)),
        }
        attempt
    }

    async fn send(&self, ready: &Ready) -> Result<Answer, ProviderError> {
        let settings = &self.runner.settings;
        let client = settings.upstreams.client(&self.job.upstream);
        let (system, mut user) = match self.asked {
            Some(asked) => (asked.prompt.system.as_str(), asked.prompt.user.clone()),
            None => (prompt::SYSTEM, prompt::user(&self.job.phase)),
        };
        if let Ask::Again(problem) = ready.ask() {
            user.push_str(&prompt::correction(problem));
        }
        let rest = ready.so_far().map(prompt::rest);
        let continuation = ready.so_far().zip(rest.as_deref());
        let request = Request {
            model: &self.job.model,
            system,
            user: &user,
            continuation: continuation.map(|(so_far, user)| Continuation {
                so_far: so_far.text(),
                user,
            }),
            ceiling: ready.decision().actual_max_tokens,
            above: ready.above(),
            parameter: self.parameter,
            // The budget that fits; an effort has no number to fit.
            thinking: match self.job.thinking {
                Some(ThinkingSetting::Budget(_)) => ready
                    .decision()
                    .thinking_budget
                    .map(ThinkingSetting::Budget),
                effort => effort,
            },
            stream: settings.stream,
        };
        let labels = Labels {
            run_id: &settings.run_id,
            phase_id: &self.job.phase.phase_id,
            attempt: self.n_calls + 1,
        };
        client.send(&request, labels).await
    }

    /// Keeps the text behind what came before, also where it was cut off: what is there is there.
    fn keep(
        &self,
        ready: &Ready,
        decision: Decision,
        cut: Option<Cut>,
        answer: &Answer,
        outcome: &mut Outcome,
    ) -> Attempt {
        let reply = &answer.reply;
        let text = match ready.so_far() {
            Some(so_far) => &so_far.text_with(&reply.text),
            None => &reply.text,
        };
        let mut failure = failure_of(cut, &reply.stop, text);
        let output = &self.runner.settings.output;
        if !text.is_empty() {
            match output.keep(&self.job.upstream, &self.job.phase.phase_id, text) {
                Ok(path) => outcome.output = Some(path),
                Err(error) => failure = Some(Failure::Output(error)),
            }
        }
        Attempt {
            decision,
            extent: ready.extent(),
            usage: reply.usage,
            stop: Some(reply.stop.clone()),
            truncation: cut.map(|cut| cut.kind),
            failure,
            latency: Some(answer.latency),
            n_calls: answer.n_calls,
        }
    }
}

/// How a reply was cut off that went out with this ceiling. One that reasoning left nothing of, at a
/// second ceiling, would spend a third one too (research note on calibration, section 4).
fn cut(reply: &Reply, ceiling: Tokens, outcome: &Outcome) -> Option<Truncation> {
    let kind = truncation(reply, Some(ceiling))?;
    let was_empty = outcome.attempts.iter().any(|before| {
        before.truncation == Some(Truncation::EmptyByReasoning)
            && before.decision.actual_max_tokens != ceiling
    });
    Some(match kind {
        Truncation::EmptyByReasoning if was_empty => Truncation::Runaway,
        kind => kind,
    })
}
