//! A bucket that fills evenly and holds what a minute brings.
//!
//! Kept as one number, the moment at which it will be full (the generic cell rate algorithm, ITU-T
//! I.371): taking moves that moment further away, and time does the filling. The clock is an
//! argument.

use std::time::Duration;

/// What limits are counted by.
pub(super) const MINUTE: Duration = Duration::from_mins(1);

/// A bucket of a given size, full at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    /// What it holds, and what comes in every minute; never 0.
    per_minute: u64,
    /// When it is full, if nothing more is taken. On the clock's own scale.
    full_at: Duration,
}

/// How a bucket stands at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// What it holds when full.
    pub(crate) limit: u64,
    /// What is in it.
    pub(crate) remaining: u64,
    /// How long until it is full.
    pub(crate) reset: Duration,
}

impl Bucket {
    pub(super) fn new(per_minute: u64) -> Self {
        Self {
            per_minute: per_minute.max(1),
            full_at: Duration::ZERO,
        }
    }

    /// How long to wait until `amount` can be taken; nothing if it can be now. For more than the
    /// bucket holds the wait never ends.
    pub(super) fn wait(&self, now: Duration, amount: u64) -> Option<Duration> {
        let full_at = self.full_at.max(now).saturating_add(self.time_of(amount));
        let wait = full_at.saturating_sub(now).saturating_sub(MINUTE);
        (wait > Duration::ZERO).then_some(wait)
    }

    /// Takes `amount`, whether or not it is there.
    pub(super) fn take(&mut self, now: Duration, amount: u64) {
        self.full_at = self.full_at.max(now).saturating_add(self.time_of(amount));
    }

    pub(super) fn level(&self, now: Duration) -> Level {
        let reset = self.full_at.saturating_sub(now);
        let filled = MINUTE.saturating_sub(reset).as_nanos();
        let remaining = filled * u128::from(self.per_minute) / MINUTE.as_nanos();
        Level {
            limit: self.per_minute,
            // No more than the size, since no more than a minute is filled.
            remaining: u64::try_from(remaining).unwrap_or(self.per_minute),
            reset,
        }
    }

    /// How long it takes for `amount` to come in, rounded up to nanoseconds, so that what was just
    /// taken is never there again.
    fn time_of(&self, amount: u64) -> Duration {
        let nanos = u128::from(amount) * MINUTE.as_nanos();
        let nanos = nanos.div_ceil(u128::from(self.per_minute));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A moment of the clock, in milliseconds: long after 1970.
    fn at(ms: u64) -> Duration {
        Duration::from_millis(1_800_000_000_000 + ms)
    }

    #[test]
    fn it_is_full_at_first_and_fills_evenly() {
        let mut bucket = Bucket::new(600);
        assert_eq!(bucket.level(at(0)).remaining, 600);
        bucket.take(at(0), 600);
        let empty = Level {
            limit: 600,
            remaining: 0,
            reset: MINUTE,
        };
        assert_eq!(bucket.level(at(0)), empty);
        assert_eq!(bucket.wait(at(0), 10), Some(Duration::from_secs(1)));
        assert_eq!(bucket.wait(at(999), 10), Some(Duration::from_millis(1)));
        assert_eq!(bucket.wait(at(1000), 10), None);
        assert_eq!(bucket.level(at(1000)).remaining, 10);
        assert_eq!(bucket.level(at(60_000)).remaining, 600);
        assert_eq!(bucket.level(at(600_000)).remaining, 600);
    }

    #[test]
    fn it_can_owe() {
        let mut bucket = Bucket::new(60);
        bucket.take(at(0), 90);
        assert_eq!(bucket.level(at(0)).remaining, 0);
        assert_eq!(bucket.wait(at(0), 1), Some(Duration::from_secs(31)));
        assert_eq!(bucket.wait(at(0), 0), Some(Duration::from_secs(30)));
        assert_eq!(bucket.wait(at(31_000), 1), None);
    }

    #[test]
    fn more_than_it_holds_is_never_there() {
        let bucket = Bucket::new(10);
        for ms in [0, 60_000, 6_000_000] {
            assert_eq!(bucket.wait(at(ms), 11), Some(Duration::from_secs(6)));
        }
        let mut bucket = Bucket::new(0);
        bucket.take(at(0), u64::MAX);
        bucket.take(at(0), u64::MAX);
        assert_eq!(bucket.level(at(0)).remaining, 0);
    }

    proptest! {
        #[test]
        fn no_window_gives_more_than_a_full_bucket_and_what_came_in(
            per_minute in 1_u64..100_000,
            takes in prop::collection::vec((0_u64..5_000, 0_u64..20_000), 1..60),
        ) {
            let (mut bucket, mut ms, mut taken) = (Bucket::new(per_minute), 0, 0);
            for (pause_ms, amount) in takes {
                ms += pause_ms;
                let before = bucket.level(at(ms)).remaining;
                if bucket.wait(at(ms), amount).is_none() {
                    bucket.take(at(ms), amount);
                    taken += amount;
                    let after = bucket.level(at(ms)).remaining;
                    prop_assert!(after <= before - amount && after + 1 >= before - amount);
                } else {
                    prop_assert!(amount > before);
                }
                prop_assert!(taken <= per_minute + per_minute * ms / 60_000 + 1);
            }
        }
    }
}
