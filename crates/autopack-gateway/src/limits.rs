//! What refusals have taught of models, beyond the catalogue: what a model writes at the most on a route, and what
//! it calls its ceiling. The builder learns the same, and both keep it in one table.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use autopack_core::{CeilingParameter, Tokens};
use autopack_store::LearnedLimit;
use autopack_wire::{ErrorKind, ErrorReply};
use jiff::Timestamp;

use crate::call::Call;

/// The most models that are remembered: what refusals name are real models, of which no account has more.
const MAX_MODELS: usize = 1024;

/// What is known of a model beyond the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Learned {
    pub(crate) limit: Option<Tokens>,
    pub(crate) parameter: Option<CeilingParameter>,
}

/// What refusals have taught, by route and model.
#[derive(Debug, Default)]
pub(crate) struct Limits(RwLock<HashMap<(String, String), LearnedLimit>>);

impl Limits {
    /// Takes in what was learned before, or now. What is not said this time stays as it was.
    pub(crate) fn learn(&self, learned: LearnedLimit) {
        let mut limits = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let key = (learned.route.clone(), learned.model.clone());
        if let Some(known) = limits.get_mut(&key) {
            known.max_output_tokens = learned.max_output_tokens.or(known.max_output_tokens);
            known.ceiling_parameter = learned.ceiling_parameter.or(known.ceiling_parameter);
            known.learned_at = learned.learned_at;
        } else if limits.len() < MAX_MODELS {
            limits.insert(key, learned);
        } else {
            tracing::warn!(
                model = learned.model,
                "there is no room to remember its limit"
            );
        }
    }

    /// What is known of `model`, on the route that `route` makes where it is needed.
    pub(crate) fn of(&self, route: impl FnOnce() -> String, model: &str) -> Learned {
        let limits = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if limits.is_empty() {
            return Learned::default();
        }
        let known = limits.get(&(route(), model.to_owned()));
        let known = known.filter(|known| known.counts_at(Timestamp::now()));
        known.map_or_else(Learned::default, |known| Learned {
            limit: known.max_output_tokens,
            parameter: known.ceiling_parameter,
        })
    }
}

impl Call {
    /// Takes in what the refusal of an attempt teaches that went out with the ceiling `sent`. A limit that is not
    /// below what was refused is none.
    pub(crate) fn learn_limit(&self, refusal: &ErrorReply, sent: Option<Tokens>) {
        let (limit, parameter) = match &refusal.kind {
            ErrorKind::CeilingTooHigh { limit: Some(limit) }
                if *limit > Tokens::default() && sent.is_some_and(|sent| *limit < sent) =>
            {
                (Some(*limit), None)
            }
            ErrorKind::WrongParameter { instead, .. } if instead.is_some() => (None, *instead),
            _ => return,
        };
        let Some(model) = self.asked.model.clone() else {
            return;
        };
        let learned = LearnedLimit {
            route: self.upstream.endpoint.route(),
            model,
            max_output_tokens: limit,
            ceiling_parameter: parameter,
            learned_at: Timestamp::now(),
        };
        self.gateway.limits.learn(learned.clone());
        self.gateway.recorder.remember_limit(learned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(limit: Option<u64>, parameter: Option<CeilingParameter>) -> LearnedLimit {
        LearnedLimit {
            route: "openai@host".to_owned(),
            model: "m".to_owned(),
            max_output_tokens: limit.map(Tokens::new),
            ceiling_parameter: parameter,
            learned_at: Timestamp::now(),
        }
    }

    fn of(limits: &Limits, route: &str) -> Learned {
        limits.of(|| route.to_owned(), "m")
    }

    #[test]
    fn what_is_said_later_is_added_and_what_is_old_counts_no_more() {
        let limits = Limits::default();
        assert_eq!(of(&limits, "openai@host"), Learned::default());
        limits.learn(learned(Some(4096), None));
        let parameter = Some(CeilingParameter::MaxCompletionTokens);
        limits.learn(learned(None, parameter));
        let limit = Some(Tokens::new(4096));
        assert_eq!(of(&limits, "openai@host"), Learned { limit, parameter });
        assert_eq!(of(&limits, "openai@elsewhere"), Learned::default());
        limits.learn(LearnedLimit {
            learned_at: Timestamp::UNIX_EPOCH,
            ..learned(None, None)
        });
        assert_eq!(of(&limits, "openai@host"), Learned::default());
    }

    #[test]
    fn there_is_an_end_to_models() {
        let limits = Limits::default();
        for number in 0..=MAX_MODELS {
            limits.learn(LearnedLimit {
                model: format!("m{number}"),
                ..learned(Some(5), None)
            });
        }
        let found = |number: usize| limits.of(|| "openai@host".to_owned(), &format!("m{number}"));
        assert_eq!(found(0).limit, Some(Tokens::new(5)));
        assert_eq!(found(MAX_MODELS), Learned::default());
    }
}
