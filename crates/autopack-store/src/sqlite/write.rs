//! Writes rows.

use std::iter;
use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};

use crate::column::{Column, Value};

/// How many rows one statement inserts: enough that its own cost no longer shows, few enough that
/// their values stay in a cache of the processor.
pub(super) const ROWS_A_STATEMENT: usize = 32;

/// How many steps of SQLite's machine to take between pauses: what it inserts some rows in, thirty to forty
/// microseconds in a trace of the kernel's.
const STEPS_A_PAUSE: i32 = 500;

/// Has `pause` called while statements are executed, in the thread that executes them.
pub(crate) async fn pause_with(
    connection: &mut SqliteConnection,
    pause: impl Fn() + Send + 'static,
) -> Result<(), sqlx::Error> {
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(STEPS_A_PAUSE, move || {
        pause();
        // The statement goes on.
        true
    });
    Ok(())
}

/// Inserts a row and gives its key.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    table: &str,
    columns: Vec<Column<'_>>,
) -> Result<i64, sqlx::Error> {
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let statement = statement(table, &names, &placeholders(names.len(), 1));
    let mut arguments = SqliteArguments::default();
    for value in values {
        bind(value, &mut arguments).map_err(sqlx::Error::Encode)?;
    }
    let done = sqlx::query_with(AssertSqlSafe(statement), arguments)
        .execute(connection)
        .await?;
    Ok(done.last_insert_rowid())
}

/// Inserts all rows, or none, and gives the key of the last; 0 where there are none. Nobody else writes
/// meanwhile, so that keys follow each other. Rows are taken as they are inserted, a statement's at a time: who
/// else wants the processor gets it in between.
pub(crate) async fn insert_all<R>(
    connection: &mut SqliteConnection,
    table: &str,
    mut rows: impl ExactSizeIterator<Item = R>,
    columns: impl Fn(&R) -> Vec<Column<'_>>,
) -> Result<i64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let mut last = 0;
    while rows.len() > 0 {
        // Powers of two, so that few statements have to be kept ready.
        let n_rows = ROWS_A_STATEMENT.min(1 << rows.len().ilog2());
        let (statement, arguments) = {
            let rows: Vec<R> = rows.by_ref().take(n_rows).collect();
            insert_of(table, rows.iter().map(&columns).collect())?
        };
        last = sqlx::query_with(AssertSqlSafe(statement), arguments)
            .execute(&mut *transaction)
            .await?
            .last_insert_rowid();
    }
    transaction.commit().await?;
    Ok(last)
}

/// How the rows of a statement stand to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// No row knows it.
    Never,
    /// All rows say the same.
    Same,
    /// Each row has its own, or its copy.
    Each,
}

impl Known {
    fn of(rows: &[Vec<Column<'_>>], column: usize) -> Self {
        let first = &rows[0][column].1;
        if rows[1..].iter().any(|row| row[column].1 != *first) {
            Self::Each
        } else if first.is_null() {
            Self::Never
        } else if rows.len() < ROWS_A_STATEMENT {
            // Few rows are seldom alike in the same columns, and each statement of its own has to be prepared.
            Self::Each
        } else {
            Self::Same
        }
    }
}

/// The statement that inserts rows with the same columns, at least one, and what is bound to it. What all rows say
/// is bound once, and what none knows is left out: where a gateway writes, that is most of it.
fn insert_of(
    table: &str,
    rows: Vec<Vec<Column<'_>>>,
) -> Result<(String, SqliteArguments), sqlx::Error> {
    let n_rows = rows.len();
    let known: Vec<Known> = (0..rows[0].len()).map(|n| Known::of(&rows, n)).collect();
    let names_of = |wanted| {
        let columns = rows[0].iter().zip(&known);
        let columns = columns.filter(move |(_, known)| **known == wanted);
        columns.map(|((name, _), _)| *name).collect::<Vec<_>>()
    };
    let (each, same) = (names_of(Known::Each), names_of(Known::Same));
    // The values of each row come first, in their order; after them those of all rows, by number.
    let n_of_each = n_rows * each.len();
    let numbers = (n_of_each + 1..).take(same.len());
    let parameters = iter::repeat_n("?".to_owned(), each.len());
    let parameters: Vec<String> = parameters.chain(numbers.map(|n| format!("${n}"))).collect();
    let values = values(&parameters.join(", "), n_rows);
    let statement = statement(table, &[each, same].concat(), &values);

    let (mut arguments, mut of_all) = (SqliteArguments::default(), Vec::new());
    arguments.reserve(n_of_each + parameters.len(), 0);
    for (n, row) in rows.into_iter().enumerate() {
        for ((_, value), known) in row.into_iter().zip(&known) {
            match known {
                Known::Each => bind(value, &mut arguments).map_err(sqlx::Error::Encode)?,
                Known::Same if n == 0 => of_all.push(value),
                Known::Same | Known::Never => {}
            }
        }
    }
    for value in of_all {
        bind(value, &mut arguments).map_err(sqlx::Error::Encode)?;
    }
    Ok((statement, arguments))
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

/// `INSERT` of these values. It is made of names in this crate alone; values are bound.
fn statement(table: &str, names: &[&str], values: &str) -> String {
    format!("INSERT INTO {table} ({}) {values}", names.join(", "))
}

/// `VALUES` of this many rows, each with values of its own.
pub(super) fn placeholders(n_columns: usize, n_rows: usize) -> String {
    values(&vec!["?"; n_columns].join(", "), n_rows)
}

/// `VALUES` of this many rows with these parameters.
fn values(parameters: &str, n_rows: usize) -> String {
    format!(
        "VALUES {}",
        vec![format!("({parameters})"); n_rows].join(", ")
    )
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
