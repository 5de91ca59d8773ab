//! What is done to ceilings, as the provider sees it, and that nobody is harmed by it.

use autopack_core::Tokens;
use autopack_gateway::{Mode, Modes};

use super::asking::{DIALECTS, KINDS, call};
use super::support::{Ask, Capture, House, json_answer, modes};

/// How long replies of the learned group were.
const LENGTH: u64 = 300;

const SHORT: &str = r#"{"choices":[{"finish_reason":"stop","message":{"content":"hi"}}],"usage":{"completion_tokens":5}}"#;
const CUT: &str = r#"{"choices":[{"finish_reason":"length","message":{"content":"hi"}}],"usage":{"completion_tokens":320}}"#;

fn group_of(dialect: &str) -> String {
    let model = match dialect {
        "anthropic" => "anthropic/claude-sonnet-4-5",
        "gemini" => "gemini/gemini-2.5-flash",
        _ => "openai/gpt-5",
    };
    format!("{model}/known")
}

async fn house(behind: Option<std::net::SocketAddr>, scenario: &str, modes: Modes) -> House {
    let house = match behind {
        Some(behind) => House::before(behind, modes).await,
        None => House::new(scenario, modes).await,
    };
    for dialect in DIALECTS {
        house.learned(&group_of(dialect), LENGTH).await;
    }
    house
}

fn known(ask: Ask) -> Ask {
    ask.with("x-autopack-group", "known")
}

fn number(seen: &super::support::Seen, name: &str) -> u64 {
    let value = seen.header(name).unwrap_or_else(|| panic!("no {name}"));
    value.parse().unwrap_or_else(|_| panic!("{name}: {value}"))
}

#[tokio::test]
async fn only_the_ceiling_changes_on_the_wire() {
    let capture = Capture::new(Box::leak(json_answer("200 OK", SHORT).into_boxed_str())).await;
    let house = house(Some(capture.address), "", modes(Mode::Tighten)).await;
    for dialect in DIALECTS {
        for kind in KINDS {
            for ceiling in [None, Some(8000)] {
                let ask = known(call(dialect, kind, false, ceiling));
                let seen = ask.to(house.address).await;
                let sent = number(&seen, "x-autopack-ceiling");
                let (head, body) = capture.requests().pop().expect("a request");
                assert!(!head.contains("x-autopack"), "{head}");
                let what = format!("{dialect} {kind} {ceiling:?} {sent}");
                // With another number in it, or one member more, the request is the client's own.
                let own = ceiling.or((dialect == "anthropic").then_some(8192));
                let back = match own {
                    Some(own) => body.replacen(&format!(":{sent}"), &format!(":{own}"), 1),
                    None => [
                        "max_completion_tokens",
                        "max_output_tokens",
                        "maxOutputTokens",
                    ]
                    .iter()
                    .fold(body.clone(), |body, name| {
                        body.replacen(&format!("\"{name}\":{sent},"), "", 1)
                    }),
                };
                assert_eq!(back, ask.body, "{what}");
                assert_ne!(body, ask.body, "{what}");
                let budget = if kind == "thinking" && dialect != "chat" && dialect != "responses" {
                    1024
                } else {
                    0
                };
                assert!(
                    sent >= LENGTH + budget && sent < LENGTH * 2 + budget,
                    "{what}"
                );
            }
        }
    }
    house.end().await;
}

#[tokio::test]
async fn fill_leaves_the_clients_own_ceiling_alone() {
    let house = house(None, "output_tokens = 200", modes(Mode::Fill)).await;
    let own = known(call("chat", "plain", false, Some(4000)));
    let seen = own.to(house.address).await;
    assert_eq!(seen.header("x-autopack-decision"), Some("kept"));
    assert_eq!(number(&seen, "x-autopack-ceiling"), 4000);
    let none = known(call("chat", "plain", false, None));
    let seen = none.to(house.address).await;
    assert_eq!(seen.header("x-autopack-decision"), Some("filled"));
    let (_, rows) = house.end().await;
    assert_eq!(rows[0].requested_max_tokens, Some(Tokens::new(4000)));
    assert_eq!(rows[0].actual_max_tokens, Some(Tokens::new(4000)));
    assert_eq!(rows[1].requested_max_tokens, None);
    assert_eq!(rows[1].actual_max_tokens, rows[1].selected_budget);
    // The first of them was learned from before the second, or not.
    assert!(rows[0].selected_budget.is_some());
}

