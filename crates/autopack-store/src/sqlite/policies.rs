//! Writes and reads policies.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

use crate::policy::{
    Activation, ActivationKind, PolicyChange, PolicyHistory, PolicyVersion, Stage, StageEnd,
    StageOutcome, StageStart,
};
use crate::time::{parse_utc, utc_text};

const TABLES_ARE_THERE: &str =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'policy_versions'";

const VERSIONS: &str = "
    SELECT version, parent, document, origin, created_at
    FROM policy_versions ORDER BY created_at, version";
const VERSION: &str = "
    SELECT version, parent, document, origin, created_at FROM policy_versions WHERE version = ?";
const ACTIVATIONS: &str = "
    SELECT version, kind, reason, activated_at FROM policy_activations ORDER BY activation_id";
const STAGES: &str = "
    SELECT stage_id, candidate_version, current_version, share, started_at, ended_at, outcome, reason
    FROM policy_stages ORDER BY stage_id";

const ADD_VERSION: &str = "
    INSERT INTO policy_versions (version, parent, document, origin, created_at)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (version) DO NOTHING";
const ACTIVATE: &str = "
    INSERT INTO policy_activations (version, kind, reason, activated_at) VALUES (?, ?, ?, ?)";
const BEGIN_STAGE: &str = "
    INSERT INTO policy_stages (candidate_version, current_version, share, started_at)
    VALUES (?, ?, ?, ?)";
const END_STAGE: &str = "
    UPDATE policy_stages SET ended_at = ?, outcome = ?, reason = ?
    WHERE stage_id = ? AND ended_at IS NULL";

const N_RUNNING: &str = "SELECT count(*) FROM policy_stages WHERE ended_at IS NULL";
const ACTIVE: &str = "SELECT version FROM policy_activations ORDER BY activation_id DESC LIMIT 1";

/// What a change begins with, so that nothing it looks at changes before it is made.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Every version, the oldest first.
pub(crate) async fn versions(
    connection: &mut SqliteConnection,
) -> Result<Vec<PolicyVersion>, sqlx::Error> {
    if !are_there(connection).await? {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(VERSIONS).fetch_all(connection).await?;
    rows.iter().map(version).collect()
}

/// The version of this name.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<PolicyVersion>, sqlx::Error> {
    if !are_there(connection).await? {
        return Ok(None);
    }
    let row = sqlx::query(VERSION).bind(name).fetch_optional(connection);
    row.await?.as_ref().map(version).transpose()
}

/// What has become of policies; nothing in a database from before it was written down.
pub(crate) async fn history(
    connection: &mut SqliteConnection,
) -> Result<PolicyHistory, sqlx::Error> {
    if !are_there(connection).await? {
        return Ok(PolicyHistory::default());
    }
    let activations = sqlx::query(ACTIVATIONS).fetch_all(&mut *connection).await?;
    let stages = sqlx::query(STAGES).fetch_all(connection).await?;
    Ok(PolicyHistory {
        activations: activations
            .iter()
            .map(activation)
            .collect::<Result<_, _>>()?,
        stages: stages.iter().map(stage).collect::<Result<_, _>>()?,
    })
}

/// Writes a version down, where it is new, and makes it the active one.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    version: Option<&PolicyVersion>,
    activation: &Activation,
) -> Result<PolicyChange, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    if is_running(&mut transaction).await? {
        return Ok(PolicyChange::StageRuns);
    }
    add(&mut transaction, version).await?;
    activate(&mut transaction, activation).await?;
    transaction.commit().await?;
    Ok(PolicyChange::Made)
}

/// Writes a version down, where it is new, and begins its stage.
pub(crate) async fn begin_stage(
    connection: &mut SqliteConnection,
    version: Option<&PolicyVersion>,
    start: &StageStart,
) -> Result<PolicyChange, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    if is_running(&mut transaction).await? {
        return Ok(PolicyChange::StageRuns);
    }
    let active: Option<String> = sqlx::query_scalar(ACTIVE)
        .fetch_optional(&mut *transaction)
        .await?;
    // Where none was activated, only the program knows which one is active.
    if active.is_some_and(|active| active != start.current) {
        return Ok(PolicyChange::NotActive);
    }
    add(&mut transaction, version).await?;
    sqlx::query(BEGIN_STAGE)
        .bind(&start.candidate)
        .bind(&start.current)
        .bind(start.share)
        .bind(utc_text(start.started_at))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(PolicyChange::Made)
}

