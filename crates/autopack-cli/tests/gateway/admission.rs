//! Calls that wait for the limits of their upstream, instead of being refused there.

use std::sync::Arc;
use std::time::Duration;

use autopack_core::{Provider, Tokens};
use autopack_gateway::{Allowed, Config, Counting, Mode};

use super::asking::call;
use super::support::{Ask, Capture, House, json_answer, modes};

const LONG: Duration = Duration::from_secs(30);

fn allow(house: &House, provider: Provider, allowed: Allowed) {
    let mut config = (*house.gateway.config()).clone();
    config.admission.insert(provider.into(), allowed);
    house.gateway.configure(config);
}

fn tokens(per_minute: u64, wait: Duration, counting: Counting) -> Allowed {
    Allowed {
        tokens_per_minute: Some(Tokens::new(per_minute)),
        requests_per_minute: None,
        wait,
        counting,
    }
}

fn chat(ceiling: u64) -> Ask {
    call("chat", "plain", false, Some(ceiling))
}

#[tokio::test]
async fn who_waits_is_not_refused() {
    // What the first call takes comes back in a minute, what the others take in 60 ms each.
    let scenario = "output_tokens = 20\n[quota]\ntokens_per_minute = 120000";
    let house = House::new(scenario, modes(Mode::Observe)).await;
    let ask = async |ceiling| chat(ceiling).to(house.address).await.status;
    assert_eq!(ask(120_000).await, 200);
    assert_eq!(ask(120).await, 429, "so it is without");

    let house = House::new(scenario, modes(Mode::Observe)).await;
    let allowed = tokens(120_000, LONG, Counting::Larger);
    allow(&house, Provider::OpenAi, allowed);
    let ask = async |ceiling| chat(ceiling).to(house.address).await.status;
    assert_eq!(ask(120_000).await, 200);
    assert_eq!(tokio::join!(ask(120), ask(120), ask(120)), (200, 200, 200));
    let (_, rows) = house.end().await;
    assert!(rows.iter().all(|row| row.success));
}

#[tokio::test]
async fn who_waited_too_long_is_refused_as_the_dialect_does() {
    let house = House::new("output_tokens = 20", modes(Mode::Observe)).await;
    for (dialect, provider, place, word) in [
        (
            "anthropic",
            Provider::Anthropic,
            "/error/type",
            "rate_limit_error",
        ),
        (
            "chat",
            Provider::OpenAi,
            "/error/code",
            "rate_limit_exceeded",
        ),
        (
            "gemini",
            Provider::Gemini,
            "/error/status",
            "RESOURCE_EXHAUSTED",
        ),
    ] {
        let allowed = Allowed {
            tokens_per_minute: None,
            requests_per_minute: Some(1),
            ..tokens(1, Duration::ZERO, Counting::Sum)
        };
        allow(&house, provider, allowed);
        let ask = call(dialect, "plain", false, Some(500));
        assert_eq!(ask.to(house.address).await.status, 200, "{dialect}");
        let refused = ask.to(house.address).await;
        assert_eq!(refused.status, 429, "{dialect}");
        assert_eq!(
            refused.json().pointer(place),
            Some(&word.into()),
            "{dialect}"
        );
        let seconds = refused
            .header("retry-after")
            .and_then(|text| text.parse().ok());
        assert!(seconds.is_some_and(|seconds: u64| (1..=61).contains(&seconds)));
        assert!(refused.header("x-autopack-request-id").is_some());
    }
    let (_, rows) = house.end().await;
    assert_eq!(rows.len(), 3, "who is not let in makes no attempt");
}

#[tokio::test]
async fn what_a_call_did_not_use_is_there_for_the_next() {
    let house = House::new("output_tokens = 20", modes(Mode::Observe)).await;
    let allowed = tokens(10_000, Duration::ZERO, Counting::Sum);
    allow(&house, Provider::OpenAi, allowed);
    for is_stream in [false, true, false] {
        let ask = call("chat", "plain", is_stream, Some(9000));
        assert_eq!(ask.to(house.address).await.status, 200, "{is_stream}");
    }
    // Without a ceiling all that the model can write may come, and that is more than there is.
    let ask = call("chat", "plain", false, None);
    assert_eq!(ask.to(house.address).await.status, 429);
}

