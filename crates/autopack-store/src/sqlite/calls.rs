//! Reads calls one by one, in order of time.

use autopack_core::{CallFacts, Category, Complexity};
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::columns::select_list;
use super::read::{Unreadable, count, provider, tokens};
use super::samples::{SampleColumns, push_filter};
use crate::calls::CallRow;
use crate::estimation::EstimationEvent;
use crate::import::UNKNOWN;
use crate::row::ReadCount;
use crate::samples::SampleFilter;

/// The columns of a call; those that a database does not have read as NULL.
const COLUMNS: [&str; 21] = [
    "complexity",
    "provider",
    "upstream",
    "route",
    "model",
    "effort",
    "template",
    "estimated_input_tokens",
    "chain_id",
    "attempt",
    "group_key",
    "predicted_output_tokens",
    "actual_output_tokens",
    "selected_budget",
    "actual_max_tokens",
    "thinking_budget_tokens",
    "success",
    "truncated",
    "truncation",
    "stop_reason",
    "failure",
];

/// Hands the calls that pass the filter to `visit`.
pub(crate) async fn for_each_call(
    connection: &mut SqliteConnection,
    columns: SampleColumns,
    filter: &SampleFilter,
    mut visit: impl FnMut(&CallRow<'_>),
) -> Result<ReadCount, sqlx::Error> {
    let table = EstimationEvent::TABLE;
    let listed = select_list(connection, table, &COLUMNS).await?;
    let category = columns.category();
    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(format!(
        "SELECT {category} AS learned_category, {listed} FROM {table} WHERE TRUE"
    ));
    push_filter(&mut statement, filter);
    statement.push(" ORDER BY timestamp, rowid");
    let mut rows = statement.build().fetch(connection);
    let mut read = ReadCount::default();
    while let Some(row) = rows.try_next().await? {
        match show(&row, &mut visit) {
            Ok(()) => read.n_rows += 1,
            Err(Unreadable) => read.n_unreadable += 1,
        }
    }
    Ok(read)
}

/// The model, where the row names one.
pub(crate) fn known_model(model: Option<&str>) -> Option<&str> {
    model.filter(|model| *model != UNKNOWN)
}

fn show(row: &SqliteRow, visit: &mut impl FnMut(&CallRow<'_>)) -> Result<(), Unreadable> {
    let category = Category::canonical(row.try_get("learned_category")?).ok_or(Unreadable)?;
    let complexity = Complexity::canonical(row.try_get("complexity")?).ok_or(Unreadable)?;
    visit(&CallRow {
        category: &category,
        complexity,
        provider: provider(row)?,
        upstream: row.try_get("upstream")?,
        route: row.try_get("route")?,
        facts: CallFacts {
            model: known_model(row.try_get("model")?),
            effort: row.try_get("effort")?,
            template: row.try_get("template")?,
            estimated_input: tokens(row, "estimated_input_tokens")?,
        },
        chain_id: row.try_get("chain_id")?,
        attempt: count(row, "attempt")?,
        group_key: row.try_get("group_key")?,
        predicted_output_tokens: tokens(row, "predicted_output_tokens")?,
        actual_output_tokens: tokens(row, "actual_output_tokens")?,
        selected_budget: tokens(row, "selected_budget")?,
        actual_max_tokens: tokens(row, "actual_max_tokens")?,
        thinking_budget: tokens(row, "thinking_budget_tokens")?,
        success: row.try_get("success")?,
        truncated: row.try_get("truncated")?,
        truncation: row.try_get("truncation")?,
        stop_reason: row.try_get("stop_reason")?,
        failure: row.try_get("failure")?,
    });
    Ok(())
}
