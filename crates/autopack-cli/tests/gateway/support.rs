//! A simulator, a gateway before it, and a client that shows every byte.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use autopack_calibrate::ChosenTarget;
use autopack_calibrate::learned::{Outcome, TargetTruncation};
use autopack_core::{Catalogue, Provider, Tokens, UpstreamName};
use autopack_gateway::{
    ClosedRow, Config, Gateway, KeyOf, Keys, Lesson, Limits, Mode, Modes, PastCall, Recorder,
    RowCounts, StoreRecorder, Upstream, serve,
};
use autopack_provider::{BaseUrl, Deadlines, Endpoint};
use autopack_sim::{Scenario, Simulator, bind_loopback};
use autopack_store::{EscalationEvent, EstimationEvent, LearnedLimit, Store};
use autopack_wire::Dialect;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a house waits for calls under way when it ends: none of the tests' takes so long that is to end
/// by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// Rows in memory.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    attempts: Mutex<Vec<EstimationEvent>>,
    escalations: Mutex<Vec<EscalationEvent>>,
}

impl Rows {
    pub(crate) fn all(&self) -> Vec<EstimationEvent> {
        self.attempts.lock().expect("no panic before").clone()
    }
}

impl Rows {
    pub(crate) fn escalations(&self) -> Vec<EscalationEvent> {
        self.escalations.lock().expect("no panic before").clone()
    }
}

impl Recorder for Rows {
    fn record(&self, row: ClosedRow, _lesson: Option<Lesson>) {
        let event = row.event();
        self.attempts.lock().expect("no panic before").push(event);
    }

    fn record_escalation(&self, row: EscalationEvent) {
        self.escalations.lock().expect("no panic before").push(row);
    }

    fn remember_limit(&self, _limit: LearnedLimit) {}

    fn counts(&self) -> RowCounts {
        let n = self.all().len() as u64;
        RowCounts {
            n_recorded: n,
            n_written: n,
            ..RowCounts::default()
        }
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// A gateway that serves.
pub(crate) struct House {
    /// Whom it stands before.
    pub(crate) behind: SocketAddr,
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) rows: Arc<Rows>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<usize>,
}

/// A recorder that writes into `store`.
pub(crate) fn recorder(store: &Arc<Store>) -> Arc<dyn Recorder> {
    Arc::new(StoreRecorder::start(Arc::clone(store)).expect("a thread"))
}

pub(crate) fn modes(default: Mode) -> Modes {
    Modes {
        default,
        ..Modes::default()
    }
}

/// A simulator that answers as `scenario` says.
pub(crate) async fn simulator(scenario: &str) -> SocketAddr {
    let listener = bind_loopback(0).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let simulator = Simulator {
        scenario: Scenario::parse(scenario).expect("a scenario"),
        seed: 7,
        catalogue: Catalogue::embedded(),
    };
    tokio::spawn(simulator.serve(listener, std::future::pending()));
    address
}

impl House {
    pub(crate) async fn new(scenario: &str, modes: Modes) -> Self {
        Self::before(simulator(scenario).await, modes).await
    }

    pub(crate) async fn before(behind: SocketAddr, modes: Modes) -> Self {
        let rows = Arc::<Rows>::default();
        Self::with(behind, modes, Arc::clone(&rows) as Arc<dyn Recorder>, rows).await
    }

    pub(crate) async fn with(
        behind: SocketAddr,
        modes: Modes,
        recorder: Arc<dyn Recorder>,
        rows: Arc<Rows>,
    ) -> Self {
        Self::within(Limits::default(), behind, modes, recorder, rows).await
    }

    /// One that holds no more than so many connections.
    pub(crate) async fn small(scenario: &str, max_connections: usize) -> Self {
        let limits = Limits {
            max_connections,
            ..Limits::default()
        };
        let (behind, rows) = (simulator(scenario).await, Arc::<Rows>::default());
        let recorder = Arc::clone(&rows) as Arc<dyn Recorder>;
        Self::within(limits, behind, modes(Mode::Observe), recorder, rows).await
    }

