//! Rows from elsewhere: none lost, none twice, none guessed.

mod logs;
mod ours;
mod tables;

use std::io::BufReader;

use crate::common::Place;
use autopack_store::{
    Assumed, ImportCount, ImportError, ImportReport, OpenMode, Skipped, SourceFormat, Store,
};
use jiff::tz;
use proptest::prelude::*;
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

/// Pieces of good sources and of bad ones, put together anyhow.
fn anyhow() -> impl Strategy<Value = Vec<u8>> {
    let good = [
        logs::LOG,
        tables::HEADER,
        "{\"table\": \"token_estimation_v2_events\", \"success\": true}",
    ];
    let words: Vec<Vec<u8>> = good
        .iter()
        .flat_map(|text| text.split_inclusive([' ', '=', ',', '\n', ':', '/']))
        .map(|word| word.as_bytes().to_vec())
        .collect();
    let piece = prop_oneof![
        8 => prop::sample::select(words),
        1 => prop::sample::select(good.map(|text| text.as_bytes().to_vec()).to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        1 => Just(b"\n".to_vec()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_a_source_holds_it_is_read_to_its_end(source in anyhow(), capacity in 1_usize..300) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = "sqlite:///:memory:".parse().unwrap();
            let store = Store::open(&url, OpenMode::ReadWrite).await.unwrap();
            for format in [None, Some(SourceFormat::Log), Some(SourceFormat::Csv), Some(SourceFormat::Ndjson)] {
                let input = BufReader::with_capacity(capacity, source.as_slice());
                let first = store.import(input, format, &assumed()).await;
                let Ok(first) = first else { continue };
                let again = store.import(source.as_slice(), format, &assumed()).await.unwrap();
                assert_eq!((again.calls.n_new, again.escalations.n_new), (0, 0));
                assert_eq!((again.n_lines, again.bad), (first.n_lines, first.bad));
            }
        });
    }
}
