//! Brings a database to today's schema: looks, plans, makes a copy, and does it in one transaction.
//!
//! A table of the Python Autopack is made anew, as <https://www.sqlite.org/lang_altertable.html>
//! describes under "other kinds of table schema changes", in the form of the first version of the
//! schema. From there on the database takes the steps that every database takes.

mod backup;
mod plan;
mod rebuild;
mod survey;

use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use super::fault::Site;
use super::open::{self, SIGN};
use super::recognise::MIGRATIONS;
use crate::error::StoreError;
use crate::migrate::{MigrateOptions, Migration, Origin};
use crate::url::DatabaseUrl;
use plan::Plan;
use survey::{Survey, model};

/// Brings the database of `url` up to date.
pub(crate) async fn migrate(
    url: &DatabaseUrl,
    site: &Site,
    options: MigrateOptions,
) -> Result<Migration, StoreError> {
    let model = model(site).await?;
    let plan = match url.path() {
        Some(path) => {
            open::check_folder(path, site)?;
            Plan::new(look(path, site).await?, &model, site)?
        }
        None => Plan::new(Survey::empty(), &model, site)?,
    };
    if options.dry_run || plan.steps.is_empty() {
        return Ok(plan.into_migration(site, None));
    }
    let mut connection = open::connect_to_migrate(url, site).await?;
    let done = change(&mut connection, url, site, options, &model).await;
    let closed = connection.close().await;
    let migration = done?;
    closed.map_err(|error| site.fault(error))?;
    Ok(migration)
}

/// What is at `path`, found out without leaving a trace.
async fn look(path: &Path, site: &Site) -> Result<Survey, StoreError> {
    if !open::exists(path) {
        return Ok(Survey::empty());
    }
    let mut connection = open::connect_to_look(path, site).await?;
    let survey = Survey::of(&mut connection, site).await;
    connection
        .close()
        .await
        .map_err(|error| site.fault(error))?;
    survey
}

/// Looks again, now that nobody else can write, and does what is to be done. The copy is made under
/// the same lock, so that it is what the database was when the change began.
async fn change(
    connection: &mut SqliteConnection,
    url: &DatabaseUrl,
    site: &Site,
    options: MigrateOptions,
    model: &Survey,
) -> Result<Migration, StoreError> {
    let fault = |error| site.fault(error);
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(fault)?;
    let plan = Plan::new(Survey::of(&mut transaction, site).await?, model, site)?;
    if plan.steps.is_empty() {
        // Somebody else was quicker.
        transaction.rollback().await.map_err(fault)?;
        return Ok(plan.into_migration(site, None));
    }
    let backup = match url.path() {
        Some(path) if options.backup && plan.survey.origin != Origin::Empty => {
            Some(backup::copy(path, site).await?)
        }
        _ => None,
    };
    if matches!(plan.survey.origin, Origin::Python { .. }) {
        rebuild::perform(&mut transaction, &plan, model, site).await?;
    }
    MIGRATIONS
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| site.migration_fault(error))?;
    sqlx::query(SIGN)
        .execute(&mut *transaction)
        .await
        .map_err(fault)?;
    transaction.commit().await.map_err(fault)?;
    Ok(plan.into_migration(site, backup))
}
