//! Whatever goes wrong: the client gets an answer in the form it reads, and no row stays open.

use autopack_gateway::Mode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::asking::{DIALECTS, call};
use super::support::{Ask, House, modes, seen};

const SCENARIO: &str = "output_tokens = 90\n[fault_times]\nstall_ms = 5000\n";

#[tokio::test]
async fn a_stream_that_is_damaged_is_damaged_for_the_client_too() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    let mut expected = Vec::new();
    for dialect in DIALECTS {
        for (fault, word) in [
            ("cut_stream", "interrupted"),
            ("truncated_json", "interrupted"),
            ("stalled_stream", "timed_out"),
            ("garbage", "unreadable"),
        ] {
            let mut ask = call(dialect, "plain", true, None).with("x-sim-fault", fault);
            // The middle of a stream that says its usage is one event later: let both do so.
            let usage = r#"{"stream_options":{"include_usage":true},"#;
            if dialect == "chat" {
                ask.body = ask.body.replacen('{', usage, 1);
            }
            let through = ask.to(house.address).await;
            assert_eq!(through.status, 200, "{dialect} {fault}");
            let is_broken = matches!(fault, "cut_stream" | "stalled_stream");
            assert_eq!(through.is_whole, !is_broken, "{dialect} {fault}");
            if fault != "stalled_stream" {
                let direct = ask.to(house.behind).await;
                assert!(through.body == direct.body, "{dialect} {fault}");
            }
            expected.push((dialect, fault, word));
        }
    }
    let (_, rows) = house.end().await;
    assert_eq!(rows.len(), expected.len());
    for (row, (dialect, fault, word)) in rows.iter().zip(expected) {
        let found = row.failure.as_deref();
        let is_cut_event = found == Some("unreadable") && fault == "truncated_json";
        assert!(
            found == Some(word) || is_cut_event,
            "{dialect} {fault}: {found:?}"
        );
        assert!(!row.success);
    }
}

#[tokio::test]
async fn a_whole_reply_that_breaks_is_answered_in_the_clients_dialect() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    for dialect in DIALECTS {
        for (fault, status) in [("cut_stream", 502), ("stalled_stream", 504)] {
            let ask = call(dialect, "plain", false, None).with("x-sim-fault", fault);
            let through = ask.to(house.address).await;
            assert_eq!(through.status, status, "{dialect} {fault}");
            let error = &through.json()["error"];
            assert!(
                error["message"]
                    .as_str()
                    .expect("a message")
                    .starts_with("autopack: ")
            );
            assert!(through.header("x-autopack-request-id").is_some());
        }
        let ask = call(dialect, "plain", false, None).with("x-sim-fault", "garbage");
        assert_eq!(
            ask.to(house.address).await.body,
            ask.to(house.behind).await.body
        );
    }
    let (_, rows) = house.end().await;
    assert_eq!(rows.len(), DIALECTS.len() * 3);
    assert!(rows.iter().all(|row| row.failure.is_some()));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_said_to_be_so() {
    let nobody = autopack_sim::bind_loopback(0).await.expect("a port");
    let behind = nobody.local_addr().expect("an address");
    drop(nobody);
    let house = House::before(behind, modes(Mode::Tighten)).await;
    for dialect in DIALECTS {
        for is_stream in [false, true] {
            let through = call(dialect, "plain", is_stream, None)
                .to(house.address)
                .await;
            assert_eq!(through.status, 502);
            assert!(
                through.text().contains("no connection to"),
                "{}",
                through.text()
            );
        }
    }
    let (_, rows) = house.end().await;
    assert!(
        rows.iter()
            .all(|row| row.failure.as_deref() == Some("unreachable"))
    );
    assert_eq!(rows.len(), 8);
}

#[tokio::test]
async fn a_client_that_leaves_still_has_its_row() {
    let house = House::new(
        "output_tokens = 2000\n[latency]\nper_token_us = 2000\n",
        modes(Mode::Observe),
    )
    .await;
    let mut stream = call("anthropic", "plain", true, None)
        .begin(house.address)
        .await;
    let mut some = [0; 512];
    assert!(stream.read(&mut some).await.expect("some") > 0);
    drop(stream);
    house.attempts_open(0).await;
    let whole = call("chat", "plain", false, None)
        .begin(house.address)
        .await;
    house.attempts_open(1).await;
    drop(whole);
    let (n_open, rows) = house.end().await;
    assert_eq!(n_open, 0);
    let words: Vec<_> = rows.iter().map(|row| row.failure.as_deref()).collect();
    assert_eq!(words, [Some("cancelled"), Some("cancelled")]);
}

#[tokio::test]
async fn a_request_that_cannot_be_read_goes_to_the_provider_as_it_is() {
    let house = House::new(SCENARIO, modes(Mode::Tighten)).await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    for dialect in DIALECTS {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{\"model\":1}",
            "{\"max_tokens\":\"x\"}",
            "\u{feff}{}",
            &deep,
        ] {
            let mut ask = call(dialect, "plain", false, None);
            ask.body = body.to_owned();
            let direct = ask.to(house.behind).await;
            let through = ask.to(house.address).await;
            assert_eq!(through.status, direct.status, "{dialect} {body:.20}");
            assert_eq!(through.text(), direct.text(), "{dialect} {body:.20}");
        }
    }
    let (_, rows) = house.end().await;
    assert_eq!(rows.len(), DIALECTS.len() * 8);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_of_ours_is_told_in_the_clients_dialect() {
    let house = House::new(SCENARIO, modes(Mode::Fill)).await;
    let bad = call("anthropic", "plain", false, None).with("x-autopack-mode", "loose");
    let told = bad.to(house.address).await;
    assert_eq!(told.status, 400);
    assert_eq!(told.json()["type"], "error");
    assert!(
        told.text()
            .contains("allowed are `observe`, `fill` and `tighten`")
    );
    let nowhere = Ask::new("/upstreams/nobody/v1/chat/completions", "{}")
        .to(house.address)
        .await;
    assert_eq!(nowhere.status, 404);
    assert!(
        nowhere
            .text()
            .contains("allowed are `anthropic`, `gemini`, `openai`")
    );
    let (_, rows) = house.end().await;
    assert!(rows.is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_large_or_cut_short_is_refused() {
    let house = House::new(SCENARIO, modes(Mode::Fill)).await;
    let limit = autopack_gateway::MAX_BODY_BYTES;
    let mut stream = TcpStream::connect(house.address)
        .await
        .expect("a connection");
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: t\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        limit + 1
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let told = seen(&bytes);
    assert_eq!(told.status, 413);
    assert_eq!(told.json()["error"]["type"], "request_too_large");

    let mut stream = TcpStream::connect(house.address)
        .await
        .expect("a connection");
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{\"model\"";
    stream.write_all(head.as_bytes()).await.expect("written");
    stream.shutdown().await.expect("half closed");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let (_, rows) = house.end().await;
    assert!(rows.is_empty());
}

#[tokio::test]
async fn what_does_not_end_in_time_is_broken_off_and_has_its_row() {
    let slow = "output_tokens = 20\n[latency]\nfirst_byte_ms = 600000\n";
    let house = House::new(slow, modes(Mode::Observe)).await;
    let waiting = call("chat", "plain", false, None)
        .begin(house.address)
        .await;
    house.attempts_open(1).await;
    let (n_open, rows) = house.end().await;
    assert_eq!(n_open, 1);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].failure.as_deref(), Some("cancelled"));
    drop(waiting);
}
