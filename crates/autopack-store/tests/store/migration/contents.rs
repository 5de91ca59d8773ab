//! All that a database holds, to be compared before and after.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, SqliteConnection};

/// A table or view: its columns, and its rows as SQL literals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    columns: Vec<String>,
    rows: Vec<String>,
}

/// Tables and views with all their rows, and the text of everything that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) relations: BTreeMap<String, Relation>,
    /// Views, indexes and triggers. SQLite keeps no white space behind the last word.
    pub(crate) texts: BTreeMap<String, String>,
}

/// SQLite's own tables say what is in the others.
const RELATIONS: &str = r"
    SELECT name FROM sqlite_schema
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'";

const TEXTS: &str = "
    SELECT name, rtrim(sql, char(13, 10, 32)) FROM sqlite_schema
    WHERE type <> 'table' AND sql IS NOT NULL";

impl Contents {
    pub(crate) async fn of(connection: &mut SqliteConnection) -> Self {
        let names: Vec<String> = sqlx::query_scalar(RELATIONS)
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let mut relations = BTreeMap::new();
        for name in names {
            let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)")
                .bind(&name)
                .fetch_all(&mut *connection)
                .await
                .unwrap();
            let rows = rows(connection, &name, &columns).await;
            relations.insert(name, Relation { columns, rows });
        }
        let texts: Vec<(String, String)> =
            sqlx::query_as(TEXTS).fetch_all(connection).await.unwrap();
        Self {
            relations,
            texts: texts.into_iter().collect(),
        }
    }

    /// How many rows a table or view has.
    pub(crate) fn n_rows(&self, name: &str) -> usize {
        self.relations[name].rows.len()
    }

    /// Expects all of this to be in a database still, value for value and text for text; there may be
    /// more tables, columns, indexes and views.
    pub(crate) async fn assert_kept(&self, connection: &mut SqliteConnection) {
        for (name, before) in &self.relations {
            let after = rows(connection, name, &before.columns).await;
            assert!(after == before.rows, "`{name}` changed");
        }
        let after = Self::of(connection).await;
        for (name, before) in &self.texts {
            assert_eq!(after.texts.get(name), Some(before), "{name}");
        }
    }
}

/// Sorted, because a view may leave open which of two equals comes first.
async fn rows(connection: &mut SqliteConnection, name: &str, columns: &[String]) -> Vec<String> {
    let literals: Vec<String> = columns
        .iter()
        .map(|column| format!("quote(\"{}\")", column.replace('"', "\"\"")))
        .collect();
    let query = format!("SELECT {} FROM \"{name}\"", literals.join(" || ', ' || "));
    let mut rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_all(connection)
        .await
        .unwrap();
    rows.sort();
    rows
}
