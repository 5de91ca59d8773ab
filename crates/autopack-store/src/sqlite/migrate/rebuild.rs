//! Gives the tables of the Python Autopack the form they have here.
//!
//! Its columns must not be NULL where ours may, and its rows refer to runs and phases that ours do not
//! have. SQLite changes neither in place: the table is made anew, filled, and put in the place of
//! the old one. Indexes, triggers and views keep their text.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::super::fault::Site;
use super::super::quoted;
use super::super::recognise::MIGRATIONS;
use super::plan::Plan;
use super::survey::{ColumnShape, FIRST_VERSION, Survey, TABLES, TableShape};
use crate::error::{Cause, StoreError};
use crate::migrate::MigrationStep;

/// What goes before the name of a table while it is made anew.
const NEW: &str = "autopack_new_";

const DANGLING: &str = r#"SELECT "table", rowid, parent FROM pragma_foreign_key_check()"#;

/// Rows that refer to rows that are not there: table, key, and the table referred to.
type Dangling = Vec<(String, Option<i64>, String)>;

/// Brings the database to the first version of the schema and writes down that it is there.
pub(super) async fn perform(
    connection: &mut SqliteConnection,
    plan: &Plan,
    model: &Survey,
    site: &Site,
) -> Result<(), StoreError> {
    let before = dangling(connection).await;
    for step in &plan.steps {
        take(connection, step, &plan.survey, model)
            .await
            .map_err(|error| site.fault(error))?;
    }
    if dangling(connection).await != before {
        return Err(StoreError::Other {
            path: site.path.clone(),
            source: Cause::from("rows of other tables would refer to nothing"),
        });
    }
    MIGRATIONS
        .run_direct(Some(FIRST_VERSION), connection, true)
        .await
        .map_err(|error| site.migration_fault(error))
}

async fn take(
    connection: &mut SqliteConnection,
    step: &MigrationStep,
    survey: &Survey,
    model: &Survey,
) -> Result<(), sqlx::Error> {
    let (kind, name) = match step {
        MigrationStep::Rebuild { table, .. } => {
            return rebuild(connection, table, survey, model).await;
        }
        MigrationStep::CreateTable { table } => ("table", *table),
        MigrationStep::CreateIndex { index } => ("index", index.as_str()),
        MigrationStep::CreateView { view } => ("view", view.as_str()),
        // The one is part of rebuilding, the other comes after it.
        MigrationStep::Split { .. } | MigrationStep::Advance { .. } => return Ok(()),
    };
    match model.find(kind, name) {
        Some(object) => run(connection, object.sql.clone()).await,
        None => Ok(()),
    }
}

/// Makes `table` anew, as in the model, with the columns that only the old one has behind.
async fn rebuild(
    connection: &mut SqliteConnection,
    table: &str,
    survey: &Survey,
    model: &Survey,
) -> Result<(), sqlx::Error> {
    let (old, wanted) = (&survey.tables[table], &model.tables[table]);
    let new = format!("{NEW}{table}");
    if let Some(object) = model.find("table", table) {
        run(connection, object.sql.replacen(table, &new, 1)).await?;
    }
    let extra = old
        .columns
        .iter()
        .filter(|column| !wanted.has(&column.name));
    for column in extra {
        run(connection, added(&new, column)).await?;
    }
    run(connection, filled(table, &new, old, wanted)).await?;
    run(connection, format!("DROP TABLE {table}")).await?;
    run(connection, format!("ALTER TABLE {new} RENAME TO {table}")).await?;
    for kind in ["index", "trigger"] {
        for object in survey.on(table, kind) {
            run(connection, object.sql.clone()).await?;
        }
    }
    Ok(())
}

/// Adds a column that only the Python Autopack knows. It may be NULL: what is recorded here does not
/// know it.
fn added(table: &str, column: &ColumnShape) -> String {
    let ColumnShape {
        name,
        kind,
        default,
        ..
    } = column;
    let default = default
        .as_ref()
        .map(|default| format!(" DEFAULT ({default})"));
    let (name, default) = (quoted(name), default.unwrap_or_default());
    format!("ALTER TABLE {table} ADD COLUMN {name} {kind}{default}")
}

/// Copies every row. Where there is no ceiling, the selected budget is the final value.
fn filled(table: &str, new: &str, old: &TableShape, wanted: &TableShape) -> String {
    let mut into: Vec<String> = old
        .columns
        .iter()
        .map(|column| quoted(&column.name))
        .collect();
    let mut from = into.clone();
    if wanted.has("actual_max_tokens") && !old.has("actual_max_tokens") {
        into.push("actual_max_tokens".to_owned());
        from.push("selected_budget".to_owned());
    }
    let (into, from) = (into.join(", "), from.join(", "));
    format!("INSERT INTO {new} ({into}) SELECT {from} FROM {table} ORDER BY rowid")
}

/// Runs a statement made of names and texts of the database itself.
async fn run(connection: &mut SqliteConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map(|_| ())
}

/// What refers to nothing in the tables of others. `None` where SQLite cannot tell, because a table
/// refers to a column that is no key.
async fn dangling(connection: &mut SqliteConnection) -> Option<Dangling> {
    let rows: Dangling = sqlx::query_as(DANGLING).fetch_all(connection).await.ok()?;
    let others = rows
        .into_iter()
        .filter(|(table, ..)| !TABLES.contains(&table.as_str()));
    Some(others.collect())
}