/// Ends a stage and makes another version the active one, where one is given.
pub(crate) async fn end_stage(
    connection: &mut SqliteConnection,
    stage_id: i64,
    end: &StageEnd,
    next: Option<&Activation>,
) -> Result<PolicyChange, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let ended = sqlx::query(END_STAGE)
        .bind(utc_text(end.ended_at))
        .bind(end.outcome.as_str())
        .bind(&end.reason)
        .bind(stage_id)
        .execute(&mut *transaction)
        .await?;
    if ended.rows_affected() == 0 {
        return Ok(PolicyChange::StageOver);
    }
    if let Some(next) = next {
        activate(&mut transaction, next).await?;
    }
    transaction.commit().await?;
    Ok(PolicyChange::Made)
}

async fn are_there(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let n_tables: i64 = sqlx::query_scalar(TABLES_ARE_THERE)
        .fetch_one(connection)
        .await?;
    Ok(n_tables > 0)
}

async fn is_running(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let n_running: i64 = sqlx::query_scalar(N_RUNNING).fetch_one(connection).await?;
    Ok(n_running > 0)
}

async fn add(
    connection: &mut SqliteConnection,
    version: Option<&PolicyVersion>,
) -> Result<(), sqlx::Error> {
    let Some(version) = version else {
        return Ok(());
    };
    sqlx::query(ADD_VERSION)
        .bind(&version.version)
        .bind(&version.parent)
        .bind(&version.document)
        .bind(&version.origin)
        .bind(utc_text(version.created_at))
        .execute(connection)
        .await
        .map(|_| ())
}

async fn activate(
    connection: &mut SqliteConnection,
    activation: &Activation,
) -> Result<(), sqlx::Error> {
    sqlx::query(ACTIVATE)
        .bind(&activation.version)
        .bind(activation.kind.as_str())
        .bind(&activation.reason)
        .bind(utc_text(activation.activated_at))
        .execute(connection)
        .await
        .map(|_| ())
}

fn version(row: &SqliteRow) -> Result<PolicyVersion, sqlx::Error> {
    Ok(PolicyVersion {
        version: row.try_get("version")?,
        parent: row.try_get("parent")?,
        document: row.try_get("document")?,
        origin: row.try_get("origin")?,
        created_at: time(row, "created_at")?,
    })
}

fn activation(row: &SqliteRow) -> Result<Activation, sqlx::Error> {
    Ok(Activation {
        version: row.try_get("version")?,
        kind: word(row, "kind", ActivationKind::parse)?,
        reason: row.try_get("reason")?,
        activated_at: time(row, "activated_at")?,
    })
}

fn stage(row: &SqliteRow) -> Result<Stage, sqlx::Error> {
    let is_over = row.try_get::<Option<&str>, _>("ended_at")?.is_some();
    let end = is_over.then(|| {
        Ok::<_, sqlx::Error>(StageEnd {
            outcome: word(row, "outcome", StageOutcome::parse)?,
            reason: row.try_get("reason")?,
            ended_at: time(row, "ended_at")?,
        })
    });
    Ok(Stage {
        stage_id: row.try_get("stage_id")?,
        start: StageStart {
            candidate: row.try_get("candidate_version")?,
            current: row.try_get("current_version")?,
            share: row.try_get("share")?,
            started_at: time(row, "started_at")?,
        },
        end: end.transpose()?,
    })
}

/// A row that cannot be read is no row to pass over here: it may say which policy decides.
fn time(row: &SqliteRow, name: &str) -> Result<Timestamp, sqlx::Error> {
    word(row, name, parse_utc)
}

fn word<T>(
    row: &SqliteRow,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, sqlx::Error> {
    let text: &str = row.try_get(name)?;
    parse(text).ok_or_else(|| sqlx::Error::ColumnDecode {
        index: name.to_owned(),
        source: format!("`{text}` is not what the column holds").into(),
    })
}
