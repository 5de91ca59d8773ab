//! The overhead model: what the cell costs before the first file, plus what each file costs.

use super::deliverable::{self, Kind};
use super::file_complexity;
use super::{DocFeatures, Estimate, EstimateModel};
use crate::phase::{Category, Phase};
use crate::policy::{ByKind, EstimateNumbers};
use crate::tokens::Tokens;
use crate::workspace::{Found, Workspace};

pub(super) fn estimate(
    phase: &Phase,
    category: Category,
    numbers: &EstimateNumbers,
    workspace: &dyn Workspace,
) -> Estimate {
    let overhead = numbers
        .overhead
        .get(category.as_str())
        .and_then(|row| row.get(phase.complexity))
        .unwrap_or(numbers.default_overhead_tokens);
    let mut marginal = Tokens::default();
    let mut n_unreadable = 0;
    for text in phase.deliverables.as_slice() {
        let cost = marginal_cost(text, &category, numbers, workspace);
        marginal = marginal.plus(cost.tokens);
        n_unreadable += usize::from(cost.unreadable);
    }
    let model = EstimateModel::Overhead { overhead, marginal };
    let doc_features = category.is_docs_like().then(|| DocFeatures::of(phase));
    Estimate {
        model,
        category,
        complexity: phase.complexity,
        output_tokens: model.sum().scaled_by(numbers.safety_factor),
        multiplier: None,
        confidence: confidence(phase, numbers),
        n_deliverables: phase.deliverables.len(),
        doc_features,
        sot_file: None,
        n_unreadable,
    }
}

/// What one deliverable costs.
struct Cost {
    tokens: Tokens,
    unreadable: bool,
}

fn marginal_cost(
    text: &str,
    category: &Category,
    numbers: &EstimateNumbers,
    workspace: &dyn Workspace,
) -> Cost {
    let path = deliverable::path(text);
    let kind = Kind::of(path, category);
    let new = Cost {
        tokens: cost_of(&numbers.new_tokens, kind),
        unreadable: false,
    };
    if deliverable::says_new(text) {
        return new;
    }
    let modified = cost_of(&numbers.modified_tokens, kind);
    match find(path, workspace) {
        Found::Missing => new,
        Found::Unreadable => Cost {
            tokens: modified,
            unreadable: true,
        },
        Found::Text(text) => {
            let factor = file_complexity::factor(&text, &numbers.file_complexity);
            Cost {
                tokens: modified.scaled_by(factor),
                unreadable: false,
            }
        }
    }
}

/// Looks `path` up; a name without an ending (`Dockerfile`) in lower case too, as people write either.
fn find<'a>(path: &str, workspace: &'a dyn Workspace) -> Found<'a> {
    match workspace.find(path) {
        Found::Missing if !path.contains('.') => workspace.find(&path.to_lowercase()),
        found => found,
    }
}

const fn cost_of(costs: &ByKind, kind: Kind) -> Tokens {
    match kind {
        Kind::Backend => costs.backend,
        Kind::Frontend => costs.frontend,
        Kind::Test => costs.test,
        Kind::Doc => costs.doc,
        Kind::Config => costs.config,
    }
}

/// Clear deliverables make a sure estimate: the share that names a file, and the share that says
/// what is done to it.
#[expect(
    clippy::cast_precision_loss,
    reason = "at most ten thousand deliverables"
)]
fn confidence(phase: &Phase, numbers: &EstimateNumbers) -> f64 {
    let parts = &numbers.confidence;
    let deliverables = phase.deliverables.as_slice();
    let share = |has: fn(&str) -> bool| {
        deliverables.iter().filter(|text| has(text)).count() as f64 / deliverables.len() as f64
    };
    let named = parts.named_file * share(deliverable::names_file);
    let stated = parts.stated_action * share(deliverable::states_action);
    (parts.base + named + stated).min(1.0)
}
