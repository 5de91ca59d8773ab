//! What a database holds, as far as a migration wants to know.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::super::fault::Site;
use super::super::open;
use super::super::recognise::{MIGRATIONS, Recognised, STEPS_TAKEN, recognise};
use crate::error::StoreError;
use crate::escalation::EscalationEvent;
use crate::estimation::EstimationEvent;
use crate::migrate::Origin;

/// The tables of telemetry.
pub(super) const TABLES: [&str; 2] = [EstimationEvent::TABLE, EscalationEvent::TABLE];

/// The first version of the schema: the form that a table of the Python Autopack is given.
pub(super) const FIRST_VERSION: i64 = 1;

const OBJECTS: &str = r"
    SELECT type, name, tbl_name, sql FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'
    ORDER BY rowid";

const COLUMNS: &str = r#"
    SELECT name, type, dflt_value, "notnull" AND dflt_value IS NULL FROM pragma_table_info(?)"#;

const VERSIONS: &str = "SELECT version FROM _sqlx_migrations";

/// Something with a name in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    /// The table that it is, or that it is on.
    pub(super) table: String,
    pub(super) sql: String,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnShape {
    pub(super) name: String,
    /// As declared.
    pub(super) kind: String,
    /// As declared, where it is.
    pub(super) default: Option<String>,
    /// Whether every row must say something here.
    pub(super) is_required: bool,
}

/// A table of telemetry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableShape {
    pub(super) columns: Vec<ColumnShape>,
    pub(super) n_rows: u64,
}

impl TableShape {
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }
}

/// A look at a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) origin: Origin,
    pub(super) objects: Vec<Object>,
    /// The tables of telemetry, by name.
    pub(super) tables: BTreeMap<&'static str, TableShape>,
    /// The steps of the schema that it has taken.
    pub(super) versions: Vec<i64>,
}

/// The first version of the schema, as it looks in a database that has just been made.
pub(super) async fn model(site: &Site) -> Result<Survey, StoreError> {
    let mut connection = open::connect(&open::memory(), site).await?;
    MIGRATIONS
        .run_direct(Some(FIRST_VERSION), &mut connection, false)
        .await
        .map_err(|error| site.migration_fault(error))?;
    let model = Survey::of(&mut connection, site).await?;
    connection
        .close()
        .await
        .map_err(|error| site.fault(error))?;
    Ok(model)
}

impl Survey {
    /// Of what is not there.
    pub(super) const fn empty() -> Self {
        Self {
            origin: Origin::Empty,
            objects: Vec::new(),
            tables: BTreeMap::new(),
            versions: Vec::new(),
        }
    }

    /// Looks at a database. One of somebody else or of a later version is an error.
    pub(super) async fn of(
        connection: &mut SqliteConnection,
        site: &Site,
    ) -> Result<Self, StoreError> {
        let is_python = match recognise(connection, site).await? {
            Recognised::Empty => return Ok(Self::empty()),
            Recognised::Ours => false,
            Recognised::Python => true,
        };
        let mut survey = Self::read(connection, is_python)
            .await
            .map_err(|error| site.fault(error))?;
        survey.origin = if is_python {
            let calls = survey.tables.get(EstimationEvent::TABLE);
            let is_split = calls.is_some_and(|calls| calls.has("actual_max_tokens"));
            Origin::Python { is_split }
        } else {
            let schema_version = survey.versions.iter().max().copied().unwrap_or_default();
            Origin::Ours { schema_version }
        };
        Ok(survey)
    }

    async fn read(connection: &mut SqliteConnection, is_python: bool) -> Result<Self, sqlx::Error> {
        let mut survey = Self::empty();
        let objects: Vec<(String, String, String, Option<String>)> =
            sqlx::query_as(OBJECTS).fetch_all(&mut *connection).await?;
        survey.objects = objects
            .into_iter()
            .filter_map(|(kind, name, table, sql)| {
                let sql = sql?;
                Some(Object {
                    kind,
                    name,
                    table,
                    sql,
                })
            })
            .collect();
        for table in TABLES {
            if survey.find("table", table).is_some() {
                let shape = table_shape(connection, table).await?;
                survey.tables.insert(table, shape);
            }
        }
        if !is_python {
            survey.versions = sqlx::query_scalar(VERSIONS).fetch_all(connection).await?;
        }
        Ok(survey)
    }

    /// The object of this kind and name. SQLite's names do not differ by case alone.
    pub(super) fn find(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects
            .iter()
            .find(|object| object.kind == kind && object.name.eq_ignore_ascii_case(name))
    }

    /// The objects of this kind on this table.
    pub(super) fn on<'a>(
        &'a self,
        table: &'a str,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        self.objects
            .iter()
            .filter(move |object| object.kind == kind && object.table == table)
    }

    /// How many tables there are besides those of telemetry.
    pub(super) fn n_other_tables(&self) -> usize {
        let tables = self.objects.iter().filter(|object| object.kind == "table");
        tables
            .filter(|table| table.name != STEPS_TAKEN && !TABLES.contains(&table.name.as_str()))
            .count()
    }
}

async fn table_shape(
    connection: &mut SqliteConnection,
    table: &'static str,
) -> Result<TableShape, sqlx::Error> {
    let columns: Vec<(String, String, Option<String>, bool)> = sqlx::query_as(COLUMNS)
        .bind(table)
        .fetch_all(&mut *connection)
        .await?;
    let count = format!("SELECT count(*) FROM {table}");
    let n_rows = sqlx::query_scalar(AssertSqlSafe(count))
        .fetch_one(connection)
        .await?;
    let columns = columns
        .into_iter()
        .map(|(name, kind, default, is_required)| ColumnShape {
            name,
            kind,
            default,
            is_required,
        })
        .collect();
    Ok(TableShape { columns, n_rows })
}
