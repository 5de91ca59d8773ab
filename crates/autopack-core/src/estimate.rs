//! Predicts the output tokens of a phase.
//!
//! Four models, the first that applies wins: no deliverables (no estimate), a source-of-truth
//! update, documentation synthesis, and the overhead model for everything else. The estimate
//! depends on the phase, the workspace and the policy alone, never on the provider. Where the policy
//! has learned a multiplier for the cell, it scales what the model says.

mod deliverable;
mod doc_synthesis;
mod features;
mod file_complexity;
mod overhead;
mod sot_update;

pub use deliverable::Kind;
pub use features::DocFeatures;

use crate::phase::{Category, Complexity, Phase};
use crate::policy::EstimateNumbers;
use crate::tokens::Tokens;
use crate::workspace::Workspace;

/// A prediction of output tokens, with where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Which model made it.
    pub model: EstimateModel,
    /// The category the phase was estimated as, which chooses the base of its budget.
    pub category: Category,
    /// The complexity of the phase.
    pub complexity: Complexity,
    /// The prediction.
    pub output_tokens: Tokens,
    /// What the policy multiplied the model's own prediction by, where it has learned a factor.
    pub multiplier: Option<f64>,
    /// How sure the model is, 0 to 1.
    pub confidence: f64,
    /// How many deliverables went in.
    pub n_deliverables: usize,
    /// What the description and the deliverables ask for, where the documentation models looked.
    pub doc_features: Option<DocFeatures>,
    /// The source-of-truth file, where there is one.
    pub sot_file: Option<String>,
    /// How many modified deliverables could not be read, and counted as of ordinary complexity.
    pub n_unreadable: usize,
}

/// The model behind an estimate, with the parts that add up to it before the safety factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EstimateModel {
    /// Overhead of the cell plus the cost of each deliverable.
    Overhead {
        /// Overhead of the cell.
        overhead: Tokens,
        /// Cost of all deliverables.
        marginal: Tokens,
    },
    /// Documentation that has to be worked out first.
    DocSynthesis {
        /// Investigation, API reference and examples.
        investigate: Tokens,
        /// Writing and coordination.
        writing: Tokens,
    },
    /// A source-of-truth log brought up to date.
    SotUpdate {
        /// Context to reconstruct.
        context: Tokens,
        /// Entries and their consistency.
        entries: Tokens,
    },
}

impl EstimateModel {
    /// The sum of the parts.
    #[must_use]
    pub const fn sum(self) -> Tokens {
        let (first, second) = self.parts();
        first.plus(second)
    }

    const fn parts(self) -> (Tokens, Tokens) {
        match self {
            Self::Overhead { overhead, marginal } => (overhead, marginal),
            Self::DocSynthesis {
                investigate,
                writing,
            } => (investigate, writing),
            Self::SotUpdate { context, entries } => (context, entries),
        }
    }
}

/// Predicts the output of `phase`; `None` where it has no deliverables.
#[must_use]
pub fn estimate(
    phase: &Phase,
    numbers: &EstimateNumbers,
    workspace: &dyn Workspace,
) -> Option<Estimate> {
    if phase.deliverables.is_empty() {
        return None;
    }
    let estimate = modelled(phase, numbers, workspace);
    let multiplier = numbers
        .multiplier
        .of(&estimate.category, estimate.complexity);
    Some(match multiplier {
        Some(factor) => Estimate {
            output_tokens: estimate.output_tokens.scaled_by(factor),
            multiplier,
            ..estimate
        },
        None => estimate,
    })
}

/// The estimate of the first model that applies.
fn modelled(phase: &Phase, numbers: &EstimateNumbers, workspace: &dyn Workspace) -> Estimate {
    let category = estimated_category(phase);
    if phase.is_pure_doc() {
        if let Some(file) = sot_update::find_file(&phase.deliverables) {
            return sot_update::estimate(phase, file, numbers);
        }
        let features = DocFeatures::of(phase);
        if category == Category::Docs && features.ask_for_synthesis() {
            return doc_synthesis::estimate(phase, features, numbers);
        }
    }
    overhead::estimate(phase, category, numbers, workspace)
}

/// The category a phase is estimated as: its own, or docs for a pure-doc phase outside the
/// documentation family.
fn estimated_category(phase: &Phase) -> Category {
    let category = phase.category_or_inferred();
    if !category.is_docs_like() && phase.is_pure_doc() {
        Category::Docs
    } else {
        category
    }
}

#[cfg(test)]
mod tests;
