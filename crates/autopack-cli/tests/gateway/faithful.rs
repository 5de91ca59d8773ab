//! A gateway that observes is not to be seen: every byte of every reply is what the provider sent.

use autopack_gateway::Mode;

use super::asking::{DIALECTS, KINDS, call};
use super::support::{Ask, House, modes};

const SCENARIO: &str = "output_tokens = 90\nreasoning_tokens = 20\n";

#[tokio::test]
async fn every_byte_comes_through_and_every_call_has_its_row() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    let mut n_calls = 0;
    for dialect in DIALECTS {
        for kind in KINDS {
            for is_stream in [false, true] {
                for ceiling in [None, Some(4000), Some(1100)] {
                    let ask = call(dialect, kind, is_stream, ceiling);
                    let direct = ask.to(house.behind).await;
                    let through = ask.to(house.address).await;
                    let what = format!("{dialect} {kind} {is_stream} {ceiling:?}");
                    assert_eq!(direct.status, 200, "{what}: {}", direct.text());
                    assert_eq!(through.text(), direct.text(), "{what}");
                    assert!(through.is_whole && direct.is_whole, "{what}");
                    let kind_of = |seen: &super::support::Seen| {
                        seen.header("content-type").map(str::to_owned)
                    };
                    assert_eq!(kind_of(&through), kind_of(&direct), "{what}");
                    n_calls += 1;
                }
            }
        }
    }
    let (n_open, rows) = house.end().await;
    assert_eq!((n_open, rows.len()), (0, n_calls));
    for row in rows {
        assert!(row.success, "{row:?}");
        assert!(row.usage.output.reported().is_some(), "{row:?}");
        assert!(row.group_key.is_some(), "{row:?}");
        assert!(row.effort.is_some() && row.template.is_none(), "{row:?}");
        assert!(
            row.estimated_input > Some(autopack_core::Tokens::new(0)),
            "{row:?}"
        );
        let is_anthropic = row.provider == autopack_core::Provider::Anthropic;
        assert!(!is_anthropic || row.requested_max_tokens.is_some());
        assert_eq!(row.actual_max_tokens, row.requested_max_tokens);
    }
}

#[tokio::test]
async fn streams_come_through_cut_at_any_byte() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    for dialect in DIALECTS {
        let ask = call(dialect, "tools", true, None).with("x-sim-fault", "split_events");
        let direct = ask.to(house.behind).await;
        let through = ask.to(house.address).await;
        assert_eq!(through.text(), direct.text(), "{dialect}");
    }
    let (_, rows) = house.end().await;
    assert!(rows.iter().all(|row| row.success), "{rows:?}");
}

#[tokio::test]
async fn a_client_that_asks_for_usage_gets_it() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    let mut ask = call("chat", "plain", true, None);
    ask.body = ask
        .body
        .replacen('{', r#"{"stream_options":{"include_usage":true},"#, 1);
    let through = ask.to(house.address).await;
    assert_eq!(through.text(), ask.to(house.behind).await.text());
    assert!(through.text().contains("\"completion_tokens\""));
    house.end().await;
}

#[tokio::test]
async fn an_array_that_grows_comes_through_unread() {
    let house = House::new(SCENARIO, modes(Mode::Tighten)).await;
    let mut ask = call("gemini", "plain", true, None);
    ask.path = ask.path.replace("?alt=sse", "");
    let direct = ask.to(house.behind).await;
    assert!(direct.text().starts_with('['), "{}", direct.text());
    assert_eq!(ask.to(house.address).await.text(), direct.text());
    let (_, rows) = house.end().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].usage.output.reported(), None, "unknown is not zero");
}

#[tokio::test]
async fn what_has_no_ceiling_is_passed_through_without_a_row() {
    let house = House::new(SCENARIO, modes(Mode::Tighten)).await;
    let body = r#"{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}]}"#;
    let ask = Ask::new("/v1/messages/count_tokens", body);
    let through = ask.to(house.address).await;
    assert_eq!(through.status, 200);
    assert_eq!(through.text(), ask.to(house.behind).await.text());
    let prefixed = Ask::new("/anthropic/v1/messages/count_tokens", body);
    assert_eq!(prefixed.to(house.address).await.text(), through.text());
    let (_, rows) = house.end().await;
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn refusals_of_the_provider_come_through() {
    let house = House::new(SCENARIO, modes(Mode::Observe)).await;
    for dialect in DIALECTS {
        for is_stream in [false, true] {
            let mut ask = call(dialect, "plain", is_stream, None);
            for (fault, body) in [
                ("server_error", None),
                ("overloaded", None),
                ("rate_limited", None),
                ("none", Some("{\"model\":")),
            ] {
                let asked = match body {
                    Some(body) => {
                        ask.body = body.to_owned();
                        ask.clone()
                    }
                    None => ask.clone().with("x-sim-fault", fault),
                };
                let direct = asked.to(house.behind).await;
                let through = asked.to(house.address).await;
                assert!(direct.status >= 400, "{dialect} {fault}");
                assert_eq!(through.status, direct.status, "{dialect} {fault}");
                assert_eq!(through.text(), direct.text(), "{dialect} {fault}");
                assert_eq!(through.header("retry-after"), direct.header("retry-after"));
            }
        }
    }
    let (_, rows) = house.end().await;
    assert!(rows.iter().all(|row| row.failure.is_some() && !row.success));
    assert_eq!(rows.len(), 4 * 2 * 4);
}
