//! One call of a job: the prompt goes out, the reply comes back, is kept, and changes the workspace where
//! the phase is built.

use autopack_core::{CeilingParameter, Decision, ThinkingSetting, Tokens};
use autopack_provider::{Answer, Labels, ProviderError, Repair};
use autopack_wire::{Reply, Request};

use crate::attempt::Ready;
use crate::build::Asked;
use crate::outcome::{Attempt, Failure, Outcome, failure_of};
use crate::prompt;
use crate::runner::{Job, Runner};

/// One call of a job.
pub(crate) struct Call<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) job: &'a Job,
    pub(crate) parameter: CeilingParameter,
    /// What is asked where the phase is built; prose is asked for elsewhere.
    pub(crate) asked: Option<&'a Asked>,
    /// The most the model writes, as far as is known.
    pub(crate) model_limit: Tokens,
    /// The attempt, from 1.
    pub(crate) number: u32,
    /// Calls of the attempts before, those included that the client sent again.
    pub(crate) n_calls: u32,
}

impl Call<'_> {
    pub(crate) async fn make(&mut self, ready: Ready, outcome: &mut Outcome) -> Attempt {
        match self.send(&ready).await {
            Ok(Answer {
                reply,
                latency,
                n_calls,
                repair,
            }) => {
                self.n_calls += n_calls;
                let decision = match repair {
                    Some(repair) => self.mended(ready.decision, repair, outcome).await,
                    None => ready.decision,
                };
                let text = reply.text.clone();
                let attempt = self.keep(decision, reply, outcome);
                let attempt = Attempt {
                    latency: Some(latency),
                    n_calls,
                    ..attempt
                };
                self.build(attempt, &text, outcome).await
            }
            Err(error) => {
                self.n_calls += error.n_calls();
                Attempt::without_reply(ready.decision, Failure::Provider(error))
            }
        }
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
            Repair::Ceiling(limit) => {
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
    async fn build(&self, mut attempt: Attempt, text: &str, outcome: &mut Outcome) -> Attempt {
        let building = self.runner.settings.building.as_ref().zip(self.asked);
        let Some((building, asked)) = building.filter(|_| attempt.is_success()) else {
            return attempt;
        };
        let phase_id = &self.job.phase.phase_id;
        match building.build(phase_id, asked.format, text).await {
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
        if let Some(correction) = &ready.correction {
            user.push_str(&prompt::correction(correction));
        }
        let request = Request {
            model: &self.job.model,
            system,
            user: &user,
            ceiling: ready.decision.actual_max_tokens,
            parameter: self.parameter,
            // The budget that fits; an effort has no number to fit.
            thinking: match self.job.thinking {
                Some(ThinkingSetting::Budget(_)) => {
                    ready.decision.thinking_budget.map(ThinkingSetting::Budget)
                }
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

    /// Keeps the text, also of a reply that was cut off: what is there is there.
    fn keep(&self, decision: Decision, reply: Reply, outcome: &mut Outcome) -> Attempt {
        let mut failure = failure_of(&reply.stop, &reply.text);
        let output = &self.runner.settings.output;
        if !reply.text.is_empty() {
            match output.keep(&self.job.upstream, &self.job.phase.phase_id, &reply.text) {
                Ok(path) => outcome.output = Some(path),
                Err(error) => failure = Some(Failure::Output(error)),
            }
        }
        Attempt {
            decision,
            usage: reply.usage,
            stop: Some(reply.stop),
            failure,
            latency: None,
            n_calls: 1,
        }
    }
}
