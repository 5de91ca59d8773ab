//! Faults on demand: what goes wrong with a reply, and where.

use std::time::Duration;

/// Something that goes wrong with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no reply, but an error that passes.
    Outage(Trouble),
    /// The reply is well formed and says something odd.
    Flaw(Flaw),
    /// The reply is damaged on its way.
    Damage(Damage),
    /// The reply takes long to begin.
    SlowFirstByte,
}

/// Why there is no reply this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server failed: 500.
    ServerError,
    /// There are too many other clients: 529 on Anthropic, 503 elsewhere.
    Overloaded,
    /// There are too many calls of this client: 429.
    RateLimited,
}

/// What is odd about a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It has no usage at all.
    MissingUsage,
    /// It ends for a reason that nobody has heard of ([`UNKNOWN_REASON`]).
    UnknownStopReason,
    /// Its content is null, or not there, though tokens were used.
    NullContent,
    /// Where it is cut at its ceiling, it says that it ended by itself.
    UnsaidTruncation,
    /// It ends in its middle, because the context window is full.
    WindowFull,
    /// It says the same over and over, up to its ceiling.
    Runaway,
}

/// What happens to the bytes of a reply. The middle is that of its events, or of its bytes where it
/// comes in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// From the middle on it comes late.
    Stalled,
    /// The connection is dropped in the middle.
    Cut,
    /// It ends in the middle, as if that were all.
    Truncated,
    /// Something that is neither JSON nor text stands in the middle.
    Garbage,
    /// It comes in pieces of a few bytes, whatever they split.
    Split,
}

/// The stop reason of [`Flaw::UnknownStopReason`], in every dialect.
pub(crate) const UNKNOWN_REASON: &str = "unheard_of";

/// The faults by name, for scenarios and the header.
const NAMES: [(&str, Fault); 15] = [
    ("slow_first_byte", Fault::SlowFirstByte),
    ("stalled_stream", Fault::Damage(Damage::Stalled)),
    ("cut_stream", Fault::Damage(Damage::Cut)),
    ("truncated_json", Fault::Damage(Damage::Truncated)),
    ("garbage", Fault::Damage(Damage::Garbage)),
    ("split_events", Fault::Damage(Damage::Split)),
    ("server_error", Fault::Outage(Trouble::ServerError)),
    ("overloaded", Fault::Outage(Trouble::Overloaded)),
    ("rate_limited", Fault::Outage(Trouble::RateLimited)),
    ("missing_usage", Fault::Flaw(Flaw::MissingUsage)),
    ("unknown_stop_reason", Fault::Flaw(Flaw::UnknownStopReason)),
    ("null_content", Fault::Flaw(Flaw::NullContent)),
    ("unsaid_truncation", Fault::Flaw(Flaw::UnsaidTruncation)),
    ("window_full", Fault::Flaw(Flaw::WindowFull)),
    ("runaway", Fault::Flaw(Flaw::Runaway)),
];

impl Fault {
    /// The fault of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, fault)| fault)
    }
}

/// How long faults take, where they take time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FaultTimes {
    /// Before the first byte of a slow reply.
    pub(crate) slow_first_byte: Duration,
    /// Between the halves of a stalled one.
    pub(crate) stall: Duration,
    /// What a client is told to wait after `rate_limited`.
    pub(crate) retry_after: Duration,
}

impl Default for FaultTimes {
    /// 10 s, 60 s and 1 s: beyond the patience of a test's client, beyond that of most clients, and
    /// the shortest wait that can be said in whole seconds.
    fn default() -> Self {
        Self {
            slow_first_byte: Duration::from_secs(10),
            stall: Duration::from_mins(1),
            retry_after: Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::ALLOWED_FAULT;
    use crate::scenario::ALLOWED_FAULTS;

    #[test]
    fn every_fault_is_found_by_its_name_and_told_in_the_errors() {
        for (name, fault) in NAMES {
            assert_eq!(Fault::named(name), Some(fault));
            for allowed in [ALLOWED_FAULT, ALLOWED_FAULTS] {
                assert!(allowed.contains(&format!("`{name}`")), "{allowed}");
            }
        }
        assert_eq!(Fault::named("none"), None);
        assert_eq!(Fault::named("Garbage"), None);
    }
}
