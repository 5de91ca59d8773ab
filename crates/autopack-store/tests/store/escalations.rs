//! What reports get to see of escalations.

use autopack_core::{
    BaseSource, Escalation, EscalationReason, Provider, Spent, Stop, StopReason, Tokens,
};
use autopack_store::{
    EscalationEvent, EscalationRow, EstimationEvent, Filter, NextAttempt, ReadCount, Store,
};

use crate::common::{Place, answered, at, unknown};

/// An escalation of the first attempt of a chain.
fn escalation(run_id: &str, chain_id: Option<&str>, timestamp: &str) -> EscalationEvent {
    EscalationEvent {
        run_id: run_id.to_owned(),
        phase_id: "phase-1".to_owned(),
        timestamp: at(timestamp),
        attempt: 1,
        provider: Provider::OpenAi,
        chain_id: chain_id.map(str::to_owned),
        spent: Spent {
            selected_budget: Some(Tokens::new(4096)),
            actual_max_tokens: Tokens::new(4096),
            output_tokens: Some(Tokens::new(4096)),
            truncated: true,
            parsed: false,
        },
        escalation: Escalation {
            reason: EscalationReason::Truncation,
            base: Tokens::new(4096),
            base_source: BaseSource::SelectedBudget,
            factor: 1.25,
            utilization: Some(1.0),
            ceiling: Tokens::new(5120),
        },
    }
}

fn attempt(number: u32, chain_id: &str, event: EstimationEvent) -> EstimationEvent {
    EstimationEvent {
        attempt: number,
        chain_id: Some(chain_id.to_owned()),
        ..event
    }
}

fn cut_off(event: EstimationEvent) -> EstimationEvent {
    EstimationEvent {
        stop: Some(Stop {
            reason: StopReason::MaxTokens,
            native: None,
        }),
        success: false,
        ..event
    }
}

async fn rows(store: &Store, filter: &Filter) -> (Vec<EscalationRow>, ReadCount) {
    let mut rows = Vec::new();
    let count = store
        .for_each_escalation(filter, |row| rows.push(row))
        .await
        .unwrap();
    (rows, count)
}

async fn outcomes(store: &Store) -> Vec<Option<NextAttempt>> {
    let (rows, _) = rows(store, &Filter::default()).await;
    rows.iter().map(|row| row.next).collect()
}

#[tokio::test]
async fn an_escalation_comes_back_with_what_followed() {
    let place = Place::new();
    let store = place.writer().await;
    let early = "2026-01-05T08:00:00Z";
    let late = "2026-01-05T08:00:02Z";
    for (chain, second) in [
        ("whole", Some(answered("run", late, 4500))),
        ("again", Some(cut_off(answered("run", late, 5120)))),
        ("lost", Some(unknown("run", late))),
        ("interrupted", None),
    ] {
        let first = cut_off(answered("run", early, 4096));
        store.record(&attempt(1, chain, first)).await.unwrap();
        let event = escalation("run", Some(chain), "2026-01-05T08:00:01Z");
        store.record_escalation(&event).await.unwrap();
        if let Some(second) = second {
            store.record(&attempt(2, chain, second)).await.unwrap();
        }
    }
    let unchained = escalation("run", None, early);
    store.record_escalation(&unchained).await.unwrap();
    assert_eq!(
        outcomes(&store).await,
        [
            Some(NextAttempt::Whole),
            Some(NextAttempt::Truncated),
            Some(NextAttempt::Failed),
            None,
            None
        ]
    );
    let (rows, count) = rows(&store, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (5, 0));
    assert_eq!(
        rows[0],
        EscalationRow {
            timestamp: at("2026-01-05T08:00:01Z"),
            run_id: "run".to_owned(),
            phase_id: "phase-1".to_owned(),
            attempt: 1,
            provider: Some(Provider::OpenAi),
            reason: "truncation".to_owned(),
            base_source: "selected_budget".to_owned(),
            retry_max_tokens: Tokens::new(5120),
            next: Some(NextAttempt::Whole),
        }
    );
}

/// A run that is resumed counts its attempts anew under the same chain.
#[tokio::test]
async fn each_escalation_of_a_chain_gets_the_attempt_that_followed_it() {
    let place = Place::new();
    let store = place.writer().await;
    for (minute, length, is_cut_off) in [(1, 5120, true), (2, 4500, false)] {
        let second = format!("2026-01-05T08:0{minute}:02Z");
        let event = escalation(
            "run",
            Some("chain"),
            &format!("2026-01-05T08:0{minute}:01Z"),
        );
        store.record_escalation(&event).await.unwrap();
        let event = answered("run", &second, length);
        let event = if is_cut_off { cut_off(event) } else { event };
        store.record(&attempt(2, "chain", event)).await.unwrap();
    }
    assert_eq!(
        outcomes(&store).await,
        [Some(NextAttempt::Truncated), Some(NextAttempt::Whole)]
    );
}

#[tokio::test]
async fn a_filter_keeps_a_time_and_a_run() {
    let place = Place::new();
    let store = place.writer().await;
    for (run, day) in [("a", 1), ("b", 2), ("a", 3)] {
        let event = escalation(run, None, &format!("2026-01-0{day}T00:00:00Z"));
        store.record_escalation(&event).await.unwrap();
    }
    let since = Some(at("2026-01-02T00:00:00Z"));
    let run_id = Some("a".to_owned());
    for (since, run_id, n) in [
        (None, None, 3),
        (since, None, 2),
        (None, run_id.clone(), 2),
        (since, run_id, 1),
    ] {
        let (rows, _) = rows(&store, &Filter { since, run_id }).await;
        assert_eq!(rows.len(), n);
    }
}

#[tokio::test]
async fn words_of_others_are_kept_and_what_cannot_be_is_counted() {
    let place = Place::new();
    let store = place.writer().await;
    for _ in 0..3 {
        let event = escalation("run", None, "2026-01-05T08:00:00Z");
        store.record_escalation(&event).await.unwrap();
    }
    let mut connection = place.plain().await;
    for change in [
        "base_source = 'complexity_default', provider = NULL WHERE event_id = 1",
        "retry_max_tokens = -1 WHERE event_id = 2",
        "timestamp = 'yesterday' WHERE event_id = 3",
    ] {
        let change = format!("UPDATE token_budget_escalation_events SET {change}");
        sqlx::query(sqlx::AssertSqlSafe(change))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let (rows, count) = rows(&store, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (1, 2));
    assert_eq!(rows[0].base_source, "complexity_default");
    assert_eq!(rows[0].provider, None);
}
