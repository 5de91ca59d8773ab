//! Looks into databases with SQL of its own, makes strange ones, and holds locks.

use std::path::Path;

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};
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

    /// What was written down about calls.
    pub(crate) fn calls(&mut self, columns: &[&str]) -> Vec<Value> {
        self.rows("token_estimation_v2_events", columns)
    }

    /// What was written down about escalations.
    pub(crate) fn escalations(&mut self, columns: &[&str]) -> Vec<Value> {
        self.rows("token_budget_escalation_events", columns)
    }
}
