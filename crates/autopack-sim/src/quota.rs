//! Rate limits: what is counted, when it is taken, and what is left.
//!
//! Each provider has its own buckets, for all its models and keys together. What arrives is taken
//! before a reply is made, and is refused if it is not there; what is generated is taken afterwards,
//! and the bucket may owe. `providers.md`, section 6, says which provider counts what.

mod bucket;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use autopack_core::{Provider, Tokens};

pub(crate) use bucket::Level;

use bucket::Bucket;

/// The limits of a provider, as a scenario gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) requests_per_minute: Option<u64>,
    pub(crate) tokens_per_minute: Option<u64>,
}

/// The tokens that a call counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    /// At its arrival.
    pub(crate) arriving: Tokens,
    /// As they were generated, where that is counted at all.
    pub(crate) generated: Tokens,
}

/// A limit that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) unit: Unit,
    /// The limit a minute.
    pub(crate) limit: u64,
    /// What of it is used.
    pub(crate) used: u64,
    /// What the call would take.
    pub(crate) requested: u64,
    /// How long to wait.
    pub(crate) retry_after: Duration,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Requests,
    /// Tokens that arrive.
    Tokens,
    /// Tokens that are generated.
    OutputTokens,
}

/// How the limits of a provider stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    pub(crate) requests: Option<Level>,
    pub(crate) arriving: Option<Level>,
    pub(crate) generated: Option<Level>,
}

/// The buckets of all providers.
#[derive(Debug)]
pub(crate) struct Quota {
    limits: Limits,
    providers: Mutex<BTreeMap<Provider, Buckets>>,
}

#[derive(Clone, Copy, Debug)]
struct Buckets {
    requests: Option<Bucket>,
    arriving: Option<Bucket>,
    generated: Option<Bucket>,
}

impl Limits {
    /// Whether anything is limited.
    pub(crate) fn any(self) -> bool {
        self.requests_per_minute.is_some() || self.tokens_per_minute.is_some()
    }
}

impl Quota {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            providers: Mutex::default(),
        }
    }

    /// Takes what a call counts for, or nothing at all. `now` is on the clock's own scale.
    pub(crate) fn admit(
        &self,
        provider: Provider,
        now: Duration,
        charge: Charge,
    ) -> Result<(), Spent> {
        self.with(provider, |buckets| {
            let Buckets {
                requests,
                arriving,
                generated,
            } = buckets;
            let arriving_tokens = charge.arriving.get();
            refuse(requests.as_ref(), Unit::Requests, now, 1)?;
            refuse(arriving.as_ref(), Unit::Tokens, now, arriving_tokens)?;
            // Whoever owes nothing may generate what it will be.
            let generates = charge.generated.get().min(1);
            refuse(generated.as_ref(), Unit::OutputTokens, now, generates)?;
            for (bucket, amount) in [
                (requests, 1),
                (arriving, arriving_tokens),
                (generated, charge.generated.get()),
            ] {
                if let Some(bucket) = bucket {
                    bucket.take(now, amount);
                }
            }
            Ok(())
        })
    }

    /// How the provider's limits stand.
    pub(crate) fn levels(&self, provider: Provider, now: Duration) -> Levels {
        let level = |bucket: &mut Option<Bucket>| bucket.map(|bucket| bucket.level(now));
        self.with(provider, |buckets| Levels {
            requests: level(&mut buckets.requests),
            arriving: level(&mut buckets.arriving),
            generated: level(&mut buckets.generated),
        })
    }

    fn with<T>(&self, provider: Provider, act: impl FnOnce(&mut Buckets) -> T) -> T {
        // Numbers stay in order whatever happened to the thread that held them.
        let mut providers = self
            .providers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let full = || Buckets {
            requests: self.limits.requests_per_minute.map(Bucket::new),
            arriving: self.limits.tokens_per_minute.map(Bucket::new),
            generated: self.limits.tokens_per_minute.map(Bucket::new),
        };
        act(providers.entry(provider).or_insert_with(full))
    }
}

fn refuse(bucket: Option<&Bucket>, unit: Unit, now: Duration, requested: u64) -> Result<(), Spent> {
    let wait = bucket.and_then(|bucket| Some((bucket, bucket.wait(now, requested)?)));
    let Some((bucket, retry_after)) = wait else {
        return Ok(());
    };
    let Level {
        limit, remaining, ..
    } = bucket.level(now);
    Err(Spent {
        unit,
        limit,
        used: limit - remaining,
        requested,
        retry_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    fn quota(requests: Option<u64>, tokens: Option<u64>) -> Quota {
        Quota::new(Limits {
            requests_per_minute: requests,
            tokens_per_minute: tokens,
        })
    }

    fn charge(arriving: u64, generated: u64) -> Charge {
        Charge {
            arriving: Tokens::new(arriving),
            generated: Tokens::new(generated),
        }
    }

    #[test]
    fn requests_and_tokens_are_counted_apart_and_for_each_provider() {
        let quota = quota(Some(2), Some(1000));
        let admit = |provider, charge| quota.admit(provider, NOW, charge);
        assert_eq!(admit(Provider::OpenAi, charge(900, 0)), Ok(()));
        let too_many_tokens = Spent {
            unit: Unit::Tokens,
            limit: 1000,
            used: 900,
            requested: 200,
            retry_after: Duration::from_secs(6),
        };
        let refused = admit(Provider::OpenAi, charge(200, 0));
        assert_eq!(refused, Err(too_many_tokens));
        // What was refused took nothing.
        assert_eq!(admit(Provider::OpenAi, charge(100, 0)), Ok(()));
        let refused = admit(Provider::OpenAi, charge(0, 0)).unwrap_err();
        assert_eq!((refused.unit, refused.used), (Unit::Requests, 2));
        assert_eq!(admit(Provider::Gemini, charge(1000, 0)), Ok(()));
    }

    #[test]
    fn what_was_generated_is_owed() {
        let quota = quota(None, Some(600));
        let admit = |now, charge| quota.admit(Provider::Anthropic, now, charge);
        assert_eq!(admit(NOW, charge(10, 900)), Ok(()));
        let refused = admit(NOW, charge(10, 1)).unwrap_err();
        assert_eq!(refused.unit, Unit::OutputTokens);
        assert_eq!(refused.retry_after, Duration::from_millis(30_100));
        assert_eq!(admit(NOW + refused.retry_after, charge(10, 1)), Ok(()));
    }

    #[test]
    fn levels_are_those_of_the_limits_that_there_are() {
        let quota = quota(None, Some(600));
        let full = Level {
            limit: 600,
            remaining: 600,
            reset: Duration::ZERO,
        };
        let levels = quota.levels(Provider::OpenAi, NOW);
        assert_eq!(levels.requests, None);
        assert_eq!(levels.arriving, Some(full));
        assert!(!Limits::default().any());
    }
}
