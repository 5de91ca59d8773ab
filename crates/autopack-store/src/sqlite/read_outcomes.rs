//! Reads what came of attempts, for those who learn from them.

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::read::{Unreadable, count, provider, tokens};
use crate::row::{OutcomeRow, ReadCount};

/// Groups are named after their upstream by who learns for it; the cells of phases are not.
const NEWEST: &str = "
    SELECT event_id, group_key, provider, model, chain_id, attempt,
        actual_max_tokens, actual_output_tokens, truncation, success
    FROM token_estimation_v2_events
    WHERE event_id > ? AND substr(group_key, 1, length(upstream) + 1) = upstream || '/'
    ORDER BY event_id DESC
    LIMIT ?";

const NEWEST_ID: &str = "SELECT max(event_id) FROM token_estimation_v2_events";

/// The key of the newest row; 0 where there is none.
pub(crate) async fn newest_event_id(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let newest: Option<i64> = sqlx::query_scalar(NEWEST_ID).fetch_one(connection).await?;
    Ok(newest.unwrap_or_default())
}

/// Hands the newest rows beyond the key `after` to `visit`, the newest first.
pub(crate) async fn for_each_outcome(
    connection: &mut SqliteConnection,
    after: i64,
    n_rows: u32,
    mut visit: impl FnMut(OutcomeRow),
) -> Result<ReadCount, sqlx::Error> {
    let mut rows = sqlx::query(NEWEST)
        .bind(after)
        .bind(n_rows)
        .fetch(connection);
    let mut read = ReadCount::default();
    while let Some(row) = rows.try_next().await? {
        match outcome(&row) {
            Ok(row) => {
                read.n_rows += 1;
                visit(row);
            }
            Err(Unreadable) => read.n_unreadable += 1,
        }
    }
    Ok(read)
}

fn outcome(row: &SqliteRow) -> Result<OutcomeRow, Unreadable> {
    Ok(OutcomeRow {
        event_id: row.try_get("event_id")?,
        group_key: row.try_get("group_key")?,
        provider: provider(row)?,
        model: row.try_get("model")?,
        chain_id: row.try_get("chain_id")?,
        attempt: count(row, "attempt")?,
        actual_max_tokens: tokens(row, "actual_max_tokens")?,
        actual_output_tokens: tokens(row, "actual_output_tokens")?,
        truncation: row.try_get("truncation")?,
        success: row.try_get("success")?,
    })
}
