use super::*;
use autopack_core::{Count, Provider};

fn allowed(tokens: u64, wait_s: u64) -> Allowed {
    Allowed {
        tokens_per_minute: Some(Tokens::new(tokens)),
        requests_per_minute: None,
        wait: Duration::from_secs(wait_s),
        counting: Counting::Sum,
    }
}

fn line(allowed: &Allowed) -> Arc<Line> {
    Lines::default().line(&UpstreamName::from(Provider::OpenAi), *allowed)
}

fn tokens(count: u64) -> Tokens {
    Tokens::new(count)
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_first_goes_first() {
    let allowed = allowed(600, 60);
    let line = line(&allowed);
    let began = Instant::now();
    line.enter(tokens(600), &allowed).await.expect("room");
    let order = Arc::<Mutex<Vec<u64>>>::default();
    let mut all = tokio::task::JoinSet::new();
    // The second would fit long before the first does.
    for size in [300, 10, 20] {
        let (line, order) = (Arc::clone(&line), Arc::clone(&order));
        all.spawn(async move {
            line.enter(tokens(size), &allowed).await.expect("room");
            order.lock().expect("no panic before").push(size);
        });
        tokio::task::yield_now().await;
    }
    assert_eq!(line.n_waiting(), 3);
    all.join_all().await;
    assert_eq!(*order.lock().expect("no panic before"), [300, 10, 20]);
    assert_eq!(began.elapsed().as_secs(), 33);
    assert_eq!(line.n_waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_waited_too_long_is_told_when_to_come_again() {
    let allowed = allowed(600, 5);
    let line = line(&allowed);
    line.enter(tokens(600), &allowed).await.expect("room");
    let began = Instant::now();
    let refused = line
        .enter(tokens(300), &allowed)
        .await
        .expect_err("no room");
    assert_eq!(began.elapsed().as_secs(), 5);
    assert_eq!(refused.retry_after.as_secs(), 25);
    assert_eq!(line.n_waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_given_back_lets_the_next_one_through_at_once() {
    let allowed = allowed(600, 60);
    let line = line(&allowed);
    let first = line.enter(tokens(600), &allowed).await.expect("room");
    let began = Instant::now();
    let waiting = tokio::spawn({
        let line = Arc::clone(&line);
        async move { line.enter(tokens(500), &allowed).await.map(drop) }
    });
    tokio::task::yield_now().await;
    first.settle(&Usage {
        input: Count::from(Some(50)),
        output: Count::from(Some(50)),
        ..Usage::default()
    });
    assert_eq!(waiting.await.expect("no panic"), Ok(()));
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_line_has_an_end_and_who_leaves_it_makes_room() {
    let allowed = allowed(600, 60);
    let line = line(&allowed);
    line.enter(tokens(600), &allowed).await.expect("room");
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..MAX_WAITING {
        let line = Arc::clone(&line);
        all.spawn(async move { line.enter(tokens(600), &allowed).await.map(drop) });
    }
    while line.n_waiting() < MAX_WAITING {
        tokio::task::yield_now().await;
    }
    assert!(line.enter(tokens(1), &allowed).await.is_err(), "at once");
    assert_eq!(line.n_waiting(), MAX_WAITING);
    all.shutdown().await;
    assert_eq!(line.n_waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_begun_goes_on_and_others_pay() {
    let allowed = allowed(600, 0);
    let line = line(&allowed);
    line.go_on(tokens(900), Counting::Sum);
    let refused = line.enter(tokens(1), &allowed).await.expect_err("no room");
    assert_eq!(refused.retry_after.as_secs(), 30);
}
