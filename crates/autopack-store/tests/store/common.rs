//! What the tests of the store share: places, events, and a plain connection beside the store.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use autopack_core::{Category, Complexity, Count, Provider, Stop, StopReason, Tokens, Usage};
use autopack_store::{
    DatabaseUrl, EstimationEvent, EstimationRow, Filter, OpenMode, ReadCount, Store,
};
use flate2::read::GzDecoder;
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection};
use tempfile::TempDir;

/// A folder of its own for a database, gone with the value.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) url: DatabaseUrl,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("telemetry.db");
        let url = url_of(&path);
        Self { folder, path, url }
    }

    /// A place where this database is.
    pub(crate) fn with(bytes: &[u8]) -> Self {
        let place = Self::new();
        std::fs::write(&place.path, bytes).unwrap();
        place
    }

    pub(crate) async fn writer(&self) -> Store {
        Store::open(&self.url, OpenMode::ReadWrite).await.unwrap()
    }

    pub(crate) async fn reader(&self) -> Store {
        Store::open(&self.url, OpenMode::ReadOnly).await.unwrap()
    }

    /// A connection that knows nothing of the store.
    pub(crate) async fn plain(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(5))
            .connect()
            .await
            .unwrap()
    }

    /// The names of everything in the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// The version of a database that is made now: that of the last migration.
pub(crate) fn newest_version() -> i64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let version = |name: String| name.split('_').next().unwrap().parse().unwrap();
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.map(version).max().unwrap()
}

/// A database made by this SQL.
pub(crate) async fn filled(sql: &'static str) -> Place {
    let place = Place::new();
    let mut connection = place.plain().await;
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
    place
}

pub(crate) fn url_of(path: &Path) -> DatabaseUrl {
    format!("sqlite:///{}", path.display()).parse().unwrap()
}

/// An event of which nothing is known but that it happened.
pub(crate) fn unknown(run_id: &str, timestamp: &str) -> EstimationEvent {
    EstimationEvent {
        run_id: run_id.to_owned(),
        phase_id: "phase-1".to_owned(),
        timestamp: at(timestamp),
        attempt: 1,
        chain_id: None,
        provider: Provider::Anthropic,
        upstream: None,
        route: None,
        model: "claude-sonnet-4-5".to_owned(),
        effort: None,
        template: None,
        estimated_input: None,
        category: Category::Docs,
        complexity: Complexity::Low,
        deliverables: Vec::new(),
        n_scope_paths: None,
        doc_features: None,
        sot_file: None,
        predicted_output_tokens: None,
        estimated_category: None,
        confidence: None,
        requested_max_tokens: None,
        selected_budget: None,
        actual_max_tokens: None,
        thinking_budget: None,
        wire_parameter: None,
        policy_version: None,
        decision_steps_json: None,
        group_key: None,
        usage: Usage::default(),
        stop: None,
        truncation: None,
        success: false,
        failure: None,
        n_http_calls: None,
        latency: None,
    }
}

/// An event with usage, that ended by itself.
pub(crate) fn answered(run_id: &str, timestamp: &str, output_tokens: u64) -> EstimationEvent {
    EstimationEvent {
        predicted_output_tokens: Some(Tokens::new(5200)),
        selected_budget: Some(Tokens::new(7800)),
        actual_max_tokens: Some(Tokens::new(8192)),
        usage: Usage {
            output: Count::Reported(Tokens::new(output_tokens)),
            ..Usage::default()
        },
        stop: Some(Stop {
            reason: StopReason::EndTurn,
            native: Some("end_turn".to_owned()),
        }),
        success: true,
        ..unknown(run_id, timestamp)
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Every row that passes the filter, with the count.
pub(crate) async fn rows(store: &Store, filter: &Filter) -> (Vec<EstimationRow>, ReadCount) {
    let mut rows = Vec::new();
    let count = store
        .for_each_estimation(filter, |row| rows.push(row))
        .await
        .unwrap();
    (rows, count)
}

/// A file of tests/data, unpacked.
pub(crate) fn unpacked(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let packed = std::fs::File::open(folder.join(name)).unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The real database of the Python Autopack, from before the split.
pub(crate) fn legacy() -> Place {
    Place::with(&unpacked("autopack-2025-12-24.db.gz"))
}

/// One of its databases from after the split.
pub(crate) fn split() -> Place {
    Place::with(&unpacked("split.db.gz"))
}
