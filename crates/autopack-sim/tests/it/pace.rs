//! How long replies take, on tokio's own clock.

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use tokio::time::Instant;
use tower::ServiceExt;

use super::{DIALECTS, Dialect, router};

/// When the headers and each piece of the body came, in milliseconds, the clock's own steps.
async fn arrivals(
    scenario: &str,
    dialect: Dialect,
    streamed: bool,
    fault: &str,
) -> (u128, Vec<u128>) {
    let begun = Instant::now();
    let (path, body) = if streamed {
        dialect.stream_request()
    } else {
        (dialect.path.to_owned(), dialect.body.to_owned())
    };
    let (key, value) = dialect.key;
    let mut request = Request::post(path).header(key, value);
    if !fault.is_empty() {
        request = request.header("x-autopack-fault", fault);
    }
    let response = router(scenario).oneshot(request.body(Body::from(body)).unwrap());
    let response = response.await.unwrap();
    let headers = begun.elapsed().as_millis();
    let pieces = response.into_body().into_data_stream();
    let pieces = pieces.map(|piece| {
        piece.unwrap();
        begun.elapsed().as_millis()
    });
    (headers, pieces.collect().await)
}

const PACE: &str = "
    output_tokens = 32
    reasoning_tokens = 10
    [latency]
    first_byte_ms = 100
    per_token_us = 50000
";

#[tokio::test(start_paused = true)]
async fn a_whole_reply_comes_when_all_its_tokens_are_there() {
    for dialect in DIALECTS {
        let (headers, pieces) = arrivals(PACE, dialect, false, "").await;
        assert_eq!((headers, pieces), (2200, vec![2200]), "{}", dialect.path);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_comes_at_the_pace_of_its_tokens() {
    for dialect in DIALECTS {
        let (headers, pieces) = arrivals(PACE, dialect, true, "").await;
        assert_eq!(headers, 100);
        // The reasoning, then two pieces of 16 tokens, then the end.
        let mut moments = pieces.clone();
        moments.dedup();
        let expected: &[u128] = match dialect.path {
            "/v1/messages" | "/v1/responses" => &[100, 600, 1400, 2200],
            "/v1/chat/completions" => &[600, 1400, 2200],
            _ => &[1400, 2200],
        };
        let moments: Vec<u128> = moments.into_iter().map(|ms| ms - ms % 10).collect();
        assert_eq!(moments, expected, "{}", dialect.path);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_word_everything_comes_at_once() {
    for dialect in DIALECTS {
        for streamed in [false, true] {
            let (headers, pieces) = arrivals("", dialect, streamed, "").await;
            assert_eq!(headers, 0);
            assert!(pieces.iter().all(|ms| *ms == 0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn faults_take_the_time_that_the_scenario_gives_them() {
    let times = "[fault_times]\nslow_first_byte_ms = 7000\nstall_ms = 9000";
    for (scenario, slow, stalled) in [("", 10_000, 60_000), (times, 7000, 9000)] {
        for dialect in DIALECTS {
            for streamed in [false, true] {
                let (headers, _) = arrivals(scenario, dialect, streamed, "slow_first_byte").await;
                assert_eq!(headers, slow);
                let (headers, pieces) =
                    arrivals(scenario, dialect, streamed, "stalled_stream").await;
                assert_eq!((headers, pieces[0]), (0, 0));
                let last = *pieces.last().unwrap();
                assert!((stalled..stalled + 10).contains(&last), "{last}");
            }
        }
    }
}
