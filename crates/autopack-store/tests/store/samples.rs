//! What calibration gets to see.

use std::ops::ControlFlow;

use autopack_core::{Category, Complexity, Tokens};
use autopack_store::{
    EstimationEvent, SampleCount, SampleFilter, SampleRow, SampleVisitor, Samples, StoreErrorKind,
};
use sqlx::{Connection, Executor};

use crate::common::{Place, answered, at, filled, unknown};

/// The columns that calibration reads, as a Python Autopack before the split had them.
const PYTHON: &str = "
    CREATE TABLE token_estimation_v2_events (
        event_id INTEGER NOT NULL,
        run_id VARCHAR NOT NULL,
        timestamp DATETIME NOT NULL,
        category VARCHAR NOT NULL,
        complexity VARCHAR NOT NULL,
        predicted_output_tokens INTEGER NOT NULL,
        actual_output_tokens INTEGER NOT NULL,
        selected_budget INTEGER NOT NULL,
        success BOOLEAN NOT NULL,
        truncated BOOLEAN NOT NULL,
        PRIMARY KEY (event_id)
    );
    INSERT INTO token_estimation_v2_events VALUES
        (1, 'a', '2025-12-23 15:33:55', 'IMPLEMENT_FEATURE', 'low', 100, 120, 8192, 1, 0),
        (2, 'a', '2025-12-24 00:50:52.799611', 'testing', 'medium', 7020, 3788, 8424, 1, 0),
        (3, 'b', '2025-12-24 00:50:53', 'docs', 'high', 7020, 8424, 8424, 1, 1),
        (4, 'b', '2025-12-24 00:50:54', 'docs', 'high', 7020, 8424, 8424, 0, 1),
        (5, 'b', '2025-12-24 00:50:55', 'docs', 'high', 7020, 0, 8424, 0, 0);";

/// Keeps what it sees of one pass.
#[derive(Default)]
struct Kept {
    rows: Vec<(String, Option<u64>, Option<u64>)>,
}

impl SampleVisitor for Kept {
    fn visit(&mut self, row: &SampleRow<'_>) {
        let cell = format!("{}/{}", row.category, row.complexity);
        let count = |tokens: Option<Tokens>| tokens.map(Tokens::get);
        let output = count(row.actual_output_tokens);
        self.rows.push((cell, output, count(row.actual_max_tokens)));
    }

