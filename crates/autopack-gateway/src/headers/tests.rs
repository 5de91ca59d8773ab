use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

#[test]
fn labels_are_read_and_canonical() {
    let labels = Labels::read(&headers(&[
        ("x-autopack-run", " nightly "),
        ("x-autopack-category", "documentation"),
        ("x-autopack-complexity", "low"),
        ("x-autopack-mode", "tighten"),
    ]))
    .expect("labels");
    assert_eq!(labels.run.as_deref(), Some("nightly"));
    assert_eq!(labels.category, Some(Category::Docs));
    assert_eq!(labels.complexity, Some(Complexity::Low));
    assert_eq!(labels.mode, Some(Mode::Tighten));
}

#[test]
fn labels_that_cannot_be_used_are_told_without_their_text() {
    for (name, value, expected) in [
        ("x-autopack-mode", "loose", "unknown mode `loose`"),
        ("x-autopack-complexity", "huge", "allowed are `low`"),
        ("x-autopack-group", " ", "1 to 200 printable"),
    ] {
        let bad = Labels::read(&headers(&[(name, value)])).expect_err(name);
        assert!(bad.to_string().contains(expected), "{bad}");
    }
}

#[test]
fn what_is_of_one_connection_goes_no_further() {
    let mut map = headers(&[
        ("connection", "close, x-hop"),
        ("x-hop", "1"),
        ("te", "trailers"),
        ("transfer-encoding", "chunked"),
        ("x-stays", "1"),
    ]);
    drop_hop_by_hop(&mut map);
    assert_eq!(map, headers(&[("x-stays", "1")]));
}
