//! When a failed call is worth another try, and how long to wait before it. Pure: the clock and the
//! random number come from outside.
//!
//! Waits grow exponentially with full jitter (Brooker, "Exponential Backoff And Jitter", AWS
//! Architecture Blog, 2015): each is drawn evenly between nothing and a bound that doubles, so that
//! clients that failed together do not come back together. A provider's own `retry-after` is kept to.

use std::time::Duration;

use crate::error::ProviderErrorKind;

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most calls in all, the first included.
    pub max_calls: u32,
    /// The bound of the first wait.
    pub base: Duration,
    /// No bound grows above this.
    pub longest: Duration,
    /// No wait begins that would end later than this after the first call.
    pub total: Duration,
}

impl Default for RetryPolicy {
    /// Four calls, waits of at most 0.5, 1 and 2 s (the SDKs of OpenAI and Anthropic begin with 0.5 s and
    /// stop growing at 8 s), all within two minutes, which is a provider's usual window of rate limits
    /// and one more.
    fn default() -> Self {
        Self {
            max_calls: 4,
            base: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            total: Duration::from_mins(2),
        }
    }
}

impl RetryPolicy {
    /// One call, no other.
    pub const NEVER: Self = Self {
        max_calls: 1,
        base: Duration::ZERO,
        longest: Duration::ZERO,
        total: Duration::ZERO,
    };

    /// How long to wait after `n_calls` failed calls, the last with `kind`, `elapsed` after the first
    /// began; `None` where another call is not worth it. `random` is from 0 to 1.
    #[must_use]
    pub fn wait(
        &self,
        n_calls: u32,
        kind: ProviderErrorKind,
        elapsed: Duration,
        random: f64,
    ) -> Option<Duration> {
        if n_calls >= self.max_calls || !kind.is_passing() {
            return None;
        }
        let wait = kind
            .retry_after()
            .unwrap_or_else(|| self.bound(n_calls).mul_f64(random.clamp(0.0, 1.0)));
        (elapsed.saturating_add(wait) <= self.total).then_some(wait)
    }

    /// The longest wait after `n_calls` calls.
    fn bound(&self, n_calls: u32) -> Duration {
        let doublings = n_calls.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProviderErrorKind::{Interrupted, OutOfCredit, RateLimited, Rejected, Unauthorized};

    const UNAVAILABLE: ProviderErrorKind = ProviderErrorKind::Unavailable { retry_after: None };

    const POLICY: RetryPolicy = RetryPolicy {
        max_calls: 4,
        base: Duration::from_millis(500),
        longest: Duration::from_secs(1),
        total: Duration::from_mins(1),
    };

    fn wait(n_calls: u32, kind: ProviderErrorKind, elapsed_s: u64) -> Option<Duration> {
        POLICY.wait(n_calls, kind, Duration::from_secs(elapsed_s), 1.0)
    }

    #[test]
    fn waits_double_up_to_the_longest_and_calls_are_counted() {
        assert_eq!(wait(1, UNAVAILABLE, 0), Some(Duration::from_millis(500)));
        assert_eq!(wait(2, Interrupted, 0), Some(Duration::from_secs(1)));
        assert_eq!(
            wait(3, UNAVAILABLE, 0),
            Some(Duration::from_secs(1)),
            "the longest"
        );
        assert_eq!(wait(4, UNAVAILABLE, 0), None, "four calls are all");
        assert_eq!(
            POLICY.wait(1, UNAVAILABLE, Duration::ZERO, 0.0),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn the_providers_own_wait_is_kept_to_within_the_total() {
        let limited = |s| RateLimited {
            retry_after: Some(Duration::from_secs(s)),
        };
        assert_eq!(wait(1, limited(20), 0), Some(Duration::from_secs(20)));
        assert_eq!(
            wait(1, limited(61), 0),
            None,
            "longer than all the time there is"
        );
        assert_eq!(wait(2, limited(20), 45), None);
        let overloaded = ProviderErrorKind::Unavailable {
            retry_after: Some(Duration::from_secs(3)),
        };
        assert_eq!(wait(1, overloaded, 0), Some(Duration::from_secs(3)));
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        for kind in [
            Rejected,
            Unauthorized,
            OutOfCredit,
            ProviderErrorKind::Unreadable,
        ] {
            assert_eq!(wait(1, kind, 0), None, "{kind:?}");
        }
        assert_eq!(
            RetryPolicy::NEVER.wait(1, UNAVAILABLE, Duration::ZERO, 0.5),
            None
        );
    }
}
