//! Which columns a table has: a database that is only read may be older than this program.

use sqlx::SqliteConnection;

const NAMES: &str = "SELECT name FROM pragma_table_info(?)";

/// The names of the columns of `table`.
pub(crate) async fn names(
    connection: &mut SqliteConnection,
    table: &str,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(NAMES)
        .bind(table)
        .fetch_all(connection)
        .await
}

/// `wanted` as a list for SELECT; a column that `table` does not have reads as NULL.
pub(crate) async fn select_list(
    connection: &mut SqliteConnection,
    table: &str,
    wanted: &[&'static str],
) -> Result<String, sqlx::Error> {
    let there = names(connection, table).await?;
    let column = |name: &&str| {
        if there.iter().any(|known| known == name) {
            (*name).to_owned()
        } else {
            format!("NULL AS {name}")
        }
    };
    Ok(wanted.iter().map(column).collect::<Vec<_>>().join(", "))
}
