//! Reads samples by the page: thousands of rows come as one row of JSON arrays, one array a column.
//! Beyond the scan itself, a row takes about a microsecond by itself, and a third of that by the page.

mod page;

use std::ops::ControlFlow;

use futures_util::future::join;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection};

use super::columns;
use super::fault::Site;
use crate::error::StoreError;
use crate::estimation::EstimationEvent;
use crate::samples::{SampleCount, SampleFilter, SampleVisitor};
use crate::time::lower_bound_text;
use page::{Page, Spellings};

/// How many row ids a page spans: enough that its own cost does not show, few enough that its texts
/// stay below a megabyte.
const PAGE_ROW_IDS: i64 = 4096;

/// An id that no row has: SQLite gives them from 1 up.
const BEFORE_ALL: i64 = i64::MIN;

/// What a calibration cannot do without.
const NEEDED: [&str; 9] = [
    "run_id",
    "timestamp",
    "category",
    "complexity",
    "predicted_output_tokens",
    "actual_output_tokens",
    "selected_budget",
    "success",
    "truncated",
];

/// Which of the columns that came later a database has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleColumns {
    has_ceiling: bool,
    has_estimated_category: bool,
}

impl SampleColumns {
    /// Looks at the table. One that lacks a column that is needed is of a Python Autopack that is
    /// older than any we know.
    pub(crate) async fn of(
        connection: &mut SqliteConnection,
        site: &Site,
    ) -> Result<Self, StoreError> {
        let columns = columns::names(connection, EstimationEvent::TABLE)
            .await
            .map_err(|error| site.fault(error))?;
        let has = |name: &str| columns.iter().any(|column| column == name);
        if !NEEDED.iter().all(|name| has(name)) {
            let path = site.path.clone();
            return Err(StoreError::Python { path });
        }
        Ok(Self {
            has_ceiling: has("actual_max_tokens"),
            has_estimated_category: has("estimated_category"),
        })
    }

    const fn ceiling(self) -> &'static str {
        if self.has_ceiling {
            "actual_max_tokens"
        } else {
            "NULL"
        }
    }

    /// The Python Autopack wrote down what it estimated a phase as; we write what it was called, and
    /// beside it what it was estimated as.
    pub(super) const fn category(self) -> &'static str {
        if self.has_estimated_category {
            "coalesce(estimated_category, category)"
        } else {
            "category"
        }
    }
}

/// Shows samples to `visitor`, pass by pass, in one transaction.
pub(crate) async fn read_samples(
    connection: &mut SqliteConnection,
    columns: SampleColumns,
    filter: &SampleFilter,
    visitor: &mut impl SampleVisitor,
) -> Result<SampleCount, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let mut count = SampleCount {
        n_calls: number(&mut transaction, "TRUE", filter).await?,
        n_truncated: number(&mut transaction, "truncated = 1", filter).await?,
        ..SampleCount::default()
    };
    loop {
        let shown = pass(&mut transaction, columns, filter, visitor).await?;
        (count.n_samples, count.n_unreadable) = (shown.n_samples, shown.n_unreadable);
        if visitor.end_pass() == ControlFlow::Break(()) {
            break;
        }
    }
    transaction.rollback().await?;
    Ok(count)
}

async fn number(
    connection: &mut SqliteConnection,
    condition: &'static str,
    filter: &SampleFilter,
) -> Result<u64, sqlx::Error> {
    let mut statement = QueryBuilder::new("SELECT count(*) FROM token_estimation_v2_events WHERE ");
    statement.push(condition);
    push_filter(&mut statement, filter);
    statement.build_query_scalar().fetch_one(connection).await
}

/// Shows every sample once. While one page is looked at, SQLite gathers the next.
async fn pass(
    connection: &mut SqliteConnection,
    columns: SampleColumns,
    filter: &SampleFilter,
    visitor: &mut impl SampleVisitor,
) -> Result<SampleCount, sqlx::Error> {
    let mut count = SampleCount::default();
    let mut spellings = Spellings::default();
    let mut row = fetch(connection, columns, filter, BEFORE_ALL).await?;
    while let Some(last) = row.try_get(0)? {
        let next = fetch(connection, columns, filter, last);
        let show =
            async { Page::of(&row).map(|page| page.show(&mut spellings, visitor, &mut count)) };
        let (next, shown) = join(next, show).await;
        shown?;
        row = next?;
    }
    Ok(count)
}

/// The page that begins with the first row behind the id `after`: the last id that belongs to it, NULL
/// where there is no such row, and the columns of its samples. Without `NOT INDEXED`, SQLite would use
/// an index for the conditions, and jump about in the table.
async fn fetch(
    connection: &mut SqliteConnection,
    columns: SampleColumns,
    filter: &SampleFilter,
    after: i64,
) -> Result<SqliteRow, sqlx::Error> {
    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(
        "WITH page AS (
            SELECT min(rowid) AS first FROM token_estimation_v2_events WHERE rowid > ",
    );
    statement.push_bind(after).push(
        ")
        SELECT min((SELECT first FROM page) + ",
    );
    statement.push(PAGE_ROW_IDS - 1).push(", ");
    statement.push(i64::MAX).push("), ");
    statement.push(format_args!(
        "json_group_array({}), json_group_array(complexity),
        json_group_array(predicted_output_tokens), json_group_array(actual_output_tokens),
        json_group_array(selected_budget), json_group_array({})
        FROM token_estimation_v2_events NOT INDEXED
        WHERE rowid BETWEEN (SELECT first FROM page) AND (SELECT first FROM page) + {}
            AND success = 1 AND truncated = 0",
        columns.category(),
        columns.ceiling(),
        PAGE_ROW_IDS - 1,
    ));
    push_filter(&mut statement, filter);
    statement.build().fetch_one(connection).await
}

pub(super) fn push_filter(statement: &mut QueryBuilder<Sqlite>, filter: &SampleFilter) {
    if let Some(since) = filter.since {
        statement.push(" AND timestamp >= ");
        statement.push_bind(lower_bound_text(since));
    }
    if !filter.run_ids.is_empty() {
        let mut runs = statement.push(" AND run_id IN (").separated(", ");
        for run_id in &filter.run_ids {
            runs.push_bind(run_id.clone());
        }
        statement.push(")");
    }
}
