//! Bringing databases up to date: nothing is lost, nothing else changes, and all or nothing.

mod contents;
mod ours;
mod python;
mod refused;

use std::time::{Duration, SystemTime};

use crate::common::Place;
use autopack_store::{MigrateOptions, Migration, MigrationStep, StoreError, migrate};
use sqlx::migrate::Migrator;

pub(crate) use contents::Contents;

/// The steps of the schema, as the store has them.
static STEPS: Migrator = sqlx::migrate!("migrations/sqlite");

fn today() -> i64 {
    STEPS.iter().map(|step| step.version).max().unwrap()
}

/// Long enough for a test, short enough to wait for.
const PATIENCE: Duration = Duration::from_millis(50);

fn options() -> MigrateOptions {
    MigrateOptions {
        busy_timeout: PATIENCE,
        ..MigrateOptions::default()
    }
}

async fn migrated(place: &Place) -> Migration {
    migrate(&place.url, options()).await.unwrap()
}

/// What would be done; nothing is.
async fn tried(place: &Place) -> Result<Migration, StoreError> {
    let before = place.trace();
    let dry_run = MigrateOptions {
        dry_run: true,
        ..options()
    };
    let migration = migrate(&place.url, dry_run).await;
    assert_eq!(place.trace(), before, "a dry run changes no byte");
    migration
}

/// The names of the steps, without what they say of the schema's own.
fn rebuilt(migration: &Migration) -> Vec<&MigrationStep> {
    let is_rebuilding = |step: &&MigrationStep| !matches!(step, MigrationStep::Advance { .. });
    migration.steps.iter().filter(is_rebuilding).collect()
}

impl Place {
    /// Everything in the folder, byte for byte, and when each file was written last.
    fn trace(&self) -> Vec<(String, Vec<u8>, SystemTime)> {
        let file = |name: String| {
            let path = self.folder.path().join(&name);
            let written = std::fs::metadata(&path).unwrap().modified().unwrap();
            (name, std::fs::read(path).unwrap(), written)
        };
        self.files().into_iter().map(file).collect()
    }
}
