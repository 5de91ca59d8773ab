//! The numbers of a policy, typed. Made from a document that the [schema](super::schema) has passed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ceilings::LearnedCeilings;
use crate::phase::{Category, Complexity};
use crate::provider::Provider;
use crate::tokens::Tokens;

/// All numbers of a policy. The keys are those of the document; units are in the names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PolicyNumbers {
    /// How output tokens are predicted.
    pub estimate: EstimateNumbers,
    /// The least budget of each cell.
    pub base: BaseNumbers,
    /// The factor from estimate to budget.
    pub buffer: BufferNumbers,
    /// Limits of the selected budget.
    pub budget: BudgetNumbers,
    /// What calibration learned of ceilings.
    #[serde(default)]
    pub ceiling: LearnedCeilings,
    /// The ceiling where nothing else gives one.
    pub fallback: FallbackNumbers,
    /// Special-mode floors.
    pub floor: FloorNumbers,
    /// Documentation and manifest sizing.
    pub sizing: SizingNumbers,
    /// The one retry after a truncation.
    pub escalation: EscalationNumbers,
}

/// One number for each of the three complexities that have a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ByComplexity {
    /// Low complexity.
    pub low: Tokens,
    /// Medium complexity.
    pub medium: Tokens,
    /// High complexity.
    pub high: Tokens,
}

impl ByComplexity {
    /// The number for `complexity`; none for maintenance, which has no row.
    #[must_use]
    pub const fn get(&self, complexity: Complexity) -> Option<Tokens> {
        match complexity {
            Complexity::Low => Some(self.low),
            Complexity::Medium => Some(self.medium),
            Complexity::High => Some(self.high),
            Complexity::Maintenance => None,
        }
    }
}

/// A step function over counts: the value at `n` stands beside the first of `below` that is greater
/// than `n`; the last value where there is none.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Steps {
    below: Vec<u64>,
    values: Vec<f64>,
}

impl Steps {
    /// The value at `n`.
    #[must_use]
    pub fn at(&self, n: usize) -> f64 {
        let n = n as u64;
        let step = self
            .below
            .iter()
            .position(|&bound| n < bound)
            .unwrap_or(self.below.len());
        self.values[step]
    }
}

/// Numbers of the estimate models.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct EstimateNumbers {
    /// Every estimate is multiplied by this.
    pub safety_factor: f64,
    /// Overhead of a cell without a row.
    pub default_overhead_tokens: Tokens,
    /// Overhead by category and complexity.
    pub overhead: BTreeMap<String, ByComplexity>,
    /// Cost of a new deliverable.
    pub new_tokens: ByKind,
    /// Cost of a modified deliverable of ordinary complexity.
    pub modified_tokens: ByKind,
    /// What an existing file's text says about the cost of changing it.
    pub file_complexity: FileComplexityNumbers,
    /// How sure an overhead estimate is.
    pub confidence: ConfidenceNumbers,
    /// Source-of-truth updates.
    pub sot_update: SotUpdateNumbers,
    /// Documentation synthesis.
    pub doc_synthesis: DocSynthesisNumbers,
    /// What calibration learned.
    #[serde(default)]
    pub multiplier: MultiplierNumbers,
}

/// Factors on finished estimates, by category and complexity: how much longer or shorter than
/// estimated the answers of a cell were. A cell without one keeps the estimate of its model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct MultiplierNumbers(BTreeMap<String, BTreeMap<String, f64>>);

impl MultiplierNumbers {
    /// The least and the largest multiplier a policy may have: one that is further from 1 tells of
    /// a broken estimate, which a factor does not mend.
    pub const RANGE: (f64, f64) = (0.1, 10.0);

    /// The multiplier of a cell; `None` where it has none.
    #[must_use]
    pub fn of(&self, category: &Category, complexity: Complexity) -> Option<f64> {
        let row = self.0.get(category.as_str())?;
        row.get(complexity.as_str()).copied()
    }
}

/// One number for each kind of deliverable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the kinds name themselves")]
pub struct ByKind {
    pub backend: Tokens,
    pub frontend: Tokens,
    pub test: Tokens,
    pub doc: Tokens,
    pub config: Tokens,
}

/// Factors by the size and shape of a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FileComplexityNumbers {
    /// By lines of code.
    pub lines: Steps,
    /// By lines with an import.
    pub imports: Steps,
    /// By the deepest indent, in characters.
    pub indent: Steps,
    /// The product is at least this.
    pub smallest: f64,
    /// The product is at most this.
    pub largest: f64,
}

