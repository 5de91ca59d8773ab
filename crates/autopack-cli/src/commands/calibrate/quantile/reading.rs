//! Rows of the store as attempts; neither side knows the other.

use autopack_calibrate::quantile::{Attempt, Ending, Extent, Observations};
use autopack_core::{Provider, StopReason, Tokens};
use autopack_store::{CallRow, ReadCount, SampleFilter, Samples};
use autopack_wire::Truncation;

use super::aim::{Destination, Destinations};
use crate::exit::{Failure, Fault};

/// What the database holds.
pub(super) struct Read {
    pub(super) count: ReadCount,
    pub(super) observations: Observations,
    /// Where the calls that came back went.
    pub(super) destination: Destination,
}

pub(super) async fn read(
    mut samples: Samples,
    min_output_tokens: u64,
    filter: &SampleFilter,
) -> Result<Read, Failure> {
    let mut observations = Observations::new(min_output_tokens);
    let mut destinations = Destinations::new();
    let read = samples.for_each_call(filter, |row| {
        let attempt = attempt(row);
        if attempt.ending != Ending::Failed {
            let name = row.upstream.or(row.provider.map(Provider::as_str));
            destinations.add(name, row.route);
        }
        observations.read(&attempt);
    });
    let count = read.await.outside()?;
    samples.close().await.outside()?;
    Ok(Read {
        count,
        observations,
        destination: destinations.all(),
    })
}

fn attempt<'a>(row: &CallRow<'a>) -> Attempt<'a> {
    Attempt {
        category: row.category,
        complexity: row.complexity,
        provider: row.provider,
        facts: row.facts,
        chain: row.chain_id,
        number: row.attempt.unwrap_or(1),
        extent: extent(row),
        predicted: row.predicted_output_tokens,
        has_thinking_budget: row.thinking_budget.is_some(),
        ceiling: row.actual_max_tokens.or(row.selected_budget),
        output: row.actual_output_tokens,
        ending: ending(row),
    }
}

/// The rest of an answer has neither a prediction nor a group.
fn extent(row: &CallRow<'_>) -> Extent {
    let is_later = row.attempt.is_some_and(|attempt| attempt > 1);
    if is_later && row.group_key.is_none() && row.predicted_output_tokens.is_none() {
        Extent::Rest
    } else {
        Extent::Whole
    }
}

fn ending(row: &CallRow<'_>) -> Ending {
    let elsewhere = [Truncation::WindowFull, Truncation::Runaway].map(Truncation::as_str);
    let is_elsewhere = row.truncation.is_some_and(|kind| elsewhere.contains(&kind))
        || row.stop_reason == Some(StopReason::ContextWindow.as_str());
    let has_output = row
        .actual_output_tokens
        .is_some_and(|output| output > Tokens::default());
    if is_elsewhere {
        Ending::CutOffAnyway
    } else if row.truncated {
        Ending::CutOff
    } else if row.failure.is_none() && (row.success == Some(true) || has_output) {
        Ending::Whole
    } else {
        Ending::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::{CallFacts, Category, Complexity};

    fn row() -> CallRow<'static> {
        CallRow {
            category: &Category::Docs,
            complexity: Complexity::Low,
            provider: None,
            upstream: None,
            route: None,
            facts: CallFacts::default(),
            chain_id: Some("r/p/openai"),
            attempt: Some(1),
            group_key: Some("docs/low"),
            predicted_output_tokens: Some(Tokens::new(2600)),
            actual_output_tokens: Some(Tokens::new(1200)),
            selected_budget: Some(Tokens::new(4096)),
            actual_max_tokens: None,
            thinking_budget: None,
            success: Some(true),
            truncated: false,
            truncation: None,
            stop_reason: Some("end_turn"),
            failure: None,
        }
    }

    #[test]
    fn how_a_call_ended_is_told_by_what_came_back() {
        let failed = CallRow {
            success: Some(false),
            ..row()
        };
        let cut = CallRow {
            truncated: true,
            truncation: Some("at_ceiling"),
            ..failed
        };
        for (row, expected) in [
            (row(), Ending::Whole),
            // The answer could not be used, and has its length all the same.
            (failed, Ending::Whole),
            (
                CallRow {
                    actual_output_tokens: None,
                    ..failed
                },
                Ending::Failed,
            ),
            (
                CallRow {
                    actual_output_tokens: Some(Tokens::new(0)),
                    ..failed
                },
                Ending::Failed,
            ),
            (
                CallRow {
                    failure: Some("timed_out"),
                    ..failed
                },
                Ending::Failed,
            ),
            (cut, Ending::CutOff),
            (
                CallRow {
                    truncation: Some("runaway"),
                    ..cut
                },
                Ending::CutOffAnyway,
            ),
            (
                CallRow {
                    truncation: None,
                    stop_reason: Some("context_window"),
                    ..cut
                },
                Ending::CutOffAnyway,
            ),
        ] {
            assert_eq!(ending(&row), expected, "{row:?}");
        }
    }

    #[test]
    fn what_nobody_predicted_in_a_later_attempt_is_the_rest_of_an_answer() {
        let rest = CallRow {
            attempt: Some(2),
            group_key: None,
            predicted_output_tokens: None,
            ..row()
        };
        assert_eq!(extent(&rest), Extent::Rest);
        assert_eq!(
            extent(&CallRow {
                attempt: None,
                ..rest
            }),
            Extent::Whole
        );
        assert_eq!(
            extent(&CallRow {
                group_key: Some("docs/low"),
                ..rest
            }),
            Extent::Whole
        );
        assert_eq!(
            attempt(&row()).ceiling,
            Some(Tokens::new(4096)),
            "from before the split"
        );
    }
}
