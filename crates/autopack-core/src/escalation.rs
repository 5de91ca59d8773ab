//! The escalation rule (P10): one more attempt, at a larger ceiling, for a reply that did not fit.

use std::fmt;

use crate::policy::EscalationNumbers;
use crate::tokens::Tokens;

/// What an attempt did with its ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The estimator's intent, where there was one.
    pub selected_budget: Option<Tokens>,
    /// The ceiling that was sent.
    pub actual_max_tokens: Tokens,
    /// Output tokens the provider reported.
    pub output_tokens: Option<Tokens>,
    /// The provider stopped at the ceiling.
    pub truncated: bool,
    /// The reply could be read for what it should be.
    pub parsed: bool,
}

/// Why a phase escalates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscalationReason {
    /// The reply was cut at the ceiling.
    Truncation,
    /// The reply used nearly all of the ceiling and could not be read.
    Utilization,
}

/// The number an escalation starts from: the largest that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseSource {
    /// The estimator's intent.
    SelectedBudget,
    /// The ceiling that was sent.
    ActualMaxTokens,
    /// What the provider says was written.
    TokensUsed,
}

/// The next attempt of a phase. It can only be made with a ceiling above the last one, so that a
/// truncated call is never sent again as it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Escalation {
    /// Why.
    pub reason: EscalationReason,
    /// The number it starts from.
    pub base: Tokens,
    /// Where that number comes from.
    pub base_source: BaseSource,
    /// The factor on it.
    pub factor: f64,
    /// Share of its ceiling that the attempt used, where it is known.
    pub utilization: Option<f64>,
    /// The ceiling of the next attempt.
    pub ceiling: Tokens,
}

/// Whether and how an attempt escalates: after a truncation, or when it used at least the policy's
/// share of its ceiling and did not parse. `None` also where the model's limit leaves no room above
/// the last ceiling. Once per phase: whoever calls this keeps count.
#[must_use]
pub fn escalate(spent: Spent, limit: Tokens, numbers: &EscalationNumbers) -> Option<Escalation> {
    let utilization = utilization(spent);
    let full = utilization.is_some_and(|share| share >= numbers.utilization);
    let reason = match (spent.truncated, full && !spent.parsed) {
        (true, _) => EscalationReason::Truncation,
        (false, true) => EscalationReason::Utilization,
        (false, false) => return None,
    };
    let (base, base_source) = base_of(spent);
    let ceiling = base.scaled_by(numbers.factor).at_most(limit);
    (ceiling > spent.actual_max_tokens).then_some(Escalation {
        reason,
        base,
        base_source,
        factor: numbers.factor,
        utilization,
        ceiling,
    })
}

impl Escalation {
    /// The next attempt after one that was cut off, at a ceiling that another rule has chosen; `None` where that
    /// is not above the last, or nothing was cut off.
    #[must_use]
    pub fn to(ceiling: Tokens, spent: Spent) -> Option<Self> {
        let last = spent.actual_max_tokens;
        let is_one = spent.truncated && ceiling > last && last > Tokens::default();
        is_one.then(|| Self {
            reason: EscalationReason::Truncation,
            base: last,
            base_source: BaseSource::ActualMaxTokens,
            factor: ceiling.as_f64() / last.as_f64(),
            utilization: utilization(spent),
            ceiling,
        })
    }
}

/// The share of its ceiling that an attempt used.
fn utilization(spent: Spent) -> Option<f64> {
    spent
        .output_tokens
        .map(|used| used.as_f64() / spent.actual_max_tokens.as_f64())
}

/// The largest of intent, ceiling and use; of equals, the one named first.
fn base_of(spent: Spent) -> (Tokens, BaseSource) {
    let mut base = (
        spent.selected_budget.unwrap_or_default(),
        BaseSource::SelectedBudget,
    );
    if spent.actual_max_tokens > base.0 {
        base = (spent.actual_max_tokens, BaseSource::ActualMaxTokens);
    }
    match spent.output_tokens {
        Some(used) if used > base.0 => (used, BaseSource::TokensUsed),
        _ => base,
    }
}

impl EscalationReason {
    /// The word in telemetry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Truncation => "truncation",
            Self::Utilization => "utilization",
        }
    }
}

impl BaseSource {
    /// The word in telemetry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelectedBudget => "selected_budget",
            Self::ActualMaxTokens => "actual_max_tokens",
            Self::TokensUsed => "tokens_used",
        }
    }
}

impl fmt::Display for EscalationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const CUT: Spent = Spent {
        selected_budget: Some(Tokens::new(4096)),
        actual_max_tokens: Tokens::new(4096),
        output_tokens: Some(Tokens::new(4096)),
        truncated: true,
        parsed: false,
    };

    fn escalated(spent: Spent, limit: u64) -> Option<Escalation> {
        escalate(
            spent,
            Tokens::new(limit),
            &Policy::build_142().numbers().escalation,
        )
    }

    #[test]
    fn a_truncation_escalates_by_a_quarter() {
        let next = escalated(CUT, 64_000).expect("escalates");
        assert_eq!(next.reason, EscalationReason::Truncation);
        assert_eq!(
            (next.base, next.base_source),
            (Tokens::new(4096), BaseSource::SelectedBudget)
        );
        assert_eq!(next.ceiling, Tokens::new(5120));
    }

    #[test]
    fn the_largest_known_number_is_the_base() {
        let sent = Spent {
            actual_max_tokens: Tokens::new(16_384),
            ..CUT
        };
        assert_eq!(
            escalated(sent, 64_000).expect("escalates").ceiling,
            Tokens::new(20_480)
        );
        let used = Spent {
            output_tokens: Some(Tokens::new(5000)),
            ..CUT
        };
        let next = escalated(used, 64_000).expect("escalates");
        assert_eq!(
            (next.base_source, next.ceiling),
            (BaseSource::TokensUsed, Tokens::new(6250))
        );
    }

    #[test]
    fn a_nearly_full_reply_escalates_only_when_it_cannot_be_read() {
        let full = Spent {
            output_tokens: Some(Tokens::new(3892)),
            truncated: false,
            ..CUT
        };
        let next = escalated(full, 64_000).expect("95 % and unreadable");
        assert_eq!(next.reason, EscalationReason::Utilization);
        assert_eq!(
            escalated(
                Spent {
                    parsed: true,
                    ..full
                },
                64_000
            ),
            None
        );
        let short = Spent {
            output_tokens: Some(Tokens::new(3000)),
            ..full
        };
        assert_eq!(escalated(short, 64_000), None);
    }

    #[test]
    fn another_rule_may_choose_the_ceiling_above_the_last() {
        let next = Escalation::to(Tokens::new(12_288), CUT).expect("escalates");
        assert_eq!(next.base_source, BaseSource::ActualMaxTokens);
        assert_eq!((next.factor, next.utilization), (3.0, Some(1.0)));
        assert_eq!(Escalation::to(Tokens::new(4096), CUT), None);
        let whole = Spent {
            truncated: false,
            ..CUT
        };
        assert_eq!(Escalation::to(Tokens::new(12_288), whole), None);
    }

    #[test]
    fn the_same_ceiling_is_never_sent_again() {
        assert_eq!(escalated(CUT, 4096), None);
        assert_eq!(
            escalated(CUT, 4500).expect("some room").ceiling,
            Tokens::new(4500)
        );
    }
}
