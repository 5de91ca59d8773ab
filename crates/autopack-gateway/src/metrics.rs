//! What Prometheus is told, in its text format.

use std::fmt::{self, Write as _};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::call::{Call, Ending};
use crate::decide::LearningCounts;
use crate::recorder::RowCounts;

/// The buckets of overhead, in seconds: from 10 µs, doubled twelve times, up to 41 ms.
const OVERHEAD_FROM_S: f64 = 10e-6;
const OVERHEAD_BUCKETS: u16 = 13;

/// What an attempt is counted by.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EndedLabels {
    upstream: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DecisionLabels {
    upstream: String,
    decision: &'static str,
    mode: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReloadLabels {
    outcome: &'static str,
}

impl ReloadLabels {
    const fn of(is_taken: bool) -> Self {
        let outcome = if is_taken { "taken" } else { "refused" };
        Self { outcome }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StatusLabels {
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TokenLabels {
    upstream: String,
    kind: &'static str,
}

/// Why a call went through as it came.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(crate) enum FailedOpen {
    /// The request could not be read, or comes in a form that is not.
    Unread,
    /// The ceiling could not be set.
    Unset,
    /// The provider did not take the request.
    Refused,
    /// The reply could not be read.
    Unreadable,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FailedOpenLabels {
    why: &'static str,
}

/// All counters of a gateway.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) attempts_open: Gauge,
    pub(crate) connections: Gauge,
    pub(crate) passed_through: Counter,
    pub(crate) repeated: Counter,
    /// Streams that were cut off at a ceiling of ours, where the user takes that.
    pub(crate) streams_cut: Counter,
    overhead: Histogram,
    ended: Family<EndedLabels, Counter>,
    decisions: Family<DecisionLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
    failed_open: Family<FailedOpenLabels, Counter>,
    own_answers: Family<StatusLabels, Counter>,
    reloads: Family<ReloadLabels, Counter>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("autopack"),
            attempts_open: Gauge::default(),
            connections: Gauge::default(),
            passed_through: Counter::default(),
            repeated: Counter::default(),
            streams_cut: Counter::default(),
            overhead: Histogram::new(exponential_buckets(OVERHEAD_FROM_S, 2.0, OVERHEAD_BUCKETS)),
            ended: Family::default(),
            decisions: Family::default(),
            tokens: Family::default(),
            failed_open: Family::default(),
            own_answers: Family::default(),
            reloads: Family::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let mut add = |name: &str, help: &str, counter: &Counter| {
            registry.register(name, help, counter.clone());
        };
        add(
            "passed_through",
            "Requests that have no ceiling, passed through",
            &self.passed_through,
        );
        add(
            "repeated",
            "Attempts that were made again above a ceiling of ours",
            &self.repeated,
        );
        add(
            "streams_cut",
            "Streams cut off at a ceiling of ours",
            &self.streams_cut,
        );
        registry.register(
            "attempts_open",
            "Attempts under way",
            self.attempts_open.clone(),
        );
        registry.register(
            "connections",
            "Connections of clients",
            self.connections.clone(),
        );
        registry.register(
            "attempts",
            "Attempts by what came of them",
            self.ended.clone(),
        );
        registry.register(
            "decisions",
            "Calls by what became of their ceiling",
            self.decisions.clone(),
        );
        registry.register(
            "output_tokens",
            "Output tokens by number",
            self.tokens.clone(),
        );
        registry.register(
            "failed_open",
            "Calls that went through as they came, because something failed",
            self.failed_open.clone(),
        );
        registry.register(
            "reloads",
            "Configurations read anew, by whether they could be used",
            self.reloads.clone(),
        );
        registry.register(
            "own_answers",
            "Answers of the gateway's own, because no provider could or should",
            self.own_answers.clone(),
        );
        registry.register_with_unit(
            "overhead",
            "Time until a reply begins that the provider did not take",
            Unit::Seconds,
            self.overhead.clone(),
        );
    }

    pub(crate) fn decided(&self, call: &Call) {
        self.decisions
            .get_or_create(&DecisionLabels {
                upstream: call.upstream.name().to_string(),
                decision: call.decision.action.as_str(),
                mode: call.decision.mode.as_str(),
            })
            .inc();
    }

    pub(crate) fn overhead(&self, overhead: std::time::Duration) {
        self.overhead.observe(overhead.as_secs_f64());
    }

    pub(crate) fn failed_open(&self, why: FailedOpen) {
        let why = match why {
            FailedOpen::Unread => "unread",
            FailedOpen::Unset => "unset",
            FailedOpen::Refused => "refused",
            FailedOpen::Unreadable => "unreadable",
        };
        self.failed_open
            .get_or_create(&FailedOpenLabels { why })
            .inc();
    }

    pub(crate) fn reloaded(&self, is_taken: bool) {
        self.reloads
            .get_or_create(&ReloadLabels::of(is_taken))
            .inc();
    }

    /// How often a configuration was read anew that could be used, or could not.
    pub(crate) fn n_reloads(&self, is_taken: bool) -> u64 {
        self.reloads
            .get_or_create(&ReloadLabels::of(is_taken))
            .get()
    }

    pub(crate) fn answered(&self, status: http::StatusCode) {
        let status = status.as_u16();
        self.own_answers
            .get_or_create(&StatusLabels { status })
            .inc();
    }

    pub(crate) fn ended(&self, call: &Call, ending: &Ending) {
        let cut = ending.truncation.map(autopack_wire::Truncation::as_str);
        let outcome = ending.failure.or(cut).unwrap_or("whole");
        let upstream = call.upstream.name().as_str();
        self.ended
            .get_or_create(&EndedLabels {
                upstream: upstream.to_owned(),
                outcome,
            })
            .inc();
        let counted = [
            ("used", ending.usage.output.reported()),
            ("reasoning", ending.usage.reasoning.reported()),
        ];
        for (kind, tokens) in counted {
            let Some(tokens) = tokens else { continue };
            let upstream = upstream.to_owned();
            self.tokens
                .get_or_create(&TokenLabels { upstream, kind })
                .inc_by(tokens.get());
        }
    }

    /// All of it as text, with the counts that others keep.
    pub(crate) fn text(&self, rows: RowCounts, learning: LearningCounts, n_waiting: u64) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        let end = text.trim_end().trim_end_matches("# EOF").len();
        text.truncate(end);
        for (name, kind, count) in [
            ("rows_recorded_total", "counter", rows.n_recorded),
            ("rows_written_total", "counter", rows.n_written),
            ("rows_refused_total", "counter", rows.n_refused),
            ("rows_dropped_total", "counter", rows.n_dropped),
            ("rows_pending", "gauge", rows.n_pending),
            ("learned_groups", "gauge", learning.n_groups),
            ("learned_calls_total", "counter", learning.n_learned),
            ("learned_dropped_total", "counter", learning.n_dropped),
            ("groups_forgotten_total", "counter", learning.n_forgotten),
            ("admission_waiting", "gauge", n_waiting),
        ] {
            let family = name.trim_end_matches("_total");
            let _ = writeln!(text, "# TYPE autopack_{family} {kind}");
            let _ = writeln!(text, "autopack_{name} {count}");
        }
        text.push_str("# EOF\n");
        text
    }
}
