//! A call as it comes together, line by line.

use autopack_core::{Category, Complexity, Provider, Tokens};
use jiff::civil::DateTime;

use super::super::call::{Call, stop_of};
use super::super::key::KeyMaker;
use super::super::{Assumed, SourceFormat};
use super::record::{Enforcement, Estimate, Selection, Usage};

/// The reason that Anthropic gives where it cuts off at the ceiling; the reference says so in a line of
/// its own.
const AT_CEILING: &str = "max_tokens";

/// What is known of a call so far.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Of its first line.
    pub(super) number: u64,
    /// How many lines have told of it.
    pub(super) n_lines: u32,
    pub(super) time: DateTime,
    pub(super) key: String,
    pub(super) has_estimate: bool,
    pub(super) run_id: Option<String>,
    pub(super) phase: Option<String>,
    pub(super) model: Option<String>,
    pub(super) complexity: Option<String>,
    pub(super) category: Option<String>,
    pub(super) n_deliverables: Option<u64>,
    /// From 1.
    pub(super) attempt: Option<u32>,
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) ceiling: Option<u64>,
    pub(super) predicted: Option<u64>,
    pub(super) selected: Option<u64>,
    pub(super) is_truncated: bool,
    pub(super) stop_reason: Option<String>,
    pub(super) success: Option<bool>,
}

impl Draft {
    fn new(number: u64, time: DateTime, key: String) -> Self {
        Self {
            number,
            n_lines: 1,
            time,
            key,
            has_estimate: false,
            run_id: None,
            phase: None,
            model: None,
            complexity: None,
            category: None,
            n_deliverables: None,
            attempt: None,
            input: None,
            output: None,
            ceiling: None,
            predicted: None,
            selected: None,
            is_truncated: false,
            stop_reason: None,
            success: None,
        }
    }

    pub(super) fn of_usage(number: u64, time: DateTime, usage: &Usage<'_>) -> Self {
        let mut key = KeyMaker::new(SourceFormat::Log, time.to_string());
        key.part("usage");
        key.part(usage.phase).part(usage.model);
        key.number(usage.input)
            .number(usage.output)
            .number(usage.ceiling);
        Self {
            phase: Some(usage.phase.to_owned()),
            model: Some(usage.model.to_owned()),
            complexity: Some(usage.complexity.to_owned()),
            input: Some(usage.input),
            output: Some(usage.output),
            ceiling: Some(usage.ceiling),
            ..Self::new(number, time, key.key())
        }
    }

    /// A call that no other line tells of.
    pub(super) fn of_estimate(number: u64, time: DateTime, estimate: &Estimate<'_>) -> Self {
        let mut key = KeyMaker::new(SourceFormat::Log, time.to_string());
        key.part("estimate");
        key.part(estimate.category)
            .part(estimate.complexity)
            .part(estimate.model);
        for number in [Some(estimate.predicted), estimate.actual, estimate.selected] {
            key.part(number.map_or_else(String::new, |number| number.to_string()));
        }
        let mut draft = Self::new(number, time, key.key());
        draft.estimated(estimate);
        draft.n_lines = 1;
        draft
    }

    /// A call that only the first form of an estimate tells of.
    pub(super) fn of_estimate_v1(number: u64, time: DateTime, predicted: u64, actual: u64) -> Self {
        let mut key = KeyMaker::new(SourceFormat::Log, time.to_string());
        key.part("estimate v1");
        key.number(predicted).number(actual);
        Self {
            has_estimate: true,
            predicted: Some(predicted),
            output: Some(actual),
            ..Self::new(number, time, key.key())
        }
    }

    /// Whether an estimate may be of this call.
    pub(super) fn awaits(&self, estimate: &Estimate<'_>) -> bool {
        let is_same = |known: &Option<String>, said| known.as_deref() == Some(said);
        !self.has_estimate
            && (self.output == estimate.actual || estimate.actual.is_none())
            && is_same(&self.complexity, estimate.complexity)
            && is_same(&self.model, estimate.model)
    }

