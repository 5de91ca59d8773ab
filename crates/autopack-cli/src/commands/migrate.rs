//! `autopack migrate`: brings a database to today's schema and says what was done.

use autopack_store::{MigrateOptions, Migration, MigrationStep, Origin, migrate};
use serde_json::{Value, json};

use crate::args::MigrateArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;

pub(super) async fn run(args: &MigrateArgs, settings: &Settings) -> Result<Exit, Failure> {
    let database = settings.database(&args.database)?.value;
    let options = MigrateOptions {
        backup: !args.no_backup,
        dry_run: args.dry_run,
        ..MigrateOptions::default()
    };
    let migration = migrate(&database, options).await.outside()?;
    if args.json {
        output::json(&to_json(&migration, args))?;
    } else {
        print(&migration, args)?;
    }
    Ok(Exit::Done)
}

fn print(migration: &Migration, args: &MigrateArgs) -> Result<(), Failure> {
    let Migration {
        path,
        schema_version,
        n_other_tables,
        ..
    } = migration;
    output::data(format_args!("{path}: {}", origin(migration.was)))?;
    if migration.steps.is_empty() {
        return output::data("nothing to do: that is today's schema");
    }
    if args.dry_run {
        output::data("a dry run changes nothing; this would be done:")?;
        if !args.no_backup && migration.was != Origin::Empty {
            output::data("  a copy of the file beside it")?;
        }
    }
    if let Some(backup) = &migration.backup {
        output::data(format_args!("  copied to {}", backup.display()))?;
    }
    for step in &migration.steps {
        output::data(format_args!("  {}", words(step)))?;
    }
    let to = if args.dry_run { "to" } else { "now at" };
    output::data(format_args!(
        "{to} schema {schema_version}; {n_other_tables} other tables stay as they are"
    ))
}

fn origin(origin: Origin) -> String {
    match origin {
        Origin::Empty => "empty".to_owned(),
        Origin::Ours { schema_version } => format!("schema {schema_version}"),
        Origin::Python { is_split: false } => {
            "of the Python Autopack, before intent and ceiling were split".to_owned()
        }
        Origin::Python { is_split: true } => {
            "of the Python Autopack, after intent and ceiling were split".to_owned()
        }
    }
}

fn words(step: &MigrationStep) -> String {
    match step {
        MigrationStep::Rebuild {
            table,
            n_rows,
            added,
        } => {
            let n_rows = output::thousands(*n_rows);
            match added.len() {
                0 => format!("{table}: {n_rows} rows kept, in today's form"),
                n => format!("{table}: {n_rows} rows kept, in today's form, {n} columns more"),
            }
        }
        MigrationStep::Split { n_rows } => {
            let n_rows = output::thousands(*n_rows);
            format!("actual_max_tokens: set to selected_budget in {n_rows} rows")
        }
        MigrationStep::CreateTable { table: name } => format!("{name}: a new table"),
        MigrationStep::CreateIndex { index: name } => format!("{name}: a new index"),
        MigrationStep::CreateView { view: name } => format!("{name}: a new view"),
        MigrationStep::Advance {
            schema_version,
            about,
        } => format!("schema {schema_version}: {about}"),
    }
}

fn to_json(migration: &Migration, args: &MigrateArgs) -> Value {
    let (was, schema_version) = match migration.was {
        Origin::Empty => ("empty", None),
        Origin::Ours { schema_version } => ("ours", Some(schema_version)),
        Origin::Python { is_split: false } => ("python_before_split", None),
        Origin::Python { is_split: true } => ("python_after_split", None),
    };
    json!({
        "path": migration.path,
        "dry_run": args.dry_run,
        "was": was,
        "schema_version_before": schema_version,
        "schema_version": migration.schema_version,
        "backup": migration.backup,
        "steps": migration.steps.iter().map(step_json).collect::<Value>(),
        "n_other_tables": migration.n_other_tables,
    })
}

fn step_json(step: &MigrationStep) -> Value {
    match step {
        MigrationStep::Rebuild {
            table,
            n_rows,
            added,
        } => json!({"step": "rebuild", "table": table, "n_rows": n_rows, "added": added}),
        MigrationStep::Split { n_rows } => json!({"step": "split", "n_rows": n_rows}),
        MigrationStep::CreateTable { table } => json!({"step": "create_table", "table": table}),
        MigrationStep::CreateIndex { index } => json!({"step": "create_index", "index": index}),
        MigrationStep::CreateView { view } => json!({"step": "create_view", "view": view}),
        MigrationStep::Advance {
            schema_version,
            about,
        } => json!({"step": "advance", "schema_version": schema_version, "about": about}),
    }
}
