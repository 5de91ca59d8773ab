//! Writes rows.

use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};

use crate::column::{Column, Value};

/// How many rows one statement inserts: enough that its own cost no longer shows, few enough that
/// their values stay in a cache of the processor.
pub(super) const ROWS_A_STATEMENT: usize = 32;

/// Inserts a row and gives its key.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    table: &str,
    columns: Vec<Column<'_>>,
) -> Result<i64, sqlx::Error> {
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let statement = statement(table, &names, 1);
    let mut arguments = SqliteArguments::default();
    for value in values {
        bind(value, &mut arguments).map_err(sqlx::Error::Encode)?;
    }
    let done = sqlx::query_with(AssertSqlSafe(statement), arguments)
        .execute(connection)
        .await?;
    Ok(done.last_insert_rowid())
}

/// Inserts rows with the same columns: all of them, or none.
pub(crate) async fn insert_all<'a>(
    connection: &mut SqliteConnection,
    table: &str,
    rows: impl Iterator<Item = Vec<Column<'a>>>,
) -> Result<(), sqlx::Error> {
    let mut rows = rows.peekable();
    let Some(first) = rows.peek() else {
        return Ok(());
    };
    let names: Vec<&str> = first.iter().map(|(name, _)| *name).collect();
    let rows = rows.map(|columns| columns.into_iter().map(|(_, value)| value));
    let mut transaction = connection.begin().await?;
    let statement = |n_rows| statement(table, &names, n_rows);
    insert_by(&mut transaction, statement, ROWS_A_STATEMENT, rows).await?;
    transaction.commit().await
}

/// Inserts rows with statements for so many at once and gives how many went in.
pub(super) async fn insert_by<'a, R>(
    connection: &mut SqliteConnection,
    statement: impl Fn(usize) -> String,
    rows_a_statement: usize,
    rows: impl Iterator<Item = R>,
) -> Result<u64, sqlx::Error>
where
    R: Iterator<Item = Value<'a>>,
{
    let full: Arc<str> = statement(rows_a_statement).into();
    let mut n_inserted = 0;
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let mut arguments = SqliteArguments::default();
        let mut n_rows = 0;
        for row in rows.by_ref().take(rows_a_statement) {
            arguments.reserve(row.size_hint().0 * (rows_a_statement - n_rows), 0);
            for value in row {
                bind(value, &mut arguments).map_err(sqlx::Error::Encode)?;
            }
            n_rows += 1;
        }
        let statement = if n_rows == rows_a_statement {
            Arc::clone(&full)
        } else {
            statement(n_rows).into()
        };
        let done = sqlx::query_with(AssertSqlSafe(statement), arguments)
            .execute(&mut *connection)
            .await?;
        n_inserted += done.rows_affected();
    }
    Ok(n_inserted)
}

/// `INSERT` of this many rows. It is made of names in this crate alone; values are bound.
fn statement(table: &str, names: &[&str], n_rows: usize) -> String {
    let values = placeholders(names.len(), n_rows);
    format!("INSERT INTO {table} ({}) {values}", names.join(", "))
}

/// `VALUES` of this many rows.
pub(super) fn placeholders(n_columns: usize, n_rows: usize) -> String {
    let row = format!("({})", vec!["?"; n_columns].join(", "));
    format!("VALUES {}", vec![row; n_rows].join(", "))
}

fn bind(value: Value<'_>, arguments: &mut SqliteArguments) -> Result<(), BoxDynError> {
    match value {
        Value::Integer(number) => arguments.add(number),
        Value::Real(number) => arguments.add(number),
        Value::Boolean(flag) => arguments.add(flag),
        // Shared texts cost one allocation, `String`s two.
        Value::Text(text) => arguments.add(text.map(Arc::<str>::from)),
    }
}
