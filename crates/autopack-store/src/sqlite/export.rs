//! Reads whole rows, whatever their columns are.

use std::io;

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, TypeInfo, ValueRef};

use super::quoted;
use crate::export::{Field, RowWriter};
use crate::row::{Filter, ReadCount};
use crate::time::lower_bound_text;

const COLUMNS: &str = "
    SELECT name, type = 'BOOLEAN' FROM pragma_table_info(?) WHERE name <> 'event_id'";

/// Writes the rows of a table that pass the filter. The inner error is the writer's.
pub(crate) async fn write_table(
    connection: &mut SqliteConnection,
    table: &'static str,
    filter: &Filter,
    writer: &mut impl RowWriter,
) -> Result<io::Result<ReadCount>, sqlx::Error> {
    let columns: Vec<(String, bool)> = sqlx::query_as(COLUMNS)
        .bind(table)
        .fetch_all(&mut *connection)
        .await?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    if let Err(error) = writer.begin(table, &names) {
        return Ok(Err(error));
    }
    let mut statement = statement(table, &names, filter);
    let mut rows = statement.build().fetch(connection);
    let mut count = ReadCount::default();
    while let Some(row) = rows.try_next().await? {
        let fields = columns
            .iter()
            .enumerate()
            .map(|(at, (_, is_truth))| field(&row, at, *is_truth));
        let Some(fields) = fields.collect::<Result<Option<Vec<_>>, _>>()? else {
            count.n_unreadable += 1;
            continue;
        };
        count.n_rows += 1;
        if let Err(error) = writer.row(&fields) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(count))
}

fn statement(table: &'static str, names: &[&str], filter: &Filter) -> QueryBuilder<Sqlite> {
    let mut statement = QueryBuilder::new("SELECT ");
    let mut list = statement.separated(", ");
    for name in names {
        list.push(quoted(name));
    }
    statement.push(" FROM ").push(table).push(" WHERE TRUE");
    if let Some(since) = filter.since {
        let since = lower_bound_text(since);
        statement.push(" AND timestamp >= ").push_bind(since);
    }
    if let Some(run_id) = &filter.run_id {
        statement.push(" AND run_id = ").push_bind(run_id.clone());
    }
    statement.push(" ORDER BY timestamp, event_id");
    statement
}

/// The value of a column; `None` where it is neither text nor number.
fn field(row: &SqliteRow, at: usize, is_truth: bool) -> Result<Option<Field<'_>>, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Some(Field::Unknown));
    }
    Ok(Some(match value.type_info().name() {
        "TEXT" => Field::Text(row.try_get_unchecked(at)?),
        "REAL" => Field::Real(row.try_get_unchecked(at)?),
        "INTEGER" => match row.try_get_unchecked(at)? {
            0 if is_truth => Field::Truth(false),
            1 if is_truth => Field::Truth(true),
            number => Field::Integer(number),
        },
        _ => return Ok(None),
    }))
}
