//! Listening: how many clients, how patient with each, and how it ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_io_timeout::TimeoutWriter;

use crate::front::Front;
use crate::gateway::Gateway;
use crate::lookout::Event;

/// How much of a head is read before its end has to be there, in bytes: 64 KiB, four times what most servers
/// take, because agents put much into theirs. The piece in which it comes may be larger.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long the head of a request may take to come, and how long a connection may wait for the next: a
/// minute, longer than clients keep unused connections.
const HEAD_DEADLINE: Duration = Duration::from_secs(60);

/// How long a client may leave what it is sent unread, once all that the connection holds is full: as long as
/// a provider may say nothing in the middle of a reply. Without an end, who never reads keeps a place for ever.
const READ_DEADLINE: Duration = Duration::from_secs(120);

/// How long to wait after a connection could not be taken for want of file handles or memory.
const BREATH: Duration = Duration::from_millis(100);

/// What a server allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most connections at once; others wait to be taken.
    pub max_connections: usize,
    /// How long calls under way may take to end when the server is told to.
    pub shutdown: Duration,
}

impl Default for Limits {
    /// A thousand connections, below the 1,024 file handles that many systems allow (each call needs another
    /// one to its provider, so that as many calls at once need a higher limit); half a minute to end.
    fn default() -> Self {
        Self {
            max_connections: 1000,
            shutdown: Duration::from_secs(30),
        }
    }
}

/// Serves until `shutdown` is ready; then takes no new calls, waits for those under way, writes every row,
/// and says how many calls it had to break off.
///
/// # Errors
/// When `listener` cannot listen any more.
pub async fn serve(
    gateway: &Arc<Gateway>,
    listener: TcpListener,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<usize> {
    gateway.listens_on(listener.local_addr()?);
    let service = Arc::new(Front::of(gateway));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_buf_size(MAX_HEAD_BYTES);
    let places = Arc::new(Semaphore::new(limits.max_connections));
    let graceful = GracefulShutdown::new();
    let (breaker, broken_off) = watch::channel(());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, place) = tokio::select! {
            taken = take(&listener, &places) => taken,
            () = &mut shutdown => break,
        };
        gateway.lookout.event(Event::Connection);
        let connection =
            http.serve_connection(TokioIo::new(impatient(stream)), Arc::clone(&service));
        let connection = graceful.watch(connection);
        let gateway = Arc::clone(gateway);
        let mut broken_off = broken_off.clone();
        tokio::spawn(async move {
            gateway.metrics.connections.inc();
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "connection of a client ended");
                },
                _ = broken_off.changed() => {}
            }
            gateway.metrics.connections.dec();
            drop(place);
        });
    }
    gateway.drain();
    drop(listener);
    let n_open = tokio::select! {
        () = graceful.shutdown() => 0,
        () = tokio::time::sleep(limits.shutdown) => limits.max_connections - places.available_permits(),
    };
    drop(breaker);
    all_ended(&places, limits).await;
    gateway.settle().await;
    Ok(n_open)
}

/// Waits until no connection is left, so that every row is closed.
async fn all_ended(places: &Semaphore, limits: Limits) {
    let all = u32::try_from(limits.max_connections).unwrap_or(u32::MAX);
    // Nobody closes the semaphore.
    let _ = places.acquire_many(all).await;
}

/// A connection that breaks when its client does not read.
fn impatient(stream: TcpStream) -> Pin<Box<TimeoutWriter<TcpStream>>> {
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(READ_DEADLINE));
    Box::pin(stream)
}

/// The next connection, once there is a place for it.
async fn take(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    let place = match Arc::clone(places).acquire_owned().await {
        Ok(place) => place,
        // Nobody closes the semaphore.
        Err(_) => std::future::pending().await,
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "connection stays without TCP_NODELAY");
                }
                return (stream, place);
            }
            // A client that left again; or no file handles, which comes back at once and for long.
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}