#[tokio::test]
async fn the_provider_is_believed_where_it_says_that_less_is_left() {
    let answer = json_answer("200 OK", "{}").replacen(
        "\r\n",
        "\r\nx-ratelimit-remaining-tokens: 0\r\nx-ratelimit-limit-tokens: 1000000\r\n",
        1,
    );
    let capture = Capture::new(answer.leak()).await;
    let house = House::before(capture.address, modes(Mode::Observe)).await;
    let allowed = tokens(1_000_000, Duration::ZERO, Counting::Larger);
    allow(&house, Provider::OpenAi, allowed);
    assert_eq!(chat(100_000).to(house.address).await.status, 200);
    assert_eq!(chat(100_000).to(house.address).await.status, 429);
    assert_eq!(capture.requests().len(), 1, "the second was not sent");
}

#[tokio::test]
async fn a_new_configuration_keeps_what_is_taken() {
    let house = House::new("output_tokens = 20", modes(Mode::Observe)).await;
    let allowed = tokens(100_000, Duration::ZERO, Counting::Larger);
    allow(&house, Provider::OpenAi, allowed);
    assert_eq!(chat(100_000).to(house.address).await.status, 200);
    let old: Config = (*house.gateway.config()).clone();
    house.gateway.configure(old);
    assert_eq!(chat(100_000).to(house.address).await.status, 429);
}

#[tokio::test]
async fn what_the_provider_did_not_take_is_given_back() {
    for (status, expected) in [
        ("400 Bad Request", 400),
        ("422 Unprocessable Entity", 422),
        // What broke down may have been counted.
        ("500 Internal Server Error", 429),
    ] {
        let answer = json_answer(status, r#"{"error":{"message":"no such thing"}}"#);
        let capture = Capture::new(answer.leak()).await;
        let house = House::before(capture.address, modes(Mode::Observe)).await;
        let allowed = tokens(10_000, Duration::ZERO, Counting::Sum);
        allow(&house, Provider::OpenAi, allowed);
        chat(9000).to(house.address).await;
        let second = chat(9000).to(house.address).await;
        assert_eq!(second.status, expected, "{status}");
    }
}

#[tokio::test]
async fn the_wait_that_the_body_of_a_refusal_asks_for_holds_the_line() {
    let refusal = r#"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"41s"}]}}"#;
    let capture = Capture::new(json_answer("429 Too Many Requests", refusal).leak()).await;
    let house = House::before(capture.address, modes(Mode::Observe)).await;
    let allowed = tokens(1_000_000, Duration::ZERO, Counting::Input);
    allow(&house, Provider::Gemini, allowed);
    let ask = call("gemini", "plain", false, Some(500));
    let theirs = ask.to(house.address).await;
    assert_eq!((theirs.status, theirs.text().as_str()), (429, refusal));
    let ours = ask.to(house.address).await;
    assert_eq!(ours.status, 429);
    let seconds = ours
        .header("retry-after")
        .and_then(|text| text.parse().ok());
    assert!(seconds.is_some_and(|seconds: u64| (39..=42).contains(&seconds)));
    assert_eq!(capture.requests().len(), 1, "the second was not sent");
}

#[tokio::test]
async fn output_counts_as_the_route_burns_its_limit_down() {
    let economics = autopack_core::Economics::embedded();
    let bedrock = economics.find("bedrock").expect("a row");
    for (burndown, expected) in [(None, 200), (bedrock.burndown.clone(), 429)] {
        let house = House::new("output_tokens = 1000", modes(Mode::Observe)).await;
        let mut config = (*house.gateway.config()).clone();
        let upstream = config.upstreams.get_mut(&Provider::Anthropic.into());
        Arc::make_mut(upstream.expect("there")).burndown = burndown;
        house.gateway.configure(config);
        let allowed = tokens(10_000, Duration::ZERO, Counting::Sum);
        allow(&house, Provider::Anthropic, allowed);
        let ask = async |ceiling| {
            let ask = call("anthropic", "plain", false, Some(ceiling));
            ask.to(house.address).await.status
        };
        assert_eq!(ask(2000).await, 200);
        assert_eq!(ask(6000).await, expected);
    }
}
