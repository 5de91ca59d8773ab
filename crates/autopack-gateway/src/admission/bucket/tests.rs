use super::*;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn allowed(tokens: Option<u64>, requests: Option<u64>) -> Allowed {
    Allowed {
        tokens_per_minute: tokens.map(Tokens::new),
        requests_per_minute: requests,
        wait: SECOND,
        counting: Counting::Sum,
    }
}

fn ms(wait: Duration) -> u128 {
    wait.as_millis()
}

#[test]
fn a_call_waits_for_what_is_missing() {
    let mut buckets = Buckets::new(&allowed(Some(600), Some(60)));
    assert_eq!(buckets.take(Tokens::new(500), Duration::ZERO), Ok(()));
    let wait = buckets
        .take(Tokens::new(200), Duration::ZERO)
        .expect_err("full");
    assert_eq!(ms(wait), 10_000);
    assert_eq!(buckets.take(Tokens::new(200), wait), Ok(()));
    let calls = (0..60).map_while(|_| buckets.take(Tokens::new(0), wait).ok());
    // Two of sixty are taken, and after ten seconds both are there again.
    assert_eq!(calls.count(), 59);
}

#[test]
fn what_was_not_used_comes_back_and_what_was_used_beyond_is_owed() {
    let mut buckets = Buckets::new(&allowed(Some(600), None));
    assert_eq!(buckets.take(Tokens::new(600), Duration::ZERO), Ok(()));
    buckets.settle(Tokens::new(600), Tokens::new(100), Duration::ZERO);
    assert_eq!(
        buckets.wait(Tokens::new(500), Duration::ZERO),
        Duration::ZERO
    );
    assert_eq!(ms(buckets.wait(Tokens::new(600), Duration::ZERO)), 10_000);
    buckets.settle(Tokens::new(100), Tokens::new(700), Duration::ZERO);
    assert_eq!(ms(buckets.wait(Tokens::new(1), Duration::ZERO)), 10_100);
}

#[test]
fn more_than_the_limit_goes_when_all_is_there() {
    let mut buckets = Buckets::new(&allowed(Some(600), None));
    assert_eq!(buckets.take(Tokens::new(5000), Duration::ZERO), Ok(()));
    assert!(buckets.take(Tokens::new(1), Duration::ZERO).is_err());
}

fn left<T>(remaining: T) -> Allowance<T> {
    Allowance {
        remaining: Some(remaining),
        ..Allowance::default()
    }
}

#[test]
fn the_provider_is_believed_where_it_says_less() {
    let mut buckets = Buckets::new(&allowed(Some(600), Some(60)));
    let said = RateLimit {
        tokens: left(Tokens::new(60)),
        requests: left(900),
        ..RateLimit::default()
    };
    buckets.correct(&said, Counting::Sum, Duration::ZERO);
    assert_eq!(ms(buckets.wait(Tokens::new(120), Duration::ZERO)), 6000);
    let input = RateLimit {
        input_tokens: left(Tokens::new(10)),
        tokens: left(Tokens::new(0)),
        ..RateLimit::default()
    };
    buckets.correct(&input, Counting::Input, Duration::ZERO);
    assert_eq!(ms(buckets.wait(Tokens::new(20), Duration::ZERO)), 1000);
    let refused = RateLimit {
        retry_after: Some(SECOND * 30),
        ..RateLimit::default()
    };
    buckets.correct(&refused, Counting::Sum, SECOND);
    assert_eq!(buckets.wait(Tokens::new(0), SECOND * 2), SECOND * 29);
    let absurd = RateLimit {
        retry_after: Some(Duration::MAX),
        ..RateLimit::default()
    };
    buckets.correct(&absurd, Counting::Sum, SECOND);
    assert_eq!(buckets.wait(Tokens::new(0), SECOND), MAX_HOLD);
}

#[test]
fn other_limits_keep_what_is_taken() {
    let mut buckets = Buckets::new(&allowed(Some(600), None));
    buckets.force(Tokens::new(600), Duration::ZERO);
    buckets.allow(&allowed(Some(1200), None), Duration::ZERO);
    assert_eq!(
        buckets.wait(Tokens::new(600), Duration::ZERO),
        Duration::ZERO
    );
    assert!(buckets.wait(Tokens::new(601), Duration::ZERO) > Duration::ZERO);
    buckets.allow(&allowed(None, None), Duration::ZERO);
    assert_eq!(
        buckets.wait(Tokens::new(9999), Duration::ZERO),
        Duration::ZERO
    );
}

proptest! {
    /// Whatever is asked, and whenever: what is let through never exceeds what was full at first and what
    /// has come since, and who waits as long as is said gets through.
    #[test]
    fn never_more_than_the_limit_allows(
        limit in 1..100_000_u64,
        calls in proptest::collection::vec((0..50_000_u64, 0..20_000_u64), 1..50),
    ) {
        let mut buckets = Buckets::new(&allowed(Some(limit), None));
        let (mut now, mut let_through) = (Duration::ZERO, 0.0);
        for (tokens, pause_ms) in calls {
            now += Duration::from_millis(pause_ms);
            let tokens = Tokens::new(tokens.min(limit));
            if let Err(wait) = buckets.take(tokens, now) {
                now += wait;
                prop_assert_eq!(buckets.take(tokens, now), Ok(()));
            }
            let_through += tokens.as_f64();
            let most = number(limit) * (1.0 + now.as_secs_f64() / PERIOD_S);
            prop_assert!(let_through <= most * (1.0 + 1e-9) + 1e-6, "{let_through} of {most}");
        }
    }

    /// Taking and settling in any order, there is never more left than the limit.
    #[test]
    fn never_more_left_than_the_limit(
        limit in 1..100_000_u64,
        steps in proptest::collection::vec((0..200_000_u64, 0..200_000_u64, 0..90_u64), 1..50),
    ) {
        let mut buckets = Buckets::new(&allowed(Some(limit), None));
        let mut now = Duration::ZERO;
        for (taken, counted, pause) in steps {
            now += SECOND * u32::try_from(pause).unwrap_or_default();
            buckets.force(Tokens::new(taken), now);
            buckets.settle(Tokens::new(taken), Tokens::new(counted), now);
            let left = buckets.tokens.map(|bucket| bucket.left(now));
            prop_assert!(left.is_some_and(|left| left <= number(limit)));
        }
    }
}
