//! What is left of limits that fill evenly. Time is an argument: how long ago the line began.

use std::time::Duration;

use autopack_core::Tokens;
use autopack_wire::{Allowance, RateLimit};

use super::Allowed;
use super::rule::Counting;

/// The longest that a refusal holds the line, whatever it says: ten minutes, after which a call may ask again
/// how it stands.
pub(super) const MAX_HOLD: Duration = Duration::from_secs(600);

/// Limits count in a minute.
const PERIOD_S: f64 = 60.0;

/// What is left to one upstream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Buckets {
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    /// Nothing goes before this.
    hold_until: Duration,
}

impl Buckets {
    /// Full ones.
    pub(super) fn new(allowed: &Allowed) -> Self {
        let mut buckets = Self::default();
        buckets.allow(allowed, Duration::ZERO);
        buckets
    }

    /// Allows so much from `now` on; what is taken stays taken.
    pub(super) fn allow(&mut self, allowed: &Allowed, now: Duration) {
        let limit = |bucket: &mut Option<Bucket>, limit: Option<f64>| match (bucket.as_mut(), limit)
        {
            (Some(bucket), Some(limit)) => bucket.allow(limit, now),
            (_, limit) => *bucket = limit.map(|limit| Bucket::full(limit, now)),
        };
        limit(&mut self.requests, allowed.requests_per_minute.map(number));
        limit(
            &mut self.tokens,
            allowed.tokens_per_minute.map(Tokens::as_f64),
        );
    }

    /// Takes a call of so many tokens, or says how long it will be until it fits.
    pub(super) fn take(&mut self, tokens: Tokens, now: Duration) -> Result<(), Duration> {
        let wait = self.wait(tokens, now);
        if wait > Duration::ZERO {
            return Err(wait);
        }
        self.force(tokens, now);
        Ok(())
    }

    /// How long it will be until a call of so many tokens fits.
    pub(super) fn wait(&self, tokens: Tokens, now: Duration) -> Duration {
        let of = |bucket: &Option<Bucket>, count| {
            bucket.map_or(Duration::ZERO, |bucket| bucket.wait(count, now))
        };
        let held = self.hold_until.saturating_sub(now);
        held.max(of(&self.requests, 1.0))
            .max(of(&self.tokens, tokens.as_f64()))
    }

    /// Takes a call, whether it fits or not.
    pub(super) fn force(&mut self, tokens: Tokens, now: Duration) {
        for (bucket, count) in [
            (&mut self.requests, 1.0),
            (&mut self.tokens, tokens.as_f64()),
        ] {
            if let Some(bucket) = bucket {
                bucket.put(-count, now);
            }
        }
    }

    /// A call that took `taken` was counted as `counted` in the end.
    pub(super) fn settle(&mut self, taken: Tokens, counted: Tokens, now: Duration) {
        if let Some(bucket) = &mut self.tokens {
            bucket.put(taken.as_f64() - counted.as_f64(), now);
        }
    }

    /// Takes in what a provider that counts so says of its limits.
    pub(super) fn correct(&mut self, limit: &RateLimit, counting: Counting, now: Duration) {
        if let Some(wait) = limit.retry_after {
            self.hold_until = self.hold_until.max(now.saturating_add(wait.min(MAX_HOLD)));
        }
        if let Some(bucket) = &mut self.requests {
            bucket.correct(limit.requests, number, now);
        }
        // Anthropic says what is left of the input apart, and that is what counts there.
        let said = match counting {
            Counting::Input if limit.input_tokens.remaining.is_some() => limit.input_tokens,
            Counting::Input | Counting::Larger | Counting::Sum => limit.tokens,
        };
        if let Some(bucket) = &mut self.tokens {
            bucket.correct(said, Tokens::as_f64, now);
        }
    }
}

fn number(count: u64) -> f64 {
    Tokens::new(count).as_f64()
}

/// What is left of one limit.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// What a minute allows, and the most there ever is.
    limit: f64,
    /// What was left at `at`; less than nothing where calls took more than there was.
    left: f64,
    at: Duration,
}

impl Bucket {
    const fn full(limit: f64, now: Duration) -> Self {
        Self {
            limit,
            left: limit,
            at: now,
        }
    }

    fn left(&self, now: Duration) -> f64 {
        let seconds = now.saturating_sub(self.at).as_secs_f64();
        (self.left + seconds * self.limit / PERIOD_S).min(self.limit)
    }

    /// Puts `count` in, or takes it out where it is negative.
    fn put(&mut self, count: f64, now: Duration) {
        self.left = (self.left(now) + count).min(self.limit);
        self.at = self.at.max(now);
    }

    /// How long until `count` is there. More than the limit never is: such a call goes when all is there,
    /// and the provider says what it thinks of it.
    fn wait(&self, count: f64, now: Duration) -> Duration {
        let owed = count.min(self.limit) - self.left(now);
        if owed <= 0.0 {
            return Duration::ZERO;
        }
        let seconds = owed * PERIOD_S / self.limit;
        // Rounded up, so that whoever waits that long finds it there.
        Duration::try_from_secs_f64(seconds).map_or(Duration::MAX, |wait| {
            wait.saturating_add(Duration::from_micros(1))
        })
    }

    fn allow(&mut self, limit: f64, now: Duration) {
        self.put(limit - self.limit, now);
        self.limit = limit;
        self.left = self.left.min(limit);
    }

    /// Others may use the same account, so that less may be left than we know of. More is not believed:
    /// what the provider has not seen yet is not in its count.
    fn correct<T: Copy>(&mut self, said: Allowance<T>, count: impl Fn(T) -> f64, now: Duration) {
        if let Some(left) = said.remaining.map(count) {
            self.left = self.left(now).min(left);
            self.at = self.at.max(now);
        }
    }
}

#[cfg(test)]
mod tests;
