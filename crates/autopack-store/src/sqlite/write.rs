//! Writes rows.

use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};

use crate::column::{Column, Value};

/// How many rows one statement inserts: enough that its own cost no longer shows, few enough that
/// their values stay in a cache of the processor.
const ROWS_A_STATEMENT: usize = 32;

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
    let full: Arc<str> = statement(table, &names, ROWS_A_STATEMENT).into();
    let mut transaction = connection.begin().await?;
    while rows.peek().is_some() {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(names.len() * ROWS_A_STATEMENT, 0);
        let mut n_rows = 0;
        for columns in rows.by_ref().take(ROWS_A_STATEMENT) {
            for (_, value) in columns {
                bind(value, &mut arguments).map_err(sqlx::Error::Encode)?;
            }
            n_rows += 1;
        }
        let statement = match n_rows {
            ROWS_A_STATEMENT => Arc::clone(&full),
            _ => statement(table, &names, n_rows).into(),
        };
        sqlx::query_with(AssertSqlSafe(statement), arguments)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

/// `INSERT` of this many rows. It is made of names in this crate alone; values are bound.
fn statement(table: &str, names: &[&str], n_rows: usize) -> String {
    let values = vec!["?"; names.len()].join(", ");
    let rows = vec![format!("({values})"); n_rows].join(", ");
    format!("INSERT INTO {table} ({}) VALUES {rows}", names.join(", "))
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
