//! Looks into databases with SQL of its own, makes strange ones, and holds locks.

use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Row as _, SqliteConnection, TypeInfo as _,
    ValueRef as _,
};
use tokio::runtime::{Builder, Runtime};

/// A plain connection that knows nothing of the store. A transaction that is open when it goes ends.
pub(crate) struct Database {
    runtime: Runtime,
    connection: SqliteConnection,
}

impl Database {
    /// Opens the file, and makes it where there is none.
    pub(crate) fn open(path: &Path) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let options = SqliteConnectOptions::new();
        let options = options.filename(path).create_if_missing(true);
        let connection = runtime.block_on(options.connect()).unwrap();
        Self {
            runtime,
            connection,
        }
    }

    pub(crate) fn execute(&mut self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        let done = sqlx::raw_sql(statement).execute(&mut self.connection);
        self.runtime.block_on(done).unwrap();
    }

    /// The rows of a table in the order in which they were written, with these columns.
    pub(crate) fn rows(&mut self, table: &str, columns: &[&str]) -> Vec<Value> {
        let pairs: Vec<String> = columns
            .iter()
            .map(|name| format!("'{name}', {name}"))
            .collect();
        let query = format!(
            "SELECT json_object({}) FROM {table} ORDER BY event_id",
            pairs.join(", ")
        );
        let rows = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut self.connection);
        let rows: Vec<String> = self.runtime.block_on(rows).unwrap();
        rows.iter()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect()
    }

    /// The names of a table's columns.
    pub(crate) fn columns_of(&mut self, table: &str) -> Vec<String> {
        let query = format!("SELECT name FROM pragma_table_info('{table}')");
        let names = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut self.connection);
        self.runtime.block_on(names).unwrap()
    }

    /// What a query gives, as text: the names of its columns, then its rows.
    pub(crate) fn table_of(&mut self, query: &str) -> Vec<Vec<String>> {
        let query = AssertSqlSafe(query.to_owned());
        let rows = sqlx::query(query).fetch_all(&mut self.connection);
        let rows = self.runtime.block_on(rows).unwrap();
        let columns = rows.first().unwrap().columns();
        let header = columns.iter().map(|column| column.name().to_owned());
        let text = |row: &SqliteRow, at| {
            let value = row.try_get_raw(at).unwrap();
            match value.type_info().name() {
                "NULL" => "NULL".to_owned(),
                "TEXT" => row.get::<String, _>(at),
                "REAL" => row.get::<f64, _>(at).to_string(),
                _ => row.get::<i64, _>(at).to_string(),
            }
        };
        let cells = |row: &SqliteRow| (0..row.len()).map(|at| text(row, at)).collect();
        std::iter::once(header.collect())
            .chain(rows.iter().map(cells))
            .collect()
    }

    /// What was written down about calls.
    pub(crate) fn calls(&mut self, columns: &[&str]) -> Vec<Value> {
        self.rows("token_estimation_v2_events", columns)
    }

    /// What was written down about escalations.
    pub(crate) fn escalations(&mut self, columns: &[&str]) -> Vec<Value> {
        self.rows("token_budget_escalation_events", columns)
    }
}
