use super::*;
use autopack_calibrate::learned::Outcome;
use autopack_core::Provider;
use autopack_wire::Truncation;

fn row(
    event_id: i64,
    (chain, attempt): (&str, u32),
    sent: Option<u64>,
    used: u64,
    truncation: Option<Truncation>,
) -> OutcomeRow {
    OutcomeRow {
        event_id,
        group_key: "openai/gpt-5/titles".to_owned(),
        provider: Some(Provider::OpenAi),
        model: "gpt-5".to_owned(),
        chain_id: Some(chain.to_owned()),
        attempt: Some(attempt),
        actual_max_tokens: sent.map(Tokens::new),
        actual_output_tokens: Some(Tokens::new(used)),
        truncation: truncation.map(|kind| kind.as_str().to_owned()),
        success: Some(truncation.is_none()),
    }
}

fn failed(row: OutcomeRow) -> OutcomeRow {
    OutcomeRow {
        actual_output_tokens: None,
        success: Some(false),
        ..row
    }
}

/// Calls from rows, the oldest first.
fn calls(known: Known, rows: Vec<OutcomeRow>) -> Vec<(u64, Outcome)> {
    let catalogue = Catalogue::embedded();
    let known = HashMap::from([("openai".to_owned(), known)]);
    let mut past = Past::new(&catalogue, &known);
    rows.into_iter().rev().for_each(|row| past.add(row));
    let calls = past.calls();
    calls.map(|call| (call.sent.get(), call.outcome)).collect()
}

const CUT: Option<Truncation> = Some(Truncation::AtCeiling);

fn tokens(count: u64) -> Tokens {
    Tokens::new(count)
}

#[test]
fn attempts_become_calls_in_the_order_in_which_they_ended() {
    let elsewhere = OutcomeRow {
        group_key: "gone/gpt-5/titles".to_owned(),
        ..row(7, ("f", 1), Some(9), 5, None)
    };
    let found = calls(
        Known::default(),
        vec![
            row(1, ("b", 1), Some(300), 300, CUT),
            row(2, ("a", 1), None, 200, None),
            row(3, ("b", 2), Some(900), 350, None),
            row(4, ("c", 1), Some(100), 100, Some(Truncation::WindowFull)),
            failed(row(5, ("d", 1), Some(9), 5, None)),
            row(6, ("e", 2), Some(9), 5, None),
            elsewhere,
        ],
    );
    let expected = [
        (128_000, Outcome::Ended(tokens(200))),
        (300, Outcome::EndedWhenRetried(tokens(350))),
    ];
    assert_eq!(
        found, expected,
        "without its first attempt there is no call"
    );
}

#[test]
fn a_call_that_was_not_taken_with_our_ceiling_was_not_cut_off_at_it() {
    let refused = |event_id, chain| failed(row(event_id, (chain, 1), Some(300), 0, None));
    let found = calls(
        Known::default(),
        vec![
            refused(1, "a"),
            row(2, ("a", 2), Some(4000), 900, None),
            row(3, ("b", 1), Some(300), 300, CUT),
            failed(row(4, ("b", 2), Some(900), 0, None)),
            row(5, ("b", 3), None, 1200, None),
            row(6, ("c", 1), Some(300), 300, CUT),
            row(7, ("c", 2), Some(900), 900, CUT),
            row(8, ("c", 3), Some(2000), 2000, CUT),
        ],
    );
    let expected = [
        (4000, Outcome::Ended(tokens(900))),
        (128_000, Outcome::Ended(tokens(1200))),
        (300, Outcome::CutOffWhenRetried(tokens(2000))),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_known_is_not_learned_again_and_what_went_on_is() {
    let known = Known {
        row: 4,
        open: BTreeMap::from([("b".to_owned(), 1), ("c".to_owned(), 2)]),
    };
    assert_eq!(known.floor(), 0);
    let found = calls(
        known,
        vec![
            row(1, ("b", 1), Some(300), 300, CUT),
            row(2, ("c", 1), Some(300), 300, CUT),
            row(3, ("a", 1), Some(500), 400, None),
            row(4, ("c", 2), Some(900), 900, CUT),
            row(5, ("d", 1), Some(600), 500, None),
            row(6, ("b", 2), Some(900), 350, None),
        ],
    );
    let expected = [
        // Nobody wrote how it ended.
        (300, Outcome::CutOffWhenRetried(tokens(900))),
        (600, Outcome::Ended(tokens(500))),
        (300, Outcome::EndedWhenRetried(tokens(350))),
    ];
    assert_eq!(found, expected);
    let alone = Known {
        row: 4,
        ..Known::default()
    };
    assert_eq!(alone.floor(), 4);
}
