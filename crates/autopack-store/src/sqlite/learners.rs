//! Writes and reads what learners know.

use sqlx::{Row, SqliteConnection};

use crate::learner::LearnerState;
use crate::time::{parse_utc, utc_text};

const TABLE_IS_THERE: &str =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'learner_states'";

const SAVE: &str = "
    INSERT INTO learner_states (name, state, saved_at) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at";

const FIND: &str = "SELECT state, saved_at FROM learner_states WHERE name = ?";

pub(crate) async fn save(
    connection: &mut SqliteConnection,
    learner: &LearnerState,
) -> Result<(), sqlx::Error> {
    sqlx::query(SAVE)
        .bind(&learner.name)
        .bind(&learner.state)
        .bind(utc_text(learner.saved_at))
        .execute(connection)
        .await
        .map(|_| ())
}

/// The learner of this name; none in a database from before there were any.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<LearnerState>, sqlx::Error> {
    let n_tables: i64 = sqlx::query_scalar(TABLE_IS_THERE)
        .fetch_one(&mut *connection)
        .await?;
    if n_tables == 0 {
        return Ok(None);
    }
    let row = sqlx::query(FIND).bind(name).fetch_optional(connection);
    let Some(row) = row.await? else {
        return Ok(None);
    };
    let saved_at = parse_utc(row.try_get("saved_at")?);
    Ok(Some(LearnerState {
        name: name.to_owned(),
        state: row.try_get("state")?,
        saved_at: saved_at.ok_or_else(|| sqlx::Error::Decode("saved_at is no time".into()))?,
    }))
}