    fn end_pass(&mut self) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

async fn read(place: &Place, filter: &SampleFilter) -> (Kept, SampleCount) {
    let mut samples = Samples::open(&place.url).await.unwrap();
    let mut kept = Kept::default();
    let count = samples.read(filter, &mut kept).await.unwrap();
    samples.close().await.unwrap();
    (kept, count)
}

fn outputs(kept: &Kept) -> Vec<u64> {
    kept.rows.iter().filter_map(|row| row.1).collect()
}

#[tokio::test]
async fn a_sample_succeeded_and_was_not_cut_off() {
    let place = Place::new();
    let store = place.writer().await;
    let whole = answered("run", "2026-01-05T08:01:35Z", 100);
    let mut estimated_as_another = answered("run", "2026-01-05T08:01:35Z", 200);
    estimated_as_another.category = Category::Database;
    estimated_as_another.complexity = Complexity::High;
    estimated_as_another.estimated_category = Some(Category::Docs);
    let mut cut_off = answered("run", "2026-01-05T08:01:35Z", 300);
    cut_off.stop = cut_off.stop.map(|stop| autopack_core::Stop {
        reason: autopack_core::StopReason::MaxTokens,
        ..stop
    });
    let nothing_known = EstimationEvent {
        success: true,
        ..unknown("run", "2026-01-05T08:01:35Z")
    };
    let failed = unknown("run", "2026-01-05T08:01:35Z");
    for event in [
        whole,
        estimated_as_another,
        cut_off,
        nothing_known,
        failed.clone(),
        failed,
    ] {
        store.record(&event).await.unwrap();
    }
    store.close().await.unwrap();
    let (kept, count) = read(&place, &SampleFilter::default()).await;
    assert_eq!(
        kept.rows,
        [
            ("docs/low".to_owned(), Some(100), Some(8192)),
            ("docs/high".to_owned(), Some(200), Some(8192)),
            ("docs/low".to_owned(), None, None),
        ]
    );
    let expected = SampleCount {
        n_calls: 6,
        n_truncated: 1,
        n_samples: 3,
        n_unreadable: 0,
    };
    assert_eq!((count, count.n_failed()), (expected, 2));
    assert_eq!(place.files(), ["telemetry.db"]);
}

#[tokio::test]
async fn a_filter_keeps_a_time_and_runs() {
    let place = Place::new();
    let store = place.writer().await;
    for (run, time, output) in [
        ("a", "2026-01-01T00:00:00Z", 1),
        ("a", "2026-01-02T00:00:00Z", 2),
        ("b", "2026-01-03T00:00:00Z", 3),
        ("c", "2026-01-04T00:00:00Z", 4),
    ] {
        store.record(&answered(run, time, output)).await.unwrap();
    }
    store.close().await.unwrap();
    let filter = |since: Option<&str>, runs: &[&str]| SampleFilter {
        since: since.map(at),
        run_ids: runs.iter().map(|run| (*run).to_owned()).collect(),
    };
    let since = Some("2026-01-02T00:00:00Z");
    for (filter, expected) in [
        (filter(None, &[]), vec![1, 2, 3, 4]),
        (filter(since, &[]), vec![2, 3, 4]),
        (filter(None, &["a"]), vec![1, 2]),
        (filter(None, &["a", "c", "x"]), vec![1, 2, 4]),
        (filter(since, &["a", "c"]), vec![2, 4]),
        (filter(None, &["' OR TRUE --"]), vec![]),
    ] {
        let (kept, count) = read(&place, &filter).await;
        assert_eq!(outputs(&kept), expected, "{filter:?}");
        assert_eq!(count.n_calls, expected.len() as u64, "{filter:?}");
    }
}

#[tokio::test]
async fn rows_on_many_pages_and_far_apart_are_all_seen_once() {
    let place = filled(PYTHON).await;
    let mut connection = place.plain().await;
    connection
        .execute(
            "DELETE FROM token_estimation_v2_events;
            WITH RECURSIVE numbers (n) AS (
                SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
            INSERT INTO token_estimation_v2_events
            SELECT CASE
                    WHEN n = 10000 THEN 9223372036854775807
                    WHEN n > 9000 THEN n * 1000000
                    WHEN n < 10 THEN n - 1000
                    ELSE n
                END,
                'run', '2026-01-01 00:00:00', 'docs', 'low', 100, n, 100, 1, 0
            FROM numbers",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let (kept, count) = read(&place, &SampleFilter::default()).await;
    let mut outputs = outputs(&kept);
    outputs.sort_unstable();
    assert!(outputs.into_iter().eq(1..=10_000));
    assert_eq!((count.n_calls, count.n_samples), (10_000, 10_000));
}

#[tokio::test]
async fn databases_of_the_python_autopack_can_be_read() {
    let place = filled(PYTHON).await;
    let (kept, count) = read(&place, &SampleFilter::default()).await;
    assert_eq!(
        kept.rows,
        [
            ("implementation/low".to_owned(), Some(120), None),
            ("tests/medium".to_owned(), Some(3788), None),
        ]
    );
    assert_eq!((count.n_calls, count.n_truncated), (5, 2));
    assert_eq!(count.n_failed(), 1);
    let filter = SampleFilter {
        since: Some(at("2025-12-24T00:00:00Z")),
        ..SampleFilter::default()
    };
    assert_eq!(outputs(&read(&place, &filter).await.0), [3788]);

    let mut connection = place.plain().await;
    connection
        .execute(
            "ALTER TABLE token_estimation_v2_events ADD COLUMN actual_max_tokens INTEGER;
            UPDATE token_estimation_v2_events SET actual_max_tokens = 16384 WHERE event_id = 2",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let (kept, _) = read(&place, &SampleFilter::default()).await;
    let ceilings: Vec<Option<u64>> = kept.rows.iter().map(|row| row.2).collect();
    assert_eq!(ceilings, [None, Some(16384)]);
    assert_eq!(place.files(), ["telemetry.db"]);
}

#[tokio::test]
async fn a_table_without_a_column_that_is_needed_is_refused() {
    let place = filled(PYTHON).await;
    let mut connection = place.plain().await;
    connection
        .execute("ALTER TABLE token_estimation_v2_events DROP COLUMN truncated")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let error = Samples::open(&place.url).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Python);

    let place = filled("CREATE TABLE songs (title TEXT)").await;
    let error = Samples::open(&place.url).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Foreign);
    let error = Samples::open(&Place::new().url).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
}

#[tokio::test]
async fn values_that_cannot_be_read_are_counted() {
    let place = filled(PYTHON).await;
    let mut connection = place.plain().await;
    connection
        .execute(
            "DELETE FROM token_estimation_v2_events;
            INSERT INTO token_estimation_v2_events VALUES
                (1, 'a', '2026-01-01', 'docs', 'low', 100, -1, 100, 1, 0),
                (2, 'a', '2026-01-01', 'docs', 'low', 'many', 1, 100, 1, 0),
                (3, 'a', '2026-01-01', 'docs', 'low', 100, 1.5, 100, 1, 0),
                (4, 'a', '2026-01-01', ' ', 'low', 100, 1, 100, 1, 0),
                (5, 'a', '2026-01-01', 'docs', 'epic', 100, 1, 100, 1, 0),
                (6, 'a', '2026-01-01', 'docs', 7, 100, 1, 100, 1, 0),
                (7, 'a', '2026-01-01', 'a \"quoted\"\nname', 'low', 100, 9223372036854775807, 100, 1, 0)",
        )
        .await
        .unwrap();
    let (kept, count) = read(&place, &SampleFilter::default()).await;
    let cell = "a \"quoted\"\nname/low".to_owned();
    assert_eq!(kept.rows, [(cell, Some(i64::MAX.unsigned_abs()), None)]);
    assert_eq!((count.n_samples, count.n_unreadable), (1, 6));
    assert_eq!(count.n_failed(), 0);

    connection
        .execute("UPDATE token_estimation_v2_events SET category = x'00ff' WHERE event_id = 1")
        .await
        .unwrap();
    connection.close().await.unwrap();
    let mut samples = Samples::open(&place.url).await.unwrap();
    let error = samples
        .read(&SampleFilter::default(), &mut Kept::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other, "{error}");
}

/// Reads twice, and has a row written in between.
struct Twice<'a> {
    place: &'a Place,
    n_rows: Vec<usize>,
}

impl SampleVisitor for Twice<'_> {
    fn visit(&mut self, _: &SampleRow<'_>) {
        *self.n_rows.last_mut().unwrap() += 1;
    }

