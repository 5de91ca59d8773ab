//! An escalation, with what is known of the call that led to it.

use autopack_core::Provider;
use jiff::civil::DateTime;

use super::super::SourceFormat;
use super::super::key::KeyMaker;
use super::draft::Draft;
use super::join::Found;
use super::record::Escalation;
use crate::time::utc_text;

/// The column of the utilization is in percent.
const PERCENT: f64 = 100.0;

/// Adds the escalation. `call` is the last one of its phase, where the log has it.
pub(super) fn add(
    number: u64,
    time: DateTime,
    escalation: &Escalation<'_>,
    call: Option<&Draft>,
    run_id: Option<String>,
    found: &mut Found<'_>,
) {
    let Ok(timestamp) = found.assumed.utc_offset.to_timestamp(time) else {
        found.report.bad(number, "a time out of range");
        return;
    };
    let was_truncated = match call {
        Some(call) => call.is_truncated,
        None => escalation.utilization_percent.is_none(),
    };
    let reason = match escalation.utilization_percent {
        None => "truncation",
        Some(_) => "utilization",
    };
    let of_call = |number: fn(&Draft) -> Option<u64>| call.and_then(number);
    let utilization = escalation
        .utilization_percent
        .or_else(|| call.and_then(utilization));
    found.batch.escalation(vec![
        (
            "run_id",
            run_id
                .unwrap_or_else(|| found.assumed.run_id.clone())
                .into(),
        ),
        ("phase_id", escalation.phase.to_owned().into()),
        ("timestamp", utc_text(timestamp).into()),
        ("attempt_index", escalation.attempt.into()),
        ("reason", reason.into()),
        ("was_truncated", was_truncated.into()),
        ("output_utilization", utilization.into()),
        ("escalation_factor", escalation.factor.into()),
        ("base_value", Some(escalation.base).into()),
        ("base_source", escalation.base_source.to_owned().into()),
        ("retry_max_tokens", Some(escalation.retry).into()),
        ("selected_budget", of_call(|call| call.selected).into()),
        ("actual_max_tokens", of_call(|call| call.ceiling).into()),
        ("tokens_used", of_call(|call| call.output).into()),
        ("provider", Provider::Anthropic.as_str().into()),
        ("import_key", key(time, escalation).into()),
    ]);
}

fn key(time: DateTime, escalation: &Escalation<'_>) -> String {
    let mut key = KeyMaker::new(SourceFormat::Log, time.to_string());
    key.part("escalation").part(escalation.phase);
    key.number(escalation.attempt.into())
        .number(escalation.base)
        .number(escalation.retry);
    key.key()
}

/// In percent.
#[expect(clippy::cast_precision_loss, reason = "tokens are far below 2^53")]
fn utilization(call: &Draft) -> Option<f64> {
    let (output, ceiling) = call.output.zip(call.ceiling)?;
    (ceiling > 0).then(|| PERCENT * output as f64 / ceiling as f64)
}
