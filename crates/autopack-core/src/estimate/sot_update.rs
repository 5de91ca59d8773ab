//! The source-of-truth model: a log that is brought up to date, entry by entry.

use super::{Estimate, EstimateModel};
use crate::phase::{Category, Deliverables, Phase};
use crate::policy::EstimateNumbers;
use crate::tokens::Tokens;

/// File names that are a project's source of truth.
const SOT_FILES: [&str; 5] = [
    "build_log.md",
    "build_history.md",
    "changelog.md",
    "history.md",
    "release_notes.md",
];

/// The first deliverable that is a source-of-truth file, by its lower-cased file name.
pub(super) fn find_file(deliverables: &Deliverables) -> Option<String> {
    deliverables.as_slice().iter().find_map(|text| {
        let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
        SOT_FILES
            .iter()
            .find(|sot| name.eq_ignore_ascii_case(sot))
            .map(|sot| (*sot).to_owned())
    })
}

pub(super) fn estimate(phase: &Phase, file: String, numbers: &EstimateNumbers) -> Estimate {
    let rule = &numbers.sot_update;
    let n = phase.deliverables.len();
    let context = Tokens::floor(rule.context.at(phase.scope_paths.len()));
    let entries = rule.entry_tokens.times(n.max(1) as u64);
    let consistency = entries.scaled_by(rule.consistency_share);
    let model = EstimateModel::SotUpdate {
        context,
        entries: entries.plus(consistency),
    };
    Estimate {
        model,
        category: Category::DocSotUpdate,
        complexity: phase.complexity,
        output_tokens: model.sum().scaled_by(numbers.safety_factor),
        multiplier: None,
        confidence: rule.confidence,
        n_deliverables: n,
        doc_features: None,
        sot_file: Some(file),
        n_unreadable: 0,
    }
}
