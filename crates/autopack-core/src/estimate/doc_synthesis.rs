//! The documentation-synthesis model: investigate first, then write.

use super::{DocFeatures, Estimate, EstimateModel};
use crate::phase::{Category, Phase};
use crate::policy::EstimateNumbers;
use crate::tokens::Tokens;

pub(super) fn estimate(
    phase: &Phase,
    features: DocFeatures,
    numbers: &EstimateNumbers,
) -> Estimate {
    let rule = &numbers.doc_synthesis;
    let n = phase.deliverables.len();
    let mut investigate = Tokens::floor(rule.investigate.at(phase.scope_paths.len()));
    if features.api_reference {
        investigate = investigate.plus(rule.api_reference_tokens);
    }
    if features.examples {
        investigate = investigate.plus(rule.examples_tokens);
    }
    let mut writing = rule.writing_tokens.times(n as u64);
    if n >= rule.coordination_from_deliverables {
        writing = writing.plus(writing.scaled_by(rule.coordination_share));
    }
    let model = EstimateModel::DocSynthesis {
        investigate,
        writing,
    };
    Estimate {
        model,
        category: Category::DocSynthesis,
        complexity: phase.complexity,
        output_tokens: model.sum().scaled_by(numbers.safety_factor),
        multiplier: None,
        confidence: rule.confidence,
        n_deliverables: n,
        doc_features: Some(features),
        sot_file: None,
        n_unreadable: 0,
    }
}
