//! Writes a row.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::column::{Column, Value};

/// Inserts a row and gives its key. The statement is made of names in this crate; values are bound.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    table: &'static str,
    columns: Vec<Column>,
) -> Result<i64, sqlx::Error> {
    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new("INSERT INTO ");
    statement.push(table).push(" (");
    let mut names = statement.separated(", ");
    for (name, _) in &columns {
        names.push(name);
    }
    statement.push(") VALUES (");
    let mut values = statement.separated(", ");
    for (_, value) in columns {
        match value {
            Value::Integer(number) => values.push_bind(number),
            Value::Real(number) => values.push_bind(number),
            Value::Boolean(flag) => values.push_bind(flag),
            Value::Text(text) => values.push_bind(text),
        };
    }
    statement.push(")");
    let done = statement.build().execute(connection).await?;
    Ok(done.last_insert_rowid())
}
