//! What a calibration waits for: calls that show what the last one did.
//!
//! A lower ceiling is certified by calls that were made under the higher one. Lowered again at once, it would go by
//! the same calls a second time, and so on as far as the certificate carries. And what was taken back would be
//! proposed by the same calls again.

use autopack_core::{Policy, Provider};

use crate::proposal::{Change, Effect, Proposal};
use crate::{quantile, ratio};

/// So many calls have to be made after a calibration has taken effect, or was taken back: at the targets of most routes
/// one or two of them are cut off, where the ceilings do what they should.
pub const PAUSE_CALLS: u32 = 100;

/// What has become of a calibration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Earlier<'a> {
    /// It decides.
    Decides,
    /// It was taken back.
    TakenBack(&'a Policy),
}

impl Proposal {
    /// Takes out what waits for [`PAUSE_CALLS`] since this became of an earlier calibration, and gives it: what lowers
    /// a ceiling again, with what only keeps others from being lowered along; or what is about the ceilings and
    /// multipliers that were taken back.
    pub fn hold_back(&mut self, earlier: Earlier<'_>) -> Vec<Change> {
        let waits = |change: &Change| match earlier {
            Earlier::Decides => {
                matches!(change.effect, Effect::Exactly { .. } | Effect::AsItIs(_))
            }
            Earlier::TakenBack(policy) => was_changed(policy, change),
        };
        let (held_back, kept) = self.changes.drain(..).partition(waits);
        self.changes = kept;
        held_back
    }
}

/// Whether a policy was made of a proposal.
#[must_use]
pub fn is_calibrated(policy: &Policy) -> bool {
    let method = policy
        .evidence()
        .and_then(|evidence| evidence.get("method")?.as_str());
    method.is_some_and(|method| [quantile::NAME, ratio::NAME].contains(&method))
}

/// Whether the proposal that a policy was made of had a change of the same cell and provider.
fn was_changed(policy: &Policy, change: &Change) -> bool {
    let changes = policy
        .evidence()
        .and_then(|evidence| evidence.get("changes")?.as_array());
    changes.into_iter().flatten().any(|before| {
        let text = |key| before.get(key).and_then(|value| value.as_str());
        text("category") == Some(change.cell.category.as_str())
            && text("complexity") == Some(change.cell.complexity.as_str())
            && text("provider") == change.provider.map(Provider::as_str)
    })
}

#[cfg(test)]
mod tests {
    use autopack_core::{Category, Complexity, Tokens};

    use super::*;
    use crate::Cell;
    use crate::proposal::{Basis, Damping, Evidence};
    use crate::quantile::{Certificate, QuantileBasis, QuantileEvidence, Within};

    fn change(category: Category, provider: Option<Provider>, effect: Effect) -> Change {
        Change {
            cell: Cell {
                category,
                complexity: Complexity::Low,
            },
            provider,
            within: Within::default(),
            effect,
            evidence: Evidence::Quantile(QuantileEvidence {
                n_calls: 1000,
                n_censored: 0,
                current: 4096,
                expected_truncation: None,
                truncation_at_most: None,
                is_certified: true,
                own_certificate: None,
            }),
        }
    }

    fn proposal(changes: Vec<Change>) -> Proposal {
        Proposal {
            method: quantile::NAME,
            basis: Basis::Quantile(QuantileBasis {
                target_truncation: 0.02,
                why_target: "a test asks for it".to_owned(),
                n_calls: 1000,
                n_excluded: 0,
                min_calls: 8,
                certificate: Certificate::NothingToLower,
            }),
            changes,
        }
    }

    const LOWER: Effect = Effect::Exactly {
        ceiling: Tokens::new(2048),
        relative: None,
    };
    const HIGHER: Effect = Effect::AtLeast {
        ceiling: Tokens::new(8192),
        relative: None,
        before: Tokens::new(4096),
    };

    #[test]
    fn after_a_calibration_nothing_is_lowered_again_and_all_may_be_raised() {
        let lowered = change(Category::Docs, None, LOWER);
        let raised = change(Category::Tests, None, HIGHER);
        let mut proposal = proposal(vec![lowered.clone(), raised.clone()]);
        assert_eq!(proposal.hold_back(Earlier::Decides), [lowered]);
        assert_eq!(proposal.changes, [raised]);
    }

    #[test]
    fn what_was_taken_back_is_not_proposed_again() {
        let openai = Some(Provider::OpenAi);
        let lowered = change(Category::Docs, openai, LOWER);
        let raised = change(Category::Tests, None, HIGHER);
        let before = proposal(vec![lowered.clone(), raised.clone()]);
        let parent = Policy::build_142();
        let taken_back = before.policy(&parent, "a", "2026-11-29", Damping::Linear);
        let taken_back = taken_back.expect("a policy");
        assert!(is_calibrated(&taken_back) && !is_calibrated(&parent));
        let elsewhere = change(Category::Docs, Some(Provider::Gemini), LOWER);
        let higher = change(Category::Docs, openai, HIGHER);
        let changes = vec![
            lowered.clone(),
            raised.clone(),
            elsewhere.clone(),
            higher.clone(),
        ];
        let mut again = proposal(changes);
        let held_back = again.hold_back(Earlier::TakenBack(&taken_back));
        assert_eq!(held_back, [lowered, raised, higher]);
        assert_eq!(again.changes, [elsewhere]);
    }
}