    fn end_pass(&mut self) -> ControlFlow<()> {
        if self.n_rows.len() == 2 {
            return ControlFlow::Break(());
        }
        self.n_rows.push(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let store = self.place.writer().await;
                    let event = answered("later", "2026-01-05T08:01:35Z", 100);
                    store.record(&event).await.unwrap();
                    store.close().await.unwrap();
                });
            });
        });
        ControlFlow::Continue(())
    }
}

#[tokio::test]
async fn all_passes_see_the_same_rows() {
    let place = Place::new();
    let store = place.writer().await;
    for _ in 0..3 {
        let event = answered("run", "2026-01-05T08:01:35Z", 100);
        store.record(&event).await.unwrap();
    }
    let mut samples = Samples::open(&place.url).await.unwrap();
    let mut visitor = Twice {
        place: &place,
        n_rows: vec![0],
    };
    let count = samples
        .read(&SampleFilter::default(), &mut visitor)
        .await
        .unwrap();
    assert_eq!(visitor.n_rows, [3, 3]);
    assert_eq!(count.n_samples, 3);
    samples.close().await.unwrap();
    let (kept, _) = read(&place, &SampleFilter::default()).await;
    assert_eq!(kept.rows.len(), 4, "the next one sees the new row");
    store.close().await.unwrap();
}
