//! A simulator at work: its answers, and the little that it remembers between them.
//!
//! Memory is kept only where a scenario asks for it: buckets of a quota, and how many calls of a
//! phase have come without saying their attempt while faults are listed.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use autopack_core::{ModelEntry, Provider, Tokens};
use serde_json::value::RawValue;

use crate::call::Call;
use crate::delivery::Delivery;
use crate::fault::{Fault, Flaw, Trouble};
use crate::fingerprint::Fingerprint;
use crate::quota::{Charge, Levels, Quota, Spent, Unit};
use crate::reply::{Form, Plan, Question, Reply};
use crate::scenario::{Length, Script};
use crate::schema;
use crate::server::Simulator;
use crate::text::{estimated_tokens, going_round};
use crate::tools::ToolCall;

/// The limit that a client has reached where a fault says so and no quota does, in requests a
/// minute: what a new account of `OpenAI` has (platform.openai.com/docs/guides/rate-limits, tier 1).
const FAULT_REQUESTS_PER_MINUTE: u64 = 500;

/// The time since 1970.
pub(crate) type Clock = Box<dyn Fn() -> Duration + Send + Sync>;

/// A simulator with its memory.
pub(crate) struct Service {
    pub(crate) simulator: Simulator,
    clock: Clock,
    quota: Option<Quota>,
    /// Calls without an attempt, of each phase and of everything else.
    turns: BTreeMap<String, AtomicUsize>,
    other_turns: AtomicUsize,
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    ServerError,
    Overloaded,
    RateLimited(Spent),
}

/// The text of a prompt, in numbers.
#[derive(Clone, Copy, Debug)]
struct Prompt {
    /// From seed, model, phase, attempt and text.
    id: u64,
    /// The same without the attempt: what the length of the answer hangs on.
    draw: u64,
    input: Tokens,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("simulator", &self.simulator)
            .field("quota", &self.quota)
            .finish_non_exhaustive()
    }
}

impl Service {
    pub(crate) fn new(simulator: Simulator, clock: Clock) -> Self {
        let limits = simulator.scenario.settings().limits;
        let phases = simulator.scenario.phases();
        Self {
            turns: phases
                .map(|phase| (phase.to_owned(), AtomicUsize::new(0)))
                .collect(),
            other_turns: AtomicUsize::new(0),
            quota: limits.any().then(|| Quota::new(limits)),
            simulator,
            clock,
        }
    }

    /// The catalogue's entry for `model`, if it is listed.
    pub(crate) fn model(&self, provider: Provider, model: &str) -> Option<&ModelEntry> {
        let found = self.simulator.catalogue.find(provider, model);
        found.known.then_some(found.entry)
    }

    /// The time since 1970, and how the limits of `provider` stand, where there are any.
    pub(crate) fn levels(&self, provider: Provider) -> Option<(Duration, Levels)> {
        let quota = self.quota.as_ref()?;
        let now = (self.clock)();
        Some((now, quota.levels(provider, now)))
    }

    /// The reply to `question` with a prompt of `texts`.
    pub(crate) fn reply<'a>(
        &self,
        question: &Question<'_>,
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<Reply, Outage> {
        let Question { model, call, .. } = *question;
        let settings = self.simulator.scenario.settings();
        let script = self.simulator.scenario.script(call.phase);
        let prompt = self.prompt(model, call, texts);
        let fault = call.fault.or_else(|| self.fault(script, call));
        if let Some(Fault::Outage(trouble)) = fault {
            return Err(self.outage(trouble));
        }
        let mut delivery = Delivery {
            latency: settings.latency,
            damage: None,
            stall: settings.fault_times.stall,
        };
        let mut flaw = None;
        match fault {
            Some(Fault::SlowFirstByte) => {
                delivery.latency.first_byte += settings.fault_times.slow_first_byte;
            }
            Some(Fault::Damage(damage)) => delivery.damage = Some(damage),
            Some(Fault::Flaw(found)) => flaw = Some(found),
            Some(Fault::Outage(_)) | None => {}
        }
        let reply = Reply {
            id: prompt.id,
            input: prompt.input,
            n_choices: question.n_choices,
            flaw,
            delivery,
            plan: plan(question, script, prompt, flaw),
        };
        self.admit(question, &reply).map_err(Outage::RateLimited)?;
        tracing::debug!(
            provider = %question.provider,
            model,
            phase = call.phase,
            attempt = call.attempt(),
            ceiling_tokens = question.ceiling.get(),
            ?fault,
            "reply"
        );
        Ok(reply)
    }