/// Parts of the confidence of an overhead estimate; they add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct ConfidenceNumbers {
    /// What every estimate has.
    pub base: f64,
    /// Times the share of deliverables that name a file.
    pub named_file: f64,
    /// Times the share of deliverables that say what is done to it.
    pub stated_action: f64,
}

/// Numbers of the source-of-truth model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SotUpdateNumbers {
    /// Tokens of context to reconstruct, by scope paths.
    pub context: Steps,
    /// Tokens of one entry.
    pub entry_tokens: Tokens,
    /// Share of the entries that keeps them consistent.
    pub consistency_share: f64,
    /// Fixed confidence.
    pub confidence: f64,
}

/// Numbers of the documentation-synthesis model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DocSynthesisNumbers {
    /// Tokens of investigation, by scope paths.
    pub investigate: Steps,
    /// More for an API reference.
    pub api_reference_tokens: Tokens,
    /// More for examples.
    pub examples_tokens: Tokens,
    /// Tokens of one document.
    pub writing_tokens: Tokens,
    /// Share of the writing that keeps many documents in step.
    pub coordination_share: f64,
    /// From this many deliverables on.
    pub coordination_from_deliverables: usize,
    /// Fixed confidence.
    pub confidence: f64,
}

/// The least budget of each cell.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BaseNumbers {
    /// For a complexity without a row.
    pub other_complexity: Tokens,
    /// For a category without a row of its own.
    pub universal: ByComplexity,
    /// Rows by category.
    #[serde(flatten)]
    pub rows: BTreeMap<String, ByComplexity>,
}

impl BaseNumbers {
    /// base(category, complexity), in tokens.
    #[must_use]
    pub fn of(&self, category: &Category, complexity: Complexity) -> Tokens {
        let row = self.rows.get(category.as_str()).unwrap_or(&self.universal);
        row.get(complexity).unwrap_or(self.other_complexity)
    }
}

/// The factor from estimate to budget and what raises it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BufferNumbers {
    /// The ordinary factor.
    pub default: f64,
    /// At least this where confidence is low.
    pub low_confidence: f64,
    /// Confidence is low below this.
    pub low_confidence_below: f64,
    /// At least this where there are many deliverables.
    pub many_deliverables: f64,
    /// From this many on.
    pub many_deliverables_from: usize,
    /// At least this for the categories below at high complexity.
    pub high_complexity: f64,
    /// Canonical categories, or the caller's own spelling.
    pub high_complexity_categories: Vec<String>,
    /// Exactly this for these categories, whatever else holds.
    #[serde(default)]
    pub exact: BTreeMap<String, f64>,
}

/// Limits of the selected budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct BudgetNumbers {
    /// No selected budget is larger.
    pub limit_tokens: Tokens,
}

/// The ceiling by complexity where there is neither a caller's nor a selected budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct FallbackNumbers {
    /// For low, medium and high.
    #[serde(flatten)]
    pub rows: ByComplexity,
    /// For anything else.
    pub other: Tokens,
}

impl FallbackNumbers {
    /// The fallback ceiling for `complexity`.
    #[must_use]
    pub fn of(&self, complexity: Complexity) -> Tokens {
        self.rows.get(complexity).unwrap_or(self.other)
    }
}

/// Special-mode floors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct FloorNumbers {
    anthropic: Tokens,
    openai: Tokens,
    gemini: Tokens,
    /// Whether a docs-like phase with a low budget is spared the floor.
    pub keep_intended_docs_budget: bool,
}

impl FloorNumbers {
    /// The floor on `provider`.
    #[must_use]
    pub const fn of(&self, provider: Provider) -> Tokens {
        match provider {
            Provider::Anthropic => self.anthropic,
            Provider::OpenAi => self.openai,
            Provider::Gemini => self.gemini,
        }
    }
}

/// Numbers of the sizing rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct SizingNumbers {
    /// Floor where a lockfile or manifest is in scope.
    pub manifest_tokens: Tokens,
    /// Floor for deployment and frontend.
    pub category_tokens: Tokens,
    /// Floor for backend with many scope paths.
    pub backend_tokens: Tokens,
    /// How many scope paths are many.
    pub backend_from_paths: usize,
    /// A scope of at most this many paths is small.
    pub small_scope_paths: usize,
    /// A file of at most this many lines is small.
    pub small_file_lines: usize,
}

/// Numbers of the escalation rule.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct EscalationNumbers {
    /// The next ceiling is this much larger.
    pub factor: f64,
    /// A reply that used at least this share of its ceiling and did not parse was cut.
    pub utilization: f64,
}