#[tokio::test]
async fn nobody_sees_a_cut_of_ours() {
    for (reply, ceiling) in [
        (900, None),
        (900, Some(4000)),
        (3000, None),
        (3000, Some(2000)),
    ] {
        let scenario = format!("output_tokens = {reply}");
        let house = house(None, &scenario, modes(Mode::Tighten)).await;
        for dialect in DIALECTS {
            for kind in KINDS {
                let ask = call(dialect, kind, false, ceiling);
                let direct = ask.to(house.behind).await;
                let through = known(ask).to(house.address).await;
                let what = format!("{dialect} {kind} {reply} {ceiling:?}");
                let outcome = |seen: &super::support::Seen| {
                    let mut json = seen.json();
                    // What names the reply is made from the request, ceiling included.
                    for name in ["id", "responseId", "max_output_tokens"] {
                        json.as_object_mut().expect("an object").remove(name);
                    }
                    json.to_string().len()
                };
                assert_eq!(direct.status, 200, "{what}");
                assert_eq!(through.status, 200, "{what}");
                let (direct_length, through_length) = (outcome(&direct), outcome(&through));
                assert!(
                    through_length * 10 > direct_length * 8,
                    "{what}: {through_length} of {direct_length}"
                );
                let is_cut = |text: &str| {
                    [
                        "\"max_tokens\"",
                        "\"length\"",
                        "\"incomplete\"",
                        "\"MAX_TOKENS\"",
                    ]
                    .iter()
                    .any(|word| {
                        text.contains(&format!("reason\":{word}"))
                            || text.contains(&format!("\"status\":{word}"))
                    })
                };
                assert_eq!(is_cut(&through.text()), is_cut(&direct.text()), "{what}");
            }
        }
        let (_, rows) = house.end().await;
        for row in rows {
            let within = row
                .actual_max_tokens
                .is_none_or(|sent| row.requested_max_tokens.is_none_or(|own| sent <= own));
            assert!(within, "{row:?}");
        }
    }
}

