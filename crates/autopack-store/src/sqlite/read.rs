//! Reads rows back, and counts them.

use autopack_core::{Category, Complexity, Provider, Tokens};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::columns::select_list;
use super::recognise::SCHEMA_VERSION;
use crate::escalation::EscalationEvent;
use crate::estimation::EstimationEvent;
use crate::row::{EstimationRow, Filter, Identity, ReadCount, TableSize};
use crate::time::{lower_bound_text, parse_utc};

/// The columns of a row, as reports see it.
const ESTIMATION_COLUMNS: [&str; 18] = [
    "timestamp",
    "run_id",
    "phase_id",
    "provider",
    "upstream",
    "model",
    "category",
    "complexity",
    "policy_version",
    "predicted_output_tokens",
    "selected_budget",
    "actual_max_tokens",
    "actual_output_tokens",
    "success",
    "truncated",
    "truncation",
    "stop_reason",
    "attempt",
];

/// The order of the index on time, so that nothing has to be sorted in memory.
const IN_ORDER: &str = " ORDER BY timestamp, event_id";

const N_ESTIMATIONS: &str = "SELECT count(*) FROM token_estimation_v2_events";
const N_ESCALATIONS: &str = "SELECT count(*) FROM token_budget_escalation_events";
/// No more than so many are counted, so that it takes no longer in a large database.
const N_ESTIMATIONS_SINCE: &str = "
    SELECT count(*) FROM (SELECT 1 FROM token_estimation_v2_events WHERE timestamp >= ? LIMIT ?)";
const NEWEST: &str = "SELECT max(timestamp) FROM token_estimation_v2_events";
const SIZE: &str = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";

/// Hands the rows that pass the filter to `visit`, one after the other.
pub(crate) async fn for_each_estimation(
    connection: &mut SqliteConnection,
    filter: &Filter,
    mut visit: impl FnMut(EstimationRow),
) -> Result<ReadCount, sqlx::Error> {
    let mut statement = estimations(connection, filter, &[]).await?;
    let mut rows = statement.build().fetch(connection);
    let mut count = ReadCount::default();
    while let Some(row) = rows.try_next().await? {
        match estimation(&row) {
            Ok(row) => {
                count.n_rows += 1;
                visit(row);
            }
            Err(Unreadable) => count.n_unreadable += 1,
        }
    }
    Ok(count)
}

/// Selects the rows that pass the filter, in order of time: the columns that reports see, and `more`.
pub(super) async fn estimations(
    connection: &mut SqliteConnection,
    filter: &Filter,
    more: &[&'static str],
) -> Result<QueryBuilder<Sqlite>, sqlx::Error> {
    let table = EstimationEvent::TABLE;
    let columns = [&ESTIMATION_COLUMNS[..], more].concat();
    let columns = select_list(connection, table, &columns).await?;
    let mut statement: QueryBuilder<Sqlite> =
        QueryBuilder::new(format!("SELECT {columns} FROM {table} WHERE TRUE"));
    if let Some(since) = filter.since {
        let since = lower_bound_text(since);
        statement.push(" AND timestamp >= ").push_bind(since);
    }
    if let Some(run_id) = &filter.run_id {
        statement.push(" AND run_id = ").push_bind(run_id.clone());
    }
    statement.push(IN_ORDER);
    Ok(statement)
}

/// How many calls were made at this time or later, up to `most`.
pub(crate) async fn n_estimations_since(
    connection: &mut SqliteConnection,
    since: Timestamp,
    most: u32,
) -> Result<u64, sqlx::Error> {
    let statement = sqlx::query_scalar(N_ESTIMATIONS_SINCE).bind(lower_bound_text(since));
    statement.bind(most).fetch_one(connection).await
}

/// What the database is and holds.
pub(crate) async fn identity(
    connection: &mut SqliteConnection,
    path: &str,
) -> Result<Identity, sqlx::Error> {
    let size_bytes = number(connection, SIZE).await?;
    let tables = vec![
        TableSize {
            name: EstimationEvent::TABLE,
            n_rows: number(connection, N_ESTIMATIONS).await?,
        },
        TableSize {
            name: EscalationEvent::TABLE,
            n_rows: number(connection, N_ESCALATIONS).await?,
        },
    ];
    let schema_version = sqlx::query_scalar(SCHEMA_VERSION)
        .fetch_one(&mut *connection)
        .await?;
    let newest_event = sqlx::query_scalar(NEWEST).fetch_one(connection).await?;
    Ok(Identity {
        path: path.to_owned(),
        size_bytes,
        schema_version,
        tables,
        newest_event,
    })
}

async fn number(
    connection: &mut SqliteConnection,
    query: &'static str,
) -> Result<u64, sqlx::Error> {
    sqlx::query_scalar(query).fetch_one(connection).await
}

/// A value is not what its column says: SQLite keeps any value in any column.
pub(super) struct Unreadable;

impl From<sqlx::Error> for Unreadable {
    fn from(_: sqlx::Error) -> Self {
        Self
    }
}

pub(super) fn estimation(row: &SqliteRow) -> Result<EstimationRow, Unreadable> {
    let timestamp = parse_utc(row.try_get("timestamp")?);
    let category = Category::canonical(row.try_get("category")?);
    let complexity = Complexity::canonical(row.try_get("complexity")?);
    Ok(EstimationRow {
        timestamp: timestamp.ok_or(Unreadable)?,
        run_id: row.try_get("run_id")?,
        phase_id: row.try_get("phase_id")?,
        provider: provider(row)?,
        upstream: row.try_get("upstream")?,
        model: row.try_get("model")?,
        category: category.ok_or(Unreadable)?,
        complexity: complexity.ok_or(Unreadable)?,
        policy_version: row.try_get("policy_version")?,
        predicted_output_tokens: tokens(row, "predicted_output_tokens")?,
        selected_budget: tokens(row, "selected_budget")?,
        actual_max_tokens: tokens(row, "actual_max_tokens")?,
        actual_output_tokens: tokens(row, "actual_output_tokens")?,
        success: row.try_get("success")?,
        truncated: row.try_get("truncated")?,
        truncation: row.try_get("truncation")?,
        stop_reason: row.try_get("stop_reason")?,
        attempt: count(row, "attempt")?,
    })
}

pub(super) fn tokens(row: &SqliteRow, name: &str) -> Result<Option<Tokens>, Unreadable> {
    Ok(count(row, name)?.map(Tokens::new))
}

/// A number that may be unknown, but not negative.
pub(super) fn count<N: TryFrom<i64>>(row: &SqliteRow, name: &str) -> Result<Option<N>, Unreadable> {
    let number: Option<i64> = row.try_get(name)?;
    number
        .map(|number| N::try_from(number).map_err(|_| Unreadable))
        .transpose()
}

pub(super) fn provider(row: &SqliteRow) -> Result<Option<Provider>, Unreadable> {
    let word: Option<&str> = row.try_get("provider")?;
    word.map(|word| word.parse().map_err(|_| Unreadable))
        .transpose()
}
