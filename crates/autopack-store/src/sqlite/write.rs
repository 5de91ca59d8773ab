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

/// Statements that insert rows, with the values bound to each.
pub(crate) struct Inserts(Vec<(Arc<str>, SqliteArguments)>);

impl Inserts {
    /// Of rows with the same columns. All values are bound at once, before the database is waited for. Columns
    /// that are unknown in all rows of a statement are left out: nearly half of them, where a gateway writes.
    pub(crate) fn of<'a>(
        table: &str,
        mut rows: impl ExactSizeIterator<Item = Vec<Column<'a>>>,
    ) -> Result<Self, sqlx::Error> {
        let mut texts = Texts::default();
        let mut inserts = Vec::new();
        while rows.len() > 0 {
            // Powers of two, so that few statements have to be kept ready.
            let n_rows = ROWS_A_STATEMENT.min(1 << rows.len().ilog2());
            let rows: Vec<_> = rows.by_ref().take(n_rows).collect();
            let known = known_columns(&rows);
            let arguments = texts.bind_all(rows, &known)?;
            let names: Vec<&str> = known.into_iter().flatten().collect();
            inserts.push((statement(table, &names, n_rows).into(), arguments));
        }
        Ok(Self(inserts))
    }

    /// Inserts all of the rows, or none, and gives the key of the last; 0 where there are none. Nobody else
    /// writes meanwhile, so that keys follow each other.
    pub(crate) async fn execute(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<i64, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        let mut last = 0;
        for (statement, arguments) in self.0 {
            last = sqlx::query_with(AssertSqlSafe(statement), arguments)
                .execute(&mut *transaction)
                .await?
                .last_insert_rowid();
        }
        transaction.commit().await?;
        Ok(last)
    }
}

/// The names of the columns of which some row knows something, in their places.
fn known_columns(rows: &[Vec<Column<'_>>]) -> Vec<Option<&'static str>> {
    let first = rows.first().into_iter().flatten();
    let is_known = |column: usize| rows.iter().any(|row| !row[column].1.is_null());
    first
        .enumerate()
        .map(|(column, (name, _))| is_known(column).then_some(*name))
        .collect()
}

/// The last text of each column. Rows that follow each other mostly say the same of server, model and group,
/// and a text that is shared takes no memory of its own.
#[derive(Default)]
struct Texts(Vec<Option<Arc<str>>>);

impl Texts {
    /// Binds the known columns of rows.
    fn bind_all(
        &mut self,
        rows: Vec<Vec<Column<'_>>>,
        known: &[Option<&str>],
    ) -> Result<SqliteArguments, sqlx::Error> {
        self.0.resize(known.len(), None);
        let mut arguments = SqliteArguments::default();
        arguments.reserve(rows.len() * known.iter().flatten().count(), 0);
        for row in rows {
            let columns = row.into_iter().zip(known).zip(&mut self.0);
            for (((_, value), _), last) in columns.filter(|((_, known), _)| known.is_some()) {
                let bound = match value {
                    Value::Text(Some(text)) => arguments.add(shared(last, &text)),
                    value => bind(value, &mut arguments),
                };
                bound.map_err(sqlx::Error::Encode)?;
            }
        }
        Ok(arguments)
    }
}

/// `text`, as it was `last` if it is the same.
fn shared(last: &mut Option<Arc<str>>, text: &str) -> Arc<str> {
    match last {
        Some(last) if **last == *text => Arc::clone(last),
        _ => Arc::clone(last.insert(text.into())),
    }
}

/// The values of the next rows, as many as one statement takes, and how many rows those are.
fn bound<'a, R>(
    rows: impl Iterator<Item = R>,
    rows_a_statement: usize,
) -> Result<(SqliteArguments, usize), sqlx::Error>
where
    R: Iterator<Item = Value<'a>>,
{
    let mut arguments = SqliteArguments::default();
    let mut n_rows = 0;
    for row in rows.take(rows_a_statement) {
        arguments.reserve(row.size_hint().0 * (rows_a_statement - n_rows), 0);
        for value in row {
            bind(value, &mut arguments).map_err(sqlx::Error::Encode)?;
        }
        n_rows += 1;
    }
    Ok((arguments, n_rows))
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
        let (arguments, n_rows) = bound(rows.by_ref(), rows_a_statement)?;
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

/// Takes the place of the one writer, and leaves it with nothing written.
pub(crate) async fn check_writable(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    connection
        .begin_with("BEGIN IMMEDIATE")
        .await?
        .rollback()
        .await
}
