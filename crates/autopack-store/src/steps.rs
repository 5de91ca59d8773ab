//! The steps of a decision, as they are kept.

use autopack_core::{Step, Tokens};
use serde::Serialize;

#[derive(Serialize)]
struct StepRecord {
    name: &'static str,
    before: Option<Tokens>,
    after: Tokens,
    reason: String,
}

/// The steps as `[{"name", "before", "after", "reason"}]`, numbers in tokens, in order.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    reason = "texts and numbers always make JSON"
)]
pub fn decision_steps_json(steps: &[Step]) -> String {
    let records: Vec<StepRecord> = steps
        .iter()
        .map(|step| StepRecord {
            name: step.name.as_str(),
            before: step.before,
            after: step.after,
            reason: step.reason.to_string(),
        })
        .collect();
    serde_json::to_string(&records).expect("texts and numbers always make JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::{Reason, StepName};

    #[test]
    fn a_step_has_four_fields() {
        let steps = [
            Step {
                name: StepName::Start,
                before: None,
                after: Tokens::new(4096),
                reason: Reason::SelectedBudget,
            },
            Step {
                name: StepName::Escalation,
                before: Some(Tokens::new(4096)),
                after: Tokens::new(5120),
                reason: Reason::CallerCeiling,
            },
        ];
        assert_eq!(
            decision_steps_json(&steps),
            concat!(
                r#"[{"name":"start","before":null,"after":4096,"reason":"the selected budget"},"#,
                r#"{"name":"escalation","before":4096,"after":5120,"reason":"the caller's own ceiling"}]"#
            )
        );
        assert_eq!(decision_steps_json(&[]), "[]");
    }
}
