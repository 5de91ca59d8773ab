//! Calls to one upstream, held back while its limits are spent.
//!
//! Two sources: a refusal that says how long to wait holds every call back, not only its own; and
//! rate-limit headers say what is left and when all of it is there again, from which a bucket is
//! kept that fills evenly. A call takes from it before it goes out, and waits as long as the bucket
//! owes. What the headers do not say is not limited here: the provider will say so.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use autopack_core::{Provider, Tokens};
use autopack_wire::{Allowance, RateLimit};

/// How an upstream's limits stand.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    hold_until: Option<Instant>,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

impl Pace {
    /// Takes a call of this `ceiling` off what is left, and says how long it has to wait at `now`.
    pub(crate) fn take(&self, ceiling: Tokens, now: Instant) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let held = state
            .hold_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let wait = |bucket: &mut Option<Bucket>, count: f64| {
            let bucket = bucket.as_mut();
            bucket.map_or(Duration::ZERO, |bucket| bucket.take(count, now))
        };
        let requests = wait(&mut state.requests, 1.0);
        let tokens = wait(&mut state.tokens, ceiling.as_f64());
        held.max(requests).max(tokens)
    }

    /// Takes in what a reply of `provider` said of its limits.
    pub(crate) fn learn(&self, provider: Provider, limit: &RateLimit, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |requests| Tokens::new(requests).as_f64();
        state.requests = Bucket::of(limit.requests, count, now).or(state.requests);
        // Only OpenAI counts a ceiling when the call arrives (provider facts, section 6).
        if provider == Provider::OpenAi {
            state.tokens = Bucket::of(limit.tokens, Tokens::as_f64, now).or(state.tokens);
        }
    }

    /// Holds every call back for `wait`, as a refusal asks.
    pub(crate) fn hold(&self, wait: Duration, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let until = now.checked_add(wait);
        state.hold_until = state.hold_until.max(until);
    }
}

/// What is left of a limit, filling evenly up to it.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    limit: f64,
    left: f64,
    per_second: f64,
    at: Instant,
}

impl Bucket {
    /// The bucket of an allowance that says all three of its figures; one that is full limits nothing.
    fn of<T: Copy>(
        allowance: Allowance<T>,
        count: impl Fn(T) -> f64,
        now: Instant,
    ) -> Option<Self> {
        let (limit, left) = (count(allowance.limit?), count(allowance.remaining?));
        let seconds = allowance.reset?.as_secs_f64();
        let per_second = (limit - left) / seconds;
        (per_second.is_finite() && per_second > 0.0).then_some(Self {
            limit,
            left,
            per_second,
            at: now,
        })
    }

    /// Takes `count` and says how long to wait for it. More than the limit is never there; such a call
    /// takes nothing and goes out, to be refused with the provider's own words.
    fn take(&mut self, count: f64, now: Instant) -> Duration {
        if count > self.limit {
            return Duration::ZERO;
        }
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + seconds * self.per_second).min(self.limit) - count;
        self.at = now;
        let owed = (-self.left).max(0.0);
        Duration::try_from_secs_f64(owed / self.per_second).unwrap_or(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn allowance<T>(limit: T, remaining: T, reset: Duration) -> Allowance<T> {
        Allowance {
            limit: Some(limit),
            remaining: Some(remaining),
            reset: Some(reset),
        }
    }

    #[test]
    fn calls_wait_for_what_is_spent_one_after_the_other() {
        let (pace, now) = (Pace::default(), Instant::now());
        // Ten tokens a second come back.
        let limit = RateLimit {
            tokens: allowance(Tokens::new(1000), Tokens::new(400), SECOND * 60),
            ..RateLimit::default()
        };
        pace.learn(Provider::OpenAi, &limit, now);
        assert_eq!(pace.take(Tokens::new(400), now), Duration::ZERO);
        assert_eq!(pace.take(Tokens::new(100), now), SECOND * 10);
        assert_eq!(pace.take(Tokens::new(100), now), SECOND * 20);
        assert_eq!(
            pace.take(Tokens::new(2000), now),
            Duration::ZERO,
            "never fits"
        );
        assert_eq!(
            pace.take(Tokens::new(100), now + SECOND * 30),
            Duration::ZERO
        );
    }

    #[test]
    fn requests_are_counted_too_and_only_openai_counts_ceilings() {
        let (pace, now) = (Pace::default(), Instant::now());
        let limit = RateLimit {
            requests: allowance(50, 0, SECOND * 50),
            tokens: allowance(Tokens::new(1000), Tokens::new(0), SECOND * 60),
            ..RateLimit::default()
        };
        pace.learn(Provider::Anthropic, &limit, now);
        assert_eq!(pace.take(Tokens::new(1000), now), SECOND);
    }

    #[test]
    fn a_refusal_holds_every_call_back() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.hold(SECOND * 5, now);
        pace.hold(SECOND * 2, now);
        assert_eq!(pace.take(Tokens::new(1), now + SECOND), SECOND * 4);
        assert_eq!(pace.take(Tokens::new(1), now + SECOND * 6), Duration::ZERO);
    }

    #[test]
    fn what_is_not_said_limits_nothing() {
        let (pace, now) = (Pace::default(), Instant::now());
        let full = allowance(50, 50, SECOND);
        let unsaid = Allowance {
            reset: None,
            ..allowance(50, 0, SECOND)
        };
        let at_once = allowance(50, 0, Duration::ZERO);
        for requests in [full, unsaid, at_once, Allowance::default()] {
            let limit = RateLimit {
                requests,
                ..RateLimit::default()
            };
            pace.learn(Provider::OpenAi, &limit, now);
            assert_eq!(
                pace.take(Tokens::new(1), now),
                Duration::ZERO,
                "{requests:?}"
            );
        }
    }
}
