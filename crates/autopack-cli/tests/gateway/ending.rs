//! A gateway that is told to end: who is under way arrives, who comes is refused, and every row is written.

use std::sync::Arc;
use std::time::Duration;

use autopack_gateway::Mode;
use autopack_store::{Filter, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::asking::{DIALECTS, call};
use super::rows::store_in;
use super::support::{Ask, House, Rows, modes, recorder, seen, simulator};

/// Long enough for calls to be under way, and far from what the gateway waits for them.
const SLOW: &str = "output_tokens = 20\n[latency]\nfirst_byte_ms = 600\n";

async fn house(store: &Arc<Store>) -> House {
    let recorder = recorder(store);
    let behind = simulator(SLOW).await;
    House::with(behind, modes(Mode::Fill), recorder, Arc::<Rows>::default()).await
}

/// A request of which only the beginning was sent.
async fn begun(house: &House, ask: &Ask) -> (TcpStream, String) {
    let text = ask.written();
    let (first, rest) = text.split_at(text.find("content-type").expect("a header"));
    let mut stream = TcpStream::connect(house.address).await.expect("connected");
    stream.write_all(first.as_bytes()).await.expect("written");
    (stream, rest.to_owned())
}

#[tokio::test]
async fn calls_under_way_arrive_and_new_ones_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let mut house = house(&store).await;
    let under_way: Vec<_> = DIALECTS
        .into_iter()
        .flat_map(|dialect| [false, true].map(|is_stream| (dialect, is_stream)))
        .map(|(dialect, is_stream)| {
            let (ask, address) = (call(dialect, "plain", is_stream, None), house.address);
            tokio::spawn(async move { ask.to(address).await })
        })
        .collect();
    house.attempts_open(8).await;
    let mut late = Vec::new();
    for (dialect, place, word) in [
        ("anthropic", "/error/type", "overloaded_error"),
        ("chat", "/error/type", "server_error"),
        ("responses", "/error/type", "server_error"),
        ("gemini", "/error/status", "UNAVAILABLE"),
    ] {
        let ask = call(dialect, "plain", false, None);
        late.push((begun(&house, &ask).await, place, word));
    }
    // The beginnings have arrived.
    assert_eq!(
        Ask::new("/healthz", "").get(house.address).await.status,
        200
    );
    house.begin_to_end().await;
    for ((mut stream, rest), place, word) in late {
        stream.write_all(rest.as_bytes()).await.expect("written");
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let refused = seen(&bytes);
        assert_eq!(refused.status, 503, "{word}");
        assert_eq!(refused.json().pointer(place), Some(&word.into()));
        assert!(refused.text().contains("the gateway ends"), "{word}");
        assert_eq!(refused.header("retry-after"), Some("5"));
        assert_eq!(refused.header("connection"), Some("close"));
    }
    for call in under_way {
        let seen = call.await.expect("no panic");
        assert_eq!(seen.status, 200);
        assert!(seen.is_whole);
    }
    let gateway = Arc::clone(&house.gateway);
    let (n_broken_off, _) = house.end().await;
    assert_eq!(n_broken_off, 0);
    let counts = gateway.row_counts();
    assert_eq!((counts.n_recorded, counts.n_written), (8, 8));
    let mut rows = Vec::new();
    let read = store
        .for_each_estimation(&Filter::default(), |row| rows.push(row))
        .await;
    assert_eq!(read.expect("read").n_rows, 8, "who is refused makes no row");
    assert!(rows.iter().all(|row| row.success == Some(true)));
}

#[tokio::test]
async fn a_connection_that_rests_is_closed_and_one_that_is_used_says_that_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let mut house = house(&store).await;
    let kept = |ask: &Ask| ask.written().replacen("connection: close\r\n", "", 1);
    let mut rests = TcpStream::connect(house.address).await.expect("connected");
    let health = "GET /healthz HTTP/1.1\r\nhost: t\r\n\r\n";
    rests.write_all(health.as_bytes()).await.expect("written");
    let mut head = [0; 15];
    rests.read_exact(&mut head).await.expect("an answer");
    let mut used = TcpStream::connect(house.address).await.expect("connected");
    let ask = kept(&call("chat", "plain", false, None));
    used.write_all(ask.as_bytes()).await.expect("written");
    house.attempts_open(1).await;
    house.begin_to_end().await;
    let mut bytes = Vec::new();
    // A connection that breaks is an end too.
    let _ = rests.read_to_end(&mut bytes).await;
    let mut bytes = Vec::new();
    used.read_to_end(&mut bytes).await.expect("an end");
    let seen = seen(&bytes);
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("connection"), Some("close"));
    house.end().await;
}
