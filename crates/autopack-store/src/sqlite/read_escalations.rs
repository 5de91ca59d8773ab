//! Reads escalations back, each with what became of the attempt that followed.

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::read::{Unreadable, count, provider, tokens};
use crate::row::{EscalationRow, Filter, NextAttempt, ReadCount};
use crate::time::{lower_bound_text, parse_utc};

/// No index leads from a chain to its attempts. Those beyond the first are few: they are picked out
/// once, and SQLite makes an index on them for this statement.
///
/// A run that is resumed counts its attempts anew under the same chain, so the attempt that followed
/// is the earliest made after the escalation. With `min`, SQLite takes the other columns from the
/// row that has the least.
const ESCALATIONS: &str = "
    WITH retries AS MATERIALIZED (
        SELECT chain_id, attempt, timestamp, success, truncated, actual_output_tokens
        FROM token_estimation_v2_events
        WHERE attempt > 1
    )
    SELECT escalated.timestamp, escalated.run_id, escalated.phase_id, escalated.attempt_index,
        escalated.provider, escalated.reason, escalated.base_source, escalated.retry_max_tokens,
        min(retries.timestamp) AS retried_at, retries.success, retries.truncated,
        retries.actual_output_tokens
    FROM token_budget_escalation_events AS escalated
    LEFT JOIN retries
        ON retries.chain_id = escalated.chain_id
        AND retries.attempt = escalated.attempt_index + 1
        AND retries.timestamp >= escalated.timestamp
    WHERE TRUE";

const IN_ORDER: &str = " GROUP BY escalated.event_id ORDER BY escalated.event_id";

/// Hands the escalations that pass the filter to `visit`, one after the other.
pub(crate) async fn for_each_escalation(
    connection: &mut SqliteConnection,
    filter: &Filter,
    mut visit: impl FnMut(EscalationRow),
) -> Result<ReadCount, sqlx::Error> {
    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(ESCALATIONS);
    if let Some(since) = filter.since {
        let since = lower_bound_text(since);
        statement
            .push(" AND escalated.timestamp >= ")
            .push_bind(since);
    }
    if let Some(run_id) = &filter.run_id {
        let run_id = run_id.clone();
        statement.push(" AND escalated.run_id = ").push_bind(run_id);
    }
    statement.push(IN_ORDER);
    let mut rows = statement.build().fetch(connection);
    let mut read = ReadCount::default();
    while let Some(row) = rows.try_next().await? {
        match escalation(&row) {
            Ok(row) => {
                read.n_rows += 1;
                visit(row);
            }
            Err(Unreadable) => read.n_unreadable += 1,
        }
    }
    Ok(read)
}

fn escalation(row: &SqliteRow) -> Result<EscalationRow, Unreadable> {
    Ok(EscalationRow {
        timestamp: parse_utc(row.try_get("timestamp")?).ok_or(Unreadable)?,
        run_id: row.try_get("run_id")?,
        phase_id: row.try_get("phase_id")?,
        attempt: count(row, "attempt_index")?.ok_or(Unreadable)?,
        provider: provider(row)?,
        reason: row.try_get("reason")?,
        base_source: row.try_get("base_source")?,
        retry_max_tokens: tokens(row, "retry_max_tokens")?.ok_or(Unreadable)?,
        next: next(row)?,
    })
}

fn next(row: &SqliteRow) -> Result<Option<NextAttempt>, Unreadable> {
    if row.try_get::<Option<&str>, _>("retried_at")?.is_none() {
        return Ok(None);
    }
    let came_back = row.try_get("success")? || tokens(row, "actual_output_tokens")?.is_some();
    Ok(Some(if row.try_get("truncated")? {
        NextAttempt::Truncated
    } else if came_back {
        NextAttempt::Whole
    } else {
        NextAttempt::Failed
    }))
}
