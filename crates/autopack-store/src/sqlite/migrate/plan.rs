//! What is to be done, from a look at a database and at the form it should have. Nothing is changed
//! here.

use std::path::PathBuf;

use super::super::fault::Site;
use super::super::recognise::MIGRATIONS;
use super::survey::{Survey, TABLES, TableShape};
use crate::error::StoreError;
use crate::estimation::EstimationEvent;
use crate::migrate::{Migration, MigrationStep, Origin};

/// What is to be done with a database.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) survey: Survey,
    pub(super) steps: Vec<MigrationStep>,
}

impl Plan {
    /// A plan for what was seen. A table of the Python Autopack's name that nothing can be made of is
    /// an error.
    pub(super) fn new(survey: Survey, model: &Survey, site: &Site) -> Result<Self, StoreError> {
        let mut steps = Vec::new();
        if matches!(survey.origin, Origin::Python { .. }) {
            check_columns(&survey, model, site)?;
            steps.extend(TABLES.map(|table| of_table(table, &survey, model)));
            steps.extend(split(&survey));
            steps.extend(
                missing(&survey, model, "index").map(|index| MigrationStep::CreateIndex { index }),
            );
            steps.extend(
                missing(&survey, model, "view").map(|view| MigrationStep::CreateView { view }),
            );
        }
        let ahead = MIGRATIONS
            .iter()
            .filter(|step| !survey.versions.contains(&step.version));
        steps.extend(ahead.map(|step| MigrationStep::Advance {
            schema_version: step.version,
            about: step.description.to_string(),
        }));
        Ok(Self { survey, steps })
    }

    /// The plan as what was done, or would be.
    pub(super) fn into_migration(self, site: &Site, backup: Option<PathBuf>) -> Migration {
        let versions = MIGRATIONS.iter().map(|step| step.version);
        Migration {
            path: site.path.clone(),
            was: self.survey.origin,
            schema_version: versions.max().unwrap_or_default(),
            backup,
            steps: self.steps,
            n_other_tables: self.survey.n_other_tables(),
        }
    }
}

/// The columns of calls that may be NULL here, and that no table of the Python Autopack is without.
const ALWAYS_THERE: [&str; 4] = [
    "event_id",
    "predicted_output_tokens",
    "actual_output_tokens",
    "selected_budget",
];

fn check_columns(survey: &Survey, model: &Survey, site: &Site) -> Result<(), StoreError> {
    for (table, shape) in &survey.tables {
        let required = model.tables[table]
            .columns
            .iter()
            .filter(|column| column.is_required);
        let mut needed: Vec<&str> = required.map(|column| column.name.as_str()).collect();
        if *table == EstimationEvent::TABLE {
            needed.extend(ALWAYS_THERE);
        }
        needed.retain(|name| !shape.has(name));
        if !needed.is_empty() {
            return Err(StoreError::StrangeTable {
                path: site.path.clone(),
                table,
                missing: needed.join("`, `"),
            });
        }
    }
    Ok(())
}

fn of_table(table: &'static str, survey: &Survey, model: &Survey) -> MigrationStep {
    match survey.tables.get(table) {
        None => MigrationStep::CreateTable { table },
        Some(shape) => MigrationStep::Rebuild {
            table,
            n_rows: shape.n_rows,
            added: lacking(shape, &model.tables[table]),
        },
    }
}

/// The columns of the model that a table does not have.
fn lacking(shape: &TableShape, model: &TableShape) -> Vec<String> {
    let columns = model
        .columns
        .iter()
        .filter(|column| !shape.has(&column.name));
    columns.map(|column| column.name.clone()).collect()
}

fn split(survey: &Survey) -> Option<MigrationStep> {
    let calls = survey.tables.get(EstimationEvent::TABLE)?;
    (survey.origin == Origin::Python { is_split: false }).then_some(MigrationStep::Split {
        n_rows: calls.n_rows,
    })
}

/// The names of the model's objects of this kind that are not there.
fn missing<'a>(
    survey: &'a Survey,
    model: &'a Survey,
    kind: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let objects = model
        .objects
        .iter()
        .filter(move |object| object.kind == kind);
    objects
        .filter(move |object| survey.find(kind, &object.name).is_none())
        .map(|object| object.name.clone())
}