    fn prompt<'a>(
        &self,
        model: &str,
        call: Call<'_>,
        texts: impl Iterator<Item = &'a str>,
    ) -> Prompt {
        let mut draw = Fingerprint::new(self.simulator.seed)
            .bytes(model.as_bytes())
            .optional(call.phase.map(str::as_bytes));
        let mut id = draw.number(call.attempt().get() as u64);
        let mut n_bytes = 0;
        for text in texts {
            id = id.bytes(text.as_bytes());
            draw = draw.bytes(text.as_bytes());
            n_bytes += text.len();
        }
        Prompt {
            id: id.finish(),
            draw: draw.finish(),
            input: estimated_tokens(n_bytes),
        }
    }

    /// The scenario's fault for `call`.
    fn fault(&self, script: &Script, call: Call<'_>) -> Option<Fault> {
        if let Some(attempt) = call.said_attempt {
            return script.faults.at(attempt);
        }
        let turns = call.phase.and_then(|phase| self.turns.get(phase));
        let turns = turns.unwrap_or(&self.other_turns);
        script.faults.in_turn(turns.fetch_add(1, Ordering::Relaxed))
    }

    fn outage(&self, trouble: Trouble) -> Outage {
        let settings = self.simulator.scenario.settings();
        match trouble {
            Trouble::ServerError => Outage::ServerError,
            Trouble::Overloaded => Outage::Overloaded,
            Trouble::RateLimited => {
                let limit = settings.limits.requests_per_minute;
                let limit = limit.unwrap_or(FAULT_REQUESTS_PER_MINUTE);
                Outage::RateLimited(Spent {
                    unit: Unit::Requests,
                    limit,
                    used: limit,
                    requested: 1,
                    retry_after: settings.fault_times.retry_after,
                })
            }
        }
    }

    /// Takes from the quota what the call counts for (`providers.md`, section 6).
    fn admit(&self, question: &Question<'_>, reply: &Reply) -> Result<(), Spent> {
        let Some(quota) = &self.quota else {
            return Ok(());
        };
        let generated: Tokens = reply.choices().map(|choice| choice.answer.output()).sum();
        let charge = match question.provider {
            Provider::Anthropic => Charge {
                arriving: reply.input,
                generated,
            },
            // The larger of the ceiling, for each choice, and what the text comes to.
            Provider::OpenAi => Charge {
                arriving: question
                    .said_ceiling
                    .unwrap_or_default()
                    .times(question.n_choices.into())
                    .at_least(reply.input),
                generated: Tokens::new(0),
            },
            Provider::Gemini => Charge {
                arriving: reply.input,
                generated: Tokens::new(0),
            },
        };
        quota.admit(question.provider, (self.clock)(), charge)
    }
}

/// What the choices are made from: a call of a tool, the scenario's text, JSON of the asked form, or
/// made-up words.
fn plan(question: &Question<'_>, script: &Script, prompt: Prompt, flaw: Option<Flaw>) -> Plan {
    let attempt: NonZeroUsize = question.call.attempt();
    let said = script.text.as_ref().map(|texts| texts.at(attempt));
    let call = question.tools.call(script.tool_call.as_deref());
    let (tool, text) = match call {
        Some(ToolCall { name, arguments }) => (Some(Arc::from(name)), Some(Arc::from(arguments))),
        None => (None, said.or_else(|| formed(question.form))),
    };
    let (text, output) = if flaw == Some(Flaw::Runaway) {
        let round = going_round(text.as_deref().unwrap_or_default(), question.ceiling);
        (Some(round), Length::Natural)
    } else {
        (text, script.output.clone())
    };
    let reasoning = script.reasoning.at(attempt);
    Plan {
        ceiling: question.ceiling,
        reasoning: question
            .reasoning_limit
            .map_or(reasoning, |limit| reasoning.at_most(limit)),
        output,
        draw: prompt.draw,
        attempt,
        tool,
        script: text,
    }
}

fn formed(form: Form<'_>) -> Option<Arc<str>> {
    match form {
        Form::Free => None,
        Form::Json => Some("{}".into()),
        Form::Schema(schema) => Some(schema::instance(RawValue::get(schema)).to_string().into()),
    }
}
