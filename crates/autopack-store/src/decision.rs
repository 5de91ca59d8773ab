//! A call with the decision behind it.

use autopack_core::{CallFacts, Category, LoggedStep, Tokens};
use serde::Deserialize;

use crate::row::EstimationRow;
use crate::sqlite::calls::known_model;

/// One call as a replay sees it: what reports see, and what is kept of the decision. What is `None` was
/// not known or not written down.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRow {
    /// What reports see.
    pub call: EstimationRow,
    /// What joins the attempts at one answer.
    pub chain_id: Option<String>,
    /// The cell it is learned in; none has the rest of an answer.
    pub group_key: Option<String>,
    /// How many deliverables the phase had.
    pub n_deliverables: Option<usize>,
    /// What the phase was estimated as.
    pub estimated_category: Option<Category>,
    /// How sure the estimate was, 0 to 1.
    pub confidence: Option<f64>,
    /// The client's own ceiling.
    pub requested_max_tokens: Option<Tokens>,
    /// The thinking budget that went along, inside the ceiling.
    pub thinking_budget: Option<Tokens>,
    /// How hard the model was told to think, in a word.
    pub effort: Option<String>,
    /// The form of the prompt, by name.
    pub template: Option<String>,
    /// What was estimated to go in, before the call.
    pub estimated_input: Option<Tokens>,
    /// What went in.
    pub input_tokens: Option<Tokens>,
    /// The kind of a failed call, such as `timed_out`.
    pub failure: Option<String>,
    /// The steps of the decision.
    pub steps: Option<Vec<LoggedStep>>,
}

impl DecisionRow {
    /// What else was known of the call before it was made.
    #[must_use]
    pub fn facts(&self) -> CallFacts<'_> {
        CallFacts {
            model: known_model(Some(&self.call.model)),
            effort: self.effort.as_deref(),
            template: self.template.as_deref(),
            estimated_input: self.estimated_input,
        }
    }
}

/// A step as [`crate::decision_steps_json`] writes it.
#[derive(Deserialize)]
struct StepRecord {
    name: String,
    after: u64,
    reason: String,
}

/// Reads what [`crate::decision_steps_json`] wrote.
pub(crate) fn parse_steps(json: &str) -> Option<Vec<LoggedStep>> {
    let records: Vec<StepRecord> = serde_json::from_str(json).ok()?;
    let steps = records.into_iter().map(|record| LoggedStep {
        name: record.name,
        after: Tokens::new(record.after),
        reason: record.reason,
    });
    Some(steps.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::{Reason, Step, StepName};

    #[test]
    fn steps_are_read_as_they_were_written() {
        let step = Step {
            name: StepName::Start,
            before: None,
            after: Tokens::new(4096),
            reason: Reason::SelectedBudget,
        };
        let read = parse_steps(&crate::decision_steps_json(&[step])).expect("steps");
        let expected = LoggedStep {
            name: "start".to_owned(),
            after: Tokens::new(4096),
            reason: Reason::SelectedBudget.to_string(),
        };
        assert_eq!(read, [expected]);
        for bad in ["", "{}", "[{}]", r#"[{"name":"a","after":-1,"reason":""}]"#] {
            assert_eq!(parse_steps(bad), None, "{bad}");
        }
    }
}
