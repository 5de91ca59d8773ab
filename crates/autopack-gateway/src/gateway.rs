//! The gateway: what all calls share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use autopack_calibrate::ChosenTarget;
use autopack_core::UpstreamName;
use autopack_provider::{NoTls, RawClient};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;

use crate::admission::Lines;
use crate::api::{self, API};
use crate::config::Config;
use crate::decide::{Learning, LearningCounts, PastCall};
use crate::limits::Limits;
use crate::lookout::Lookout;
use crate::metrics::Metrics;
use crate::recorder::{Recorder, RowCounts};
use crate::reload::ConfigSource;
use crate::route::is_under;

/// Where it says that it runs.
const HEALTH: &str = "/healthz";

/// Where it says whether calls may be sent.
const READY: &str = "/readyz";

/// Where it counts.
const METRICS: &str = "/metrics";

/// The media type of what Prometheus reads (OpenMetrics 1.0).
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long to wait for the database to say that it can be written: whoever asks whether the gateway is
/// ready seldom waits longer than three.
const PROBE_DEADLINE: Duration = Duration::from_secs(2);

/// A gateway before providers.
#[derive(Debug)]
pub struct Gateway {
    config: ArcSwap<Config>,
    /// What was aimed at first, by upstream.
    aims: Mutex<BTreeMap<UpstreamName, ChosenTarget>>,
    pub(crate) client: RawClient,
    pub(crate) learning: Learning,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) metrics: Metrics,
    pub(crate) lines: Lines,
    pub(crate) lookout: Lookout,
    pub(crate) limits: Limits,
    pub(crate) source: OnceLock<Box<dyn ConfigSource>>,
    standing: Standing,
}

/// How it stands in the world.
#[derive(Debug)]
struct Standing {
    started_at: Timestamp,
    started: Instant,
    is_on_loopback: AtomicBool,
    is_draining: AtomicBool,
}

impl Gateway {
    /// A gateway that has learned nothing yet. It has to be made inside a runtime.
    ///
    /// # Errors
    /// [`NoTls`] where this machine's TLS cannot be set up.
    pub fn new(config: Config, recorder: Arc<dyn Recorder>) -> Result<Arc<Self>, NoTls> {
        let aims = config.aims();
        Ok(Arc::new(Self {
            client: RawClient::new(config.deadlines.connect)?,
            config: ArcSwap::from_pointee(config),
            aims: Mutex::new(aims),
            learning: Learning::start(),
            metrics: Metrics::new(),
            lines: Lines::default(),
            lookout: Lookout::start(Arc::clone(&recorder)),
            recorder,
            limits: Limits::default(),
            source: OnceLock::new(),
            standing: Standing {
                started_at: Timestamp::now(),
                started: Instant::now(),
                is_on_loopback: AtomicBool::new(false),
                is_draining: AtomicBool::new(false),
            },
        }))
    }

    /// What it is told now.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// Tells it something else. Calls that have begun end as they began, and the target of an upstream stays:
    /// what was learned is for that.
    pub fn configure(&self, mut config: Config) {
        let mut aims = self.aims.lock().unwrap_or_else(PoisonError::into_inner);
        config.keep_aims(&mut aims);
        self.config.store(Arc::new(config));
    }

    /// Learns from calls of an earlier time, in their order, before the first call comes. Those to upstreams
    /// that there are not are passed over.
    pub async fn remember(&self, calls: impl IntoIterator<Item = PastCall>) {
        let config = self.config();
        for call in calls {
            let Ok(name) = call.upstream().parse() else {
                continue;
            };
            if let Some(upstream) = config.upstreams.get(&name) {
                let target = upstream.aim.target;
                self.learning.remember(call, &name, target).await;
            }
        }
        self.learning.settle().await;
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
        // Learned is what is written.
        self.recorder.flush().await;
        self.learning.settle().await;
    }

    /// It listens there and nowhere else.
    pub(crate) fn listens_on(&self, address: SocketAddr) {
        let is_on_loopback = address.ip().is_loopback();
        self.standing
            .is_on_loopback
            .store(is_on_loopback, Ordering::Relaxed);
    }

    /// It ends, and takes no new connections.
    pub(crate) fn drain(&self) {
        self.standing.is_draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_on_loopback(&self) -> bool {
        self.standing.is_on_loopback.load(Ordering::Relaxed)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.standing.is_draining.load(Ordering::Relaxed)
    }

    pub(crate) fn started_at(&self) -> Timestamp {
        self.standing.started_at
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.standing.started.elapsed()
    }

    /// What answers requests for which [`is_own`] holds.
    pub(crate) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route(HEALTH, get(async || "ok\n"))
            .route(READY, get(ready))
            .route(METRICS, get(metrics))
            .nest(API, api::router(self))
            .with_state(Arc::clone(self))
    }
}

/// Whether a path is the gateway's own, and no provider's.
pub(crate) fn is_own(path: &str) -> bool {
    [HEALTH, READY, METRICS].contains(&path) || is_under(path, API)
}

/// Whether calls may be sent here: not while it ends, nor while their rows would be lost.
async fn ready(State(gateway): State<Arc<Gateway>>) -> (StatusCode, &'static str) {
    if gateway.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match tokio::time::timeout(PROBE_DEADLINE, gateway.recorder.can_write()).await {
        Ok(true) => (StatusCode::OK, "ready\n"),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "telemetry cannot be written\n",
        ),
    }
}

async fn metrics(
    State(gateway): State<Arc<Gateway>>,
) -> ([(http::HeaderName, &'static str); 1], String) {
    let text = gateway.metrics.text(
        gateway.row_counts(),
        gateway.learning_counts(),
        gateway.lines.n_waiting() as u64,
    );
    ([(CONTENT_TYPE, METRICS_TYPE)], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_path_of_the_gateways_is_a_providers() {
        for path in [
            "/healthz",
            "/readyz",
            "/metrics",
            "/api/v1",
            "/api/v1/",
            "/api/v1/groups",
        ] {
            assert!(is_own(path), "{path}");
        }
        for path in [
            "/",
            "/healthz/",
            "/api",
            "/api/v10",
            "/v1/metrics",
            "/v1/messages",
        ] {
            assert!(!is_own(path), "{path}");
        }
    }
}
