//! How long a call may take, and how often it is tried.

use std::time::Duration;

use autopack_provider::{Deadlines, RetryPolicy};

use super::{Settings, Source, Sourced};
use crate::exit::{Failure, usage};

/// The longest deadline a settings file may give, in seconds: a day.
const MAX_DEADLINE_S: u64 = 86_400;

/// The most calls of one attempt a settings file may ask for: more is no patience but load.
const MAX_CALLS: u64 = 20;

/// The longest first wait a settings file may ask for, in milliseconds: a minute, the window of rate
/// limits.
const MAX_BASE_MS: u64 = 60_000;

impl Settings {
    /// Deadlines of a call.
    pub(crate) fn deadlines(&self) -> Result<Sourced<Deadlines>, Failure> {
        let mut deadlines = Deadlines::default();
        let own = &self.file.deadlines;
        let mut given = None;
        for (name, seconds, into) in [
            ("connect_s", own.connect_s, &mut deadlines.connect),
            ("first_byte_s", own.first_byte_s, &mut deadlines.first_byte),
            ("idle_s", own.idle_s, &mut deadlines.idle),
            ("total_s", own.total_s, &mut deadlines.total),
        ] {
            let Some(seconds) = seconds else { continue };
            within(
                &format!("deadlines.{name}"),
                seconds,
                1,
                MAX_DEADLINE_S,
                "seconds",
            )?;
            *into = Duration::from_secs(seconds);
            given = Some(());
        }
        Ok(self.filed_or_default(given, deadlines))
    }

    /// How often and how long a call is tried.
    pub(crate) fn retries(&self) -> Result<Sourced<RetryPolicy>, Failure> {
        let mut policy = RetryPolicy::default();
        let own = &self.file.retries;
        let mut given = None;
        if let Some(max_calls) = own.max_calls {
            within("retries.max_calls", max_calls, 1, MAX_CALLS, "calls")?;
            policy.max_calls = u32::try_from(max_calls).unwrap_or(u32::MAX);
            given = Some(());
        }
        if let Some(base_ms) = own.base_ms {
            within("retries.base_ms", base_ms, 0, MAX_BASE_MS, "milliseconds")?;
            policy.base = Duration::from_millis(base_ms);
            given = Some(());
        }
        for (name, seconds, into) in [
            ("longest_s", own.longest_s, &mut policy.longest),
            ("total_s", own.total_s, &mut policy.total),
        ] {
            let Some(seconds) = seconds else { continue };
            within(
                &format!("retries.{name}"),
                seconds,
                0,
                MAX_DEADLINE_S,
                "seconds",
            )?;
            *into = Duration::from_secs(seconds);
            given = Some(());
        }
        Ok(self.filed_or_default(given, policy))
    }

    pub(super) fn filed_or_default<T>(&self, given: Option<()>, value: T) -> Sourced<T> {
        let source = self
            .filed(given)
            .map_or(Source::Default, |given| given.source);
        Sourced { value, source }
    }
}

pub(super) fn within(
    name: &str,
    found: u64,
    least: u64,
    most: u64,
    unit: &str,
) -> Result<(), Failure> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    usage(format_args!(
        "{name} is `{found}`: allowed is {least} to {most} {unit}"
    ))
}