#[tokio::test]
async fn a_cut_is_repeated_up_the_ladder_and_no_further_than_the_clients_own() {
    let capture = Capture::new(Box::leak(json_answer("200 OK", CUT).into_boxed_str())).await;
    let house = house(Some(capture.address), "", modes(Mode::Tighten)).await;
    let ask = known(call("chat", "plain", false, Some(4000)));
    let seen = ask.to(house.address).await;
    assert_eq!(seen.header("x-autopack-attempts"), Some("3"));
    assert_eq!(number(&seen, "x-autopack-ceiling"), 4000);
    assert_eq!(seen.text(), CUT);
    let bodies: Vec<String> = capture
        .requests()
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    assert_eq!(bodies.len(), 3);
    assert_eq!(bodies[2], ask.body, "the last is the client's own");
    let escalated = house.rows.escalations();
    let (_, rows) = house.end().await;
    let sent: Vec<u64> = rows
        .iter()
        .map(|row| row.actual_max_tokens.expect("a ceiling").get())
        .collect();
    assert!(
        sent.is_sorted() && sent[0] < sent[1] && sent[1] < sent[2],
        "{sent:?}"
    );
    let attempts: Vec<u32> = rows.iter().map(|row| row.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert!(rows.iter().all(|row| row.chain_id == rows[0].chain_id));
    assert_eq!(escalated.len(), 2);
    for (n, (event, row)) in (1..).zip(escalated.iter().zip(&rows)) {
        assert_eq!((event.attempt, &event.chain_id), (n, &row.chain_id));
        assert_eq!(event.spent.actual_max_tokens.get(), sent[n as usize - 1]);
        assert_eq!(event.spent.output_tokens, Some(Tokens::new(320)));
        assert_eq!(event.escalation.base, event.spent.actual_max_tokens);
        assert_eq!(event.escalation.ceiling.get(), sent[n as usize]);
        assert!(event.timestamp <= rows[n as usize].timestamp);
    }
}

#[tokio::test]
async fn going_on_without_a_ceiling_is_an_escalation_to_what_the_model_can_write() {
    let capture = Capture::new(Box::leak(json_answer("200 OK", CUT).into_boxed_str())).await;
    let house = house(Some(capture.address), "", modes(Mode::Fill)).await;
    house.learned("openai/nobody-knows-me/known", LENGTH).await;
    let ask = known(call("chat", "plain", false, None));
    ask.to(house.address).await;
    let ceilings = |house: &House| {
        let events = house.rows.escalations();
        let ceilings = events.iter().map(|event| event.escalation.ceiling.get());
        ceilings.collect::<Vec<_>>()
    };
    let found = ceilings(&house);
    assert_eq!((found.len(), found.last()), (2, Some(&128_000)));
    let mut unknown = ask;
    unknown.body = unknown.body.replace("gpt-5", "nobody-knows-me");
    unknown.to(house.address).await;
    assert_eq!(ceilings(&house).len(), 3, "nobody knows what the last is");
    house.end().await;
}

#[tokio::test]
async fn what_is_refused_with_our_ceiling_goes_out_as_it_came() {
    let refuse = |body: &str| {
        if body.contains("max_completion_tokens") {
            json_answer("400 Bad Request", r#"{"error":{"message":"no"}}"#)
        } else {
            json_answer("200 OK", SHORT)
        }
    };
    let capture = Capture::answering(refuse).await;
    let house = house(Some(capture.address), "", modes(Mode::Fill)).await;
    let ask = known(call("chat", "plain", false, None));
    let seen = ask.to(house.address).await;
    assert_eq!((seen.status, seen.text().as_str()), (200, SHORT));
    assert_eq!(capture.requests().pop().expect("a request").1, ask.body);
    house.end().await;
}

#[tokio::test]
async fn streams_and_several_answers_at_once_keep_their_ceiling() {
    let house = house(None, "output_tokens = 900", modes(Mode::Tighten)).await;
    for dialect in DIALECTS {
        let ask = call(dialect, "plain", true, Some(4000));
        let direct = ask.to(house.behind).await;
        let through = known(ask).to(house.address).await;
        assert_eq!(through.text(), direct.text(), "{dialect}");
        assert_eq!(through.header("x-autopack-decision"), Some("observed"));
    }
    let mut several = known(call("chat", "plain", false, None));
    several.body = several.body.replacen('{', "{\"n\":2,", 1);
    let seen = several.to(house.address).await;
    assert_eq!(seen.header("x-autopack-decision"), Some("observed"));
    house.end().await;
}

#[tokio::test]
async fn streams_are_lowered_where_the_user_says_so_and_counted_apart() {
    let modes = Modes {
        streams: true,
        ..modes(Mode::Tighten)
    };
    let house = house(None, "output_tokens = 900", modes).await;
    let seen = known(call("chat", "plain", true, Some(4000)))
        .to(house.address)
        .await;
    assert_eq!(seen.header("x-autopack-decision"), Some("tightened"));
    assert!(seen.text().contains("\"finish_reason\":\"length\""));
    let metrics = Ask::new("/metrics", "").get(house.address).await;
    assert!(
        metrics.text().contains("autopack_streams_cut_total 1"),
        "{}",
        metrics.text()
    );
    house.end().await;
}

#[tokio::test]
async fn a_group_learns_from_the_calls_that_come() {
    let house = House::new("output_tokens = 250", modes(Mode::Fill)).await;
    let ask = call("chat", "plain", false, None);
    let first = ask.to(house.address).await;
    assert_eq!(first.header("x-autopack-decision"), Some("learning"));
    for _ in 0..60 {
        ask.to(house.address).await;
    }
    house.gateway.settle().await;
    let last = ask.to(house.address).await;
    assert_eq!(last.header("x-autopack-decision"), Some("filled"));
    assert!(number(&last, "x-autopack-ceiling") < 500);
    house.end().await;
}
