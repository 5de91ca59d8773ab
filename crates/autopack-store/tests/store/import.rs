//! Rows from elsewhere: none lost, none twice, none guessed.

mod logs;
mod ours;
mod tables;

use std::io::BufReader;

use crate::common::Place;
use autopack_store::{Assumed, ImportCount, ImportError, ImportReport, Skipped, Store};
use jiff::tz;
use sqlx::AssertSqlSafe;

fn assumed() -> Assumed {
    Assumed {
        run_id: "imported".to_owned(),
        utc_offset: tz::offset(11),
        category: None,
        complexity: None,
    }
}

async fn try_import(store: &Store, source: &[u8]) -> Result<ImportReport, ImportError> {
    // A small buffer, so that lines reach over its end.
    let source = BufReader::with_capacity(100, source);
    store.import(source, None, &assumed()).await
}

async fn import(store: &Store, source: impl AsRef<[u8]>) -> ImportReport {
    try_import(store, source.as_ref()).await.unwrap()
}

const fn count(n_new: u64, n_known: u64) -> ImportCount {
    ImportCount { n_new, n_known }
}

/// `reason: the first lines`, of all that was skipped.
fn told(by_reason: &std::collections::BTreeMap<String, Skipped>) -> Vec<String> {
    let line = |(reason, skipped): (&String, &Skipped)| format!("{reason}: {:?}", skipped.first);
    by_reason.iter().map(line).collect()
}

/// What a query over the database gives, one text a row.
async fn query(place: &Place, query: &str) -> Vec<String> {
    let mut connection = place.plain().await;
    sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
        .fetch_all(&mut connection)
        .await
        .unwrap()
}
