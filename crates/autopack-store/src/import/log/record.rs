//! What a line of a log tells, where it tells something about a call.

/// A number of tokens.
pub(super) type N = u64;

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Record<'a> {
    Usage(Usage<'a>),
    Truncation(Truncation<'a>),
    Estimate(Estimate<'a>),
    /// The first form of an estimate: two numbers, nothing else.
    EstimateV1 {
        predicted: N,
        actual: N,
    },
    Enforcement(Enforcement),
    Escalation(Escalation<'a>),
    /// Whom the builder calls next, and for what.
    Selection(Selection<'a>),
    /// What the builder made of the reply to the last call of a phase.
    Verdict {
        phase: &'a str,
        success: bool,
    },
    /// The name of the run.
    Run(&'a str),
    /// A tag of ours before words that tell of no call.
    OtherMeaning(Kind),
}

/// The kinds of lines that tell of calls, as their tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `[TokenEstimationV2]`: prediction and outcome.
    Estimate,
    /// `[TokenEstimation]`: its first form.
    EstimateV1,
    /// `[TOKEN_BUDGET]`: usage and ceiling.
    Usage,
    /// `[TOKEN_BUDGET] TRUNCATION`: the reply was cut off.
    Truncation,
    /// `[BUILD-129:P4]`: the ceiling, as it is sent.
    Enforcement,
    /// `[BUILD-129:P10]`: an escalation.
    Escalation,
}

impl Kind {
    /// The tag in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Estimate => "[TokenEstimationV2]",
            Self::EstimateV1 => "[TokenEstimation]",
            Self::Usage => "[TOKEN_BUDGET]",
            Self::Truncation => "[TOKEN_BUDGET] TRUNCATION",
            Self::Enforcement => "[BUILD-129:P4]",
            Self::Escalation => "[BUILD-129:P10]",
        }
    }
}

/// `[TOKEN_BUDGET] phase=… complexity=… input=… output=…/… total=… utilization=…% model=…`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage<'a> {
    pub(super) phase: &'a str,
    pub(super) complexity: &'a str,
    pub(super) input: N,
    pub(super) output: N,
    pub(super) ceiling: N,
    pub(super) model: &'a str,
}

/// `[TOKEN_BUDGET] TRUNCATION: phase=… used …/… tokens (…`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truncation<'a> {
    pub(super) phase: &'a str,
    pub(super) output: N,
    pub(super) ceiling: N,
}

/// `[TokenEstimationV2] predicted_output=… actual_output=… smape=…% selected_budget=… category=…
/// complexity=… deliverables=… success=… stop_reason=… truncated=… model=…`
///
/// A call whose output was not reported has `actual_total` in place of `actual_output` and `smape`, and
/// neither `stop_reason` nor `truncated`. Its total is no output, and is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Estimate<'a> {
    pub(super) predicted: N,
    pub(super) actual: Option<N>,
    pub(super) selected: Option<N>,
    pub(super) category: &'a str,
    pub(super) complexity: &'a str,
    pub(super) n_deliverables: N,
    pub(super) success: Option<bool>,
    pub(super) stop_reason: Option<&'a str>,
    pub(super) truncated: Option<bool>,
    pub(super) model: &'a str,
}

/// `[BUILD-129:P4] Final max_tokens enforcement: … (token_selected_budget=…)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Enforcement {
    pub(super) ceiling: N,
    pub(super) selected: N,
}

/// `[BUILD-129:P10] ESCALATE-ONCE: phase=… attempt=… base=… (from …) → retry=… (…x, …)`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Escalation<'a> {
    pub(super) phase: &'a str,
    /// From 1.
    pub(super) attempt: u32,
    pub(super) base: N,
    pub(super) base_source: &'a str,
    pub(super) retry: N,
    pub(super) factor: f64,
    /// `None` where the reason is a truncation; else the utilization, in percent.
    pub(super) utilization_percent: Option<f64>,
}

/// `[MODEL-SELECT] Builder: model=…, complexity=…->…, attempt=…, category=…`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selection<'a> {
    pub(super) model: &'a str,
    /// From 0.
    pub(super) attempt: u32,
    pub(super) category: Option<&'a str>,
}
