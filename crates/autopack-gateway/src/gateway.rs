//! The gateway: what all calls share.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use autopack_calibrate::learned::TargetTruncation;
use autopack_provider::{NoTls, RawClient};
use autopack_store::{Store, StoreError};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::header::CONTENT_TYPE;

use crate::config::Config;
use crate::decide::{Learning, LearningCounts, PastCall};
use crate::metrics::Metrics;
use crate::past::{MAX_ROWS, Past};
use crate::recorder::{Recorder, RowCounts};
use crate::reload::ConfigSource;
use crate::service;

/// The media type of what Prometheus reads (OpenMetrics 1.0).
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A gateway before providers.
#[derive(Debug)]
pub struct Gateway {
    config: ArcSwap<Config>,
    pub(crate) client: RawClient,
    pub(crate) learning: Learning,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) metrics: Metrics,
    pub(crate) source: OnceLock<Box<dyn ConfigSource>>,
}

impl Gateway {
    /// A gateway that has learned nothing yet. It has to be made inside a runtime.
    ///
    /// # Errors
    /// [`NoTls`] where this machine's TLS cannot be set up.
    pub fn new(
        config: Config,
        target: TargetTruncation,
        recorder: Arc<dyn Recorder>,
    ) -> Result<Arc<Self>, NoTls> {
        Ok(Arc::new(Self {
            client: RawClient::new(config.deadlines.connect)?,
            config: ArcSwap::from_pointee(config),
            learning: Learning::start(target),
            recorder,
            metrics: Metrics::new(),
            source: OnceLock::new(),
        }))
    }

    /// What it is told now.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// Tells it something else. Calls that have begun end as they began.
    pub fn configure(&self, config: Config) {
        self.config.store(Arc::new(config));
    }

    /// Learns from calls of an earlier time, in their order, before the first call comes.
    pub async fn remember(&self, calls: impl IntoIterator<Item = PastCall>) {
        for call in calls {
            self.learning.remember(call).await;
        }
        self.learning.settle().await;
    }

    /// Learns from the newest rows of `store`, and says from how many calls.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn remember_from(&self, store: &Store) -> Result<usize, StoreError> {
        let config = self.config();
        let mut past = Past::new(&config.catalogue);
        let read = store
            .for_each_outcome(MAX_ROWS, |row| past.add(row))
            .await?;
        if read.n_unreadable > 0 {
            tracing::warn!(
                n_rows = read.n_unreadable,
                "rows cannot be read, and nothing is learned from them"
            );
        }
        let calls = past.calls();
        let n_calls = calls.len();
        self.remember(calls).await;
        Ok(n_calls)
    }

    /// What became of its rows so far.
    #[must_use]
    pub fn row_counts(&self) -> RowCounts {
        self.recorder.counts()
    }

    /// How much it has learned from.
    #[must_use]
    pub fn learning_counts(&self) -> LearningCounts {
        self.learning.counts()
    }

    /// Waits until every row is written and every call learned from.
    pub async fn settle(&self) {
        self.learning.settle().await;
        self.recorder.flush().await;
    }

    /// The gateway as a service.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(async || "ready\n"))
            .route("/metrics", get(metrics))
            .fallback(service::answer)
            .with_state(Arc::clone(self))
    }
}

async fn metrics(
    State(gateway): State<Arc<Gateway>>,
) -> ([(http::HeaderName, &'static str); 1], String) {
    let text = gateway
        .metrics
        .text(gateway.row_counts(), gateway.learning_counts());
    ([(CONTENT_TYPE, METRICS_TYPE)], text)
}