    /// Whether an estimate says what another has said of this call.
    pub(super) fn knows(&self, estimate: &Estimate<'_>) -> bool {
        self.has_estimate
            && self.predicted == Some(estimate.predicted)
            && (self.output == estimate.actual || estimate.actual.is_none())
            && self.selected == estimate.selected
            && self.model.as_deref() == Some(estimate.model)
    }

    /// An estimate tells of it. What the estimator selected is best known to itself.
    pub(super) fn estimated(&mut self, estimate: &Estimate<'_>) {
        self.n_lines += 1;
        self.has_estimate = true;
        self.predicted = Some(estimate.predicted);
        self.output = self.output.or(estimate.actual);
        self.selected = estimate.selected.or(self.selected);
        self.category = Some(estimate.category.to_owned());
        self.complexity = Some(estimate.complexity.to_owned());
        self.model = Some(estimate.model.to_owned());
        self.n_deliverables = Some(estimate.n_deliverables);
        self.success = estimate.success.or(self.success);
        self.is_truncated |= estimate.truncated == Some(true);
        self.stop_reason = estimate
            .stop_reason
            .map(str::to_owned)
            .or(self.stop_reason.take());
    }

    pub(super) fn enforced(&mut self, enforcement: Enforcement) {
        self.n_lines += 1;
        self.selected = self.selected.or(Some(enforcement.selected));
        self.ceiling = self.ceiling.or(Some(enforcement.ceiling));
    }

    /// What was selected before it, where it is for the same model. Not a line of the call itself.
    pub(super) fn selected_for(&mut self, selection: &Selected) {
        if self.model.as_deref() == Some(&selection.model) {
            self.attempt = selection.attempt.checked_add(1);
            self.category.clone_from(&selection.category);
        }
    }

    pub(super) fn truncated(&mut self) {
        self.n_lines += 1;
        self.is_truncated = true;
        self.stop_reason = Some(AT_CEILING.to_owned());
    }

    /// The call, or why there is none.
    pub(super) fn into_call(self, assumed: &Assumed) -> Result<Call, &'static str> {
        let complexity = match &self.complexity {
            Some(word) => Complexity::canonical(word).ok_or(STRANGE_COMPLEXITY)?,
            None => assumed.complexity.ok_or(NO_COMPLEXITY)?,
        };
        let timestamp = assumed.utc_offset.to_timestamp(self.time);
        let category = self.category.as_deref().and_then(Category::canonical);
        Ok(Call {
            import_key: self.key,
            run_id: self.run_id.unwrap_or_else(|| assumed.run_id.clone()),
            phase_id: self.phase,
            timestamp: timestamp.map_err(|_| "a time out of range")?,
            // The reference wrote these lines for this provider alone.
            provider: Some(Provider::Anthropic),
            model: self.model,
            category: category.or_else(|| assumed.category.clone()),
            complexity,
            n_deliverables: self.n_deliverables,
            attempt: self.attempt,
            input: self.input.map(Tokens::new),
            predicted: self.predicted.map(Tokens::new),
            selected_budget: self.selected.map(Tokens::new),
            actual_max_tokens: self.ceiling.map(Tokens::new),
            output: self.output.map(Tokens::new),
            is_truncated: self.is_truncated,
            stop: self.stop_reason.as_deref().map(stop_of),
            success: self.success,
            doc_features: None,
            context_quality: None,
        })
    }
}

/// A selection that outlives its line.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    model: String,
    attempt: u32,
    category: Option<String>,
}

impl From<Selection<'_>> for Selected {
    fn from(selection: Selection<'_>) -> Self {
        Self {
            model: selection.model.to_owned(),
            attempt: selection.attempt,
            category: selection.category.map(str::to_owned),
        }
    }
}

const STRANGE_COMPLEXITY: &str = "a complexity that is none of low, medium, high, maintenance";
const NO_COMPLEXITY: &str = "no line tells the complexity of this call";
