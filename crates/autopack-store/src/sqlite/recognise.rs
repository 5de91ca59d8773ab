//! Finds out whose a database is, by its tables.

use sqlx::SqliteConnection;
use sqlx::migrate::Migrator;

use super::fault::{Accepted, Site};
use crate::error::StoreError;
use crate::estimation::EstimationEvent;

/// The schema, step by step.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The table in which sqlx keeps the steps a database has taken.
pub(super) const STEPS_TAKEN: &str = "_sqlx_migrations";

const TABLES: &str = r"
    SELECT name FROM sqlite_schema
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
    ORDER BY name";

pub(super) const SCHEMA_VERSION: &str = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";

/// The most tables of another program that a message names.
const MAX_TABLES_NAMED: usize = 3;

/// A database that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recognised {
    /// Nothing is in it.
    Empty,
    /// It has Autopack's tables, in a version that this program knows.
    Ours,
    /// It has the tables of the Python Autopack.
    Python,
}

/// Reads the names of the tables. A database of anybody else is an error, and so is one of the Python
/// Autopack, unless `site` accepts them.
pub(super) async fn recognise(
    connection: &mut SqliteConnection,
    site: &Site,
) -> Result<Recognised, StoreError> {
    let tables: Vec<String> = sqlx::query_scalar(TABLES)
        .fetch_all(&mut *connection)
        .await
        .map_err(|error| site.fault(error))?;
    let path = site.path.clone();
    let has = |name| tables.iter().any(|table| table == name);
    match (has(EstimationEvent::TABLE), has(STEPS_TAKEN)) {
        _ if tables.is_empty() => Ok(Recognised::Empty),
        (true, true) => {
            check_version(connection, site).await?;
            Ok(Recognised::Ours)
        }
        (true, false) if site.accepted == Accepted::PythonToo => Ok(Recognised::Python),
        (true, false) => Err(StoreError::Python { path }),
        (false, _) => {
            let tables = named(&tables);
            Err(StoreError::Foreign { path, tables })
        }
    }
}

async fn check_version(connection: &mut SqliteConnection, site: &Site) -> Result<(), StoreError> {
    let found: i64 = sqlx::query_scalar(SCHEMA_VERSION)
        .fetch_one(connection)
        .await
        .map_err(|error| site.fault(error))?;
    let known = MIGRATIONS.iter().map(|step| step.version).max();
    let known = known.unwrap_or_default();
    if found > known {
        let path = site.path.clone();
        return Err(StoreError::Newer { path, found, known });
    }
    Ok(())
}

/// The first few names, and how many more there are.
fn named(tables: &[String]) -> String {
    let shown: Vec<String> = tables
        .iter()
        .take(MAX_TABLES_NAMED)
        .map(|table| format!("`{table}`"))
        .collect();
    let shown = shown.join(", ");
    match tables.len().saturating_sub(MAX_TABLES_NAMED) {
        0 => shown,
        n_more => format!("{shown} and {n_more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_tables_are_named_and_the_rest_counted() {
        let tables = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(named(&tables[..1]), "`a`");
        assert_eq!(named(&tables[..3]), "`a`, `b`, `c`");
        assert_eq!(named(&tables), "`a`, `b`, `c` and 2 more");
    }
}