    async fn within(
        limits: Limits,
        behind: SocketAddr,
        modes: Modes,
        recorder: Arc<dyn Recorder>,
        rows: Arc<Rows>,
    ) -> Self {
        let config = Config {
            upstreams: upstreams(behind),
            catalogue: Catalogue::embedded(),
            modes,
            keys: Keys::default(),
            admin_token: None,
            admission: BTreeMap::new(),
            deadlines: Deadlines {
                idle: Duration::from_millis(300),
                ..Deadlines::default()
            },
        };
        let gateway = Gateway::new(config, recorder).expect("TLS");
        let listener = bind_loopback(0).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&gateway);
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            let limits = Limits {
                shutdown: PATIENCE,
                ..limits
            };
            let served = serve(&served, listener, limits, stopped).await;
            served.expect("it served")
        });
        Self {
            behind,
            address,
            gateway,
            rows,
            stop: Some(stop),
            serving,
        }
    }

    /// Has it learned that replies of `group` are so long.
    pub(crate) async fn learned(&self, group: &str, length: u64) {
        let call = PastCall {
            group: group.to_owned(),
            sent: Tokens::new(16_384),
            outcome: Outcome::Ended(Tokens::new(length)),
        };
        let calls = std::iter::repeat_n(call, 100);
        self.gateway.remember(calls).await;
    }

    /// Waits until so many attempts are under way.
    pub(crate) async fn attempts_open(&self, n: usize) {
        let expected = format!("autopack_attempts_open {n}\n");
        let metrics = Ask::new("/metrics", "");
        while !metrics.get(self.address).await.text().contains(&expected) {}
    }

    /// Tells it to end, and waits until it takes no new connections.
    pub(crate) async fn begin_to_end(&mut self) {
        drop(self.stop.take());
        while TcpStream::connect(self.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// Has it end, and gives how many calls it had to break off.
    pub(crate) async fn end(mut self) -> (usize, Vec<EstimationEvent>) {
        drop(self.stop.take());
        let n_open = self.serving.await.expect("it ended");
        (n_open, self.rows.all())
    }
}

fn upstreams(behind: SocketAddr) -> BTreeMap<UpstreamName, Arc<Upstream>> {
    let served = Provider::ALL.map(|vendor| {
        let name = UpstreamName::from(vendor);
        let dialect = Dialect::of(vendor);
        let base_url = BaseUrl::parse(&name, dialect, &format!("http://{behind}"));
        let endpoint = Endpoint::new(name.clone(), dialect, base_url.expect("a base URL"));
        let upstream = Upstream {
            endpoint: Arc::new(endpoint),
            key_of: KeyOf::Client,
            ceiling_parameter: None,
            is_vendor: true,
            aim: ChosenTarget::asked(TargetTruncation::new(0.02).expect("a target"), "the test"),
            burndown: None,
        };
        (name, Arc::new(upstream))
    });
    served.into_iter().collect()
}

/// What came back, byte for byte.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) is_whole: bool,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// A call as a client sends it.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Ask {
    pub(crate) fn new(path: &str, body: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            headers: Vec::new(),
            body: body.into(),
        }
        .with("content-type", "application/json")
        .with("authorization", "Bearer k")
        .with("x-api-key", "k")
        .with("x-goog-api-key", "k")
        .with("anthropic-version", "2023-06-01")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Fetches its path.
    pub(crate) async fn get(&self, address: SocketAddr) -> Seen {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let text = self.written().replacen("POST", "GET", 1);
        stream.write_all(text.as_bytes()).await.expect("written");
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        seen(&bytes)
    }

    pub(crate) fn written(&self) -> String {
        let headers = self.headers.iter();
        let headers: Vec<String> = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!(
            "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\n{}connection: close\r\ncontent-length: {}\r\n\r\n{}",
            self.path,
            headers.concat(),
            self.body.len(),
            self.body
        )
    }

    /// Sends it, and reads to the end.
    pub(crate) async fn to(&self, address: SocketAddr) -> Seen {
        let mut stream = self.begin(address).await;
        let mut bytes = Vec::new();
        // A connection that breaks is an end too.
        let _ = stream.read_to_end(&mut bytes).await;
        seen(&bytes)
    }

    /// Sends it, and leaves the reading to the caller.
    pub(crate) async fn begin(&self, address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream
            .write_all(self.written().as_bytes())
            .await
            .expect("written");
        stream
    }
}

pub(crate) fn seen(bytes: &[u8]) -> Seen {
    let head_end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let mut seen = Seen {
        status: status.expect("a status"),
        head,
        body: bytes[head_end + 4..].to_vec(),
        is_whole: true,
    };
    if seen.header("transfer-encoding") == Some("chunked") {
        (seen.body, seen.is_whole) = dechunked(&seen.body);
    } else if let Some(length) = seen.header("content-length") {
        seen.is_whole = length == seen.body.len().to_string();
    }
    seen
}

fn dechunked(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line_end) = bytes.windows(2).position(|two| two == b"\r\n") else {
            return (body, false);
        };
        let size = str::from_utf8(&bytes[..line_end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        if size == 0 {
            return (body, true);
        }
        let data = &bytes[line_end + 2..];
        if data.len() < size + 2 {
            body.extend_from_slice(&data[..size.min(data.len())]);
            return (body, false);
        }
        body.extend_from_slice(&data[..size]);
        bytes = &data[size + 2..];
    }
}

/// A server that gives the same answer to every call, and keeps what it was sent.
pub(crate) struct Capture {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<(String, String)>>>,
}

impl Capture {
    pub(crate) async fn new(answer: &'static str) -> Self {
        Self::answering(move |_| answer.to_owned()).await
    }

    /// `answer` makes the whole reply to the body of a request.
    pub(crate) async fn answering(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::<Mutex<Vec<(String, String)>>>::default();
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (head, body) = request(&mut stream).await;
                let reply = answer(&body);
                kept.lock().expect("no panic before").push((head, body));
                // Whoever asked may have left.
                let _ = stream.write_all(reply.as_bytes()).await;
            }
        });
        Self { address, requests }
    }

    /// Heads and bodies in their order.
    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        self.requests.lock().expect("no panic before").clone()
    }
}

async fn request(stream: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let n = stream.read(&mut buffer).await.unwrap_or_default();
        bytes.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(n > 0, "no whole head");
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.parse::<usize>().expect("a length"))
        });
        if n == 0 || body.len() >= length.unwrap_or_default() {
            return (head.to_owned(), body.to_owned());
        }
    }
}

/// A whole answer with `body` as JSON, after which the connection ends.
pub(crate) fn json_answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
