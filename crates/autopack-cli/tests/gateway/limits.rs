//! Clients that send too much, too slowly, or do not read. Where time has to pass, it passes at once.

use std::time::Duration;

use autopack_gateway::Mode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::asking::call;
use super::support::{Ask, Capture, House, modes, seen};

const SCENARIO: &str = "output_tokens = 20";

/// Long enough for whatever can happen at once to have happened.
const A_WHILE: Duration = Duration::from_secs(5);

/// Longer than the gateway waits for anybody.
const LONG: Duration = Duration::from_secs(200);

async fn connected(house: &House, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(house.address).await.expect("connected");
    stream.write_all(text.as_bytes()).await.expect("written");
    stream
}

async fn to_the_end(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A connection that breaks is an end too.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn a_head_that_is_too_large_goes_no_further() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    let ask = call("chat", "plain", false, None);
    let fitting = ask.clone().with("x-large", &"x".repeat(48 * 1024));
    assert_eq!(fitting.to(house.address).await.status, 200);
    let large = ask.clone().with("x-large", &"x".repeat(256 * 1024));
    assert_eq!(large.to(house.address).await.status, 431);
    let many = (0..200).fold(ask, |ask, n| ask.with(&format!("x-header-{n}"), "x"));
    assert_eq!(many.to(house.address).await.status, 431);
    let (_, rows) = house.end().await;
    assert_eq!(rows.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_come_ends_the_connection() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    for text in ["", "POST /v1/messages HTTP/1.1\r\nhost: te"] {
        let stream = connected(&house, text).await;
        let bytes = timeout(LONG, to_the_end(stream)).await.expect("an end");
        assert_eq!(String::from_utf8_lossy(&bytes), "");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_used_again_ends() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    let stream = connected(&house, "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let bytes = timeout(LONG, to_the_end(stream)).await.expect("an end");
    assert_eq!(seen(&bytes).text(), "ok\n");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_answered_in_the_dialect() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    let head = "POST /v1/messages HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 100\r\n\r\n";
    let stream = connected(&house, &format!("{head}{{")).await;
    let bytes = timeout(LONG, to_the_end(stream)).await.expect("an end");
    let seen = seen(&bytes);
    assert_eq!(seen.status, 408);
    assert_eq!(seen.json()["error"]["type"], "invalid_request_error");
    let (_, rows) = house.end().await;
    assert!(rows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn more_connections_wait_for_a_place() {
    let house = House::small(SCENARIO, 1).await;
    let mut first = connected(&house, "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    first.read_exact(&mut [0; 15]).await.expect("an answer");
    let ask = Ask::new("/healthz", "");
    let second = ask.get(house.address);
    let mut second = std::pin::pin!(second);
    assert!(timeout(A_WHILE, &mut second).await.is_err(), "no place yet");
    drop(first);
    assert_eq!(second.await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_loses_the_place() {
    // More than all buffers on the way hold.
    let body = "x".repeat(24 * 1024 * 1024);
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let answer = format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}");
    let capture = Capture::new(answer.leak()).await;
    let house = House::before(capture.address, modes(Mode::Observe)).await;
    let stream = call("chat", "plain", false, None)
        .begin(house.address)
        .await;
    while house.rows.all().is_empty() {
        tokio::task::yield_now().await;
    }
    sleep(LONG).await;
    let bytes = to_the_end(stream).await;
    assert!(!bytes.is_empty() && bytes.len() < length, "{}", bytes.len());
    let metrics = Ask::new("/metrics", "").get(house.address).await.text();
    assert!(
        metrics.contains("autopack_connections 1\n"),
        "but for this one"
    );
}
