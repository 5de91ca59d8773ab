//! Reads calls back with the decisions behind them.

use autopack_core::Category;
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::read::{self, Unreadable, count, tokens};
use crate::decision::{DecisionRow, parse_steps};
use crate::row::{Filter, ReadCount};

/// The columns beyond those that reports see.
const DECISION_COLUMNS: [&str; 13] = [
    "chain_id",
    "group_key",
    "deliverable_count",
    "estimated_category",
    "confidence",
    "requested_max_tokens",
    "thinking_budget_tokens",
    "effort",
    "template",
    "estimated_input_tokens",
    "input_tokens",
    "failure",
    "decision_steps_json",
];

/// Hands the rows that pass the filter to `visit`, one after the other.
pub(crate) async fn for_each_decision(
    connection: &mut SqliteConnection,
    filter: &Filter,
    mut visit: impl FnMut(DecisionRow),
) -> Result<ReadCount, sqlx::Error> {
    let mut statement = read::estimations(connection, filter, &DECISION_COLUMNS).await?;
    let mut rows = statement.build().fetch(connection);
    let mut count = ReadCount::default();
    while let Some(row) = rows.try_next().await? {
        match decision(&row) {
            Ok(row) => {
                count.n_rows += 1;
                visit(row);
            }
            Err(Unreadable) => count.n_unreadable += 1,
        }
    }
    Ok(count)
}

fn decision(row: &SqliteRow) -> Result<DecisionRow, Unreadable> {
    let estimated_category: Option<&str> = row.try_get("estimated_category")?;
    let steps: Option<&str> = row.try_get("decision_steps_json")?;
    let steps = steps.map(|json| parse_steps(json).ok_or(Unreadable));
    Ok(DecisionRow {
        call: read::estimation(row)?,
        chain_id: row.try_get("chain_id")?,
        group_key: row.try_get("group_key")?,
        n_deliverables: count(row, "deliverable_count")?,
        estimated_category: estimated_category.and_then(Category::canonical),
        confidence: row.try_get("confidence")?,
        requested_max_tokens: tokens(row, "requested_max_tokens")?,
        thinking_budget: tokens(row, "thinking_budget_tokens")?,
        effort: row.try_get("effort")?,
        template: row.try_get("template")?,
        estimated_input: tokens(row, "estimated_input_tokens")?,
        input_tokens: tokens(row, "input_tokens")?,
        failure: row.try_get("failure")?,
        steps: steps.transpose()?,
    })
}
