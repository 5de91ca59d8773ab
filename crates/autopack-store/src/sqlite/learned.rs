//! Writes and reads what refusals taught.

use autopack_core::{CeilingParameter, Tokens};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::learned::LearnedLimit;
use crate::time::{parse_utc, utc_text};

const TABLE_IS_THERE: &str =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'learned_limits'";

/// What the server did not say this time stays as it was.
const REMEMBER: &str = "
    INSERT INTO learned_limits (route, model, max_output_tokens, ceiling_parameter, learned_at)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (route, model) DO UPDATE SET
        max_output_tokens = coalesce(excluded.max_output_tokens, max_output_tokens),
        ceiling_parameter = coalesce(excluded.ceiling_parameter, ceiling_parameter),
        learned_at = excluded.learned_at";

const ALL: &str = "
    SELECT route, model, max_output_tokens, ceiling_parameter, learned_at
    FROM learned_limits ORDER BY route, model";

const FORGET: &str = "DELETE FROM learned_limits";

pub(crate) async fn remember(
    connection: &mut SqliteConnection,
    limit: &LearnedLimit,
) -> Result<(), sqlx::Error> {
    let tokens = limit.max_output_tokens.map(Tokens::get);
    sqlx::query(REMEMBER)
        .bind(&limit.route)
        .bind(&limit.model)
        .bind(tokens.map(|tokens| i64::try_from(tokens).unwrap_or(i64::MAX)))
        .bind(limit.ceiling_parameter.map(CeilingParameter::as_str))
        .bind(utc_text(limit.learned_at))
        .execute(connection)
        .await
        .map(|_| ())
}

/// All of them; none in a database from before there were any. A row that cannot be read is passed over:
/// the server will say it again.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
) -> Result<Vec<LearnedLimit>, sqlx::Error> {
    let n_tables: i64 = sqlx::query_scalar(TABLE_IS_THERE)
        .fetch_one(&mut *connection)
        .await?;
    if n_tables == 0 {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(ALL).fetch_all(connection).await?;
    Ok(rows.iter().filter_map(limit).collect())
}

/// Forgets all of them and says how many there were.
pub(crate) async fn forget(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(FORGET).execute(connection).await?;
    Ok(done.rows_affected())
}

fn limit(row: &SqliteRow) -> Option<LearnedLimit> {
    let tokens: Option<i64> = row.try_get("max_output_tokens").ok()?;
    let parameter: Option<&str> = row.try_get("ceiling_parameter").ok()?;
    let tokens = tokens.map(u64::try_from).transpose().ok()?;
    Some(LearnedLimit {
        route: row.try_get("route").ok()?,
        model: row.try_get("model").ok()?,
        max_output_tokens: tokens.map(Tokens::new),
        ceiling_parameter: parameter.and_then(|name| name.parse().ok()),
        learned_at: parse_utc(row.try_get("learned_at").ok()?)?,
    })
}
