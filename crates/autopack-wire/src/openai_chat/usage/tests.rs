use super::*;
use proptest::prelude::*;

fn asked(body: &str) -> String {
    let asking = ask(body.as_bytes()).expect("a request");
    String::from_utf8(asking.into_owned()).expect("UTF-8")
}

#[test]
fn usage_is_asked_for_in_its_place() {
    for (body, expected) in [
        ("{}", r#"{"stream_options":{"include_usage":true}}"#),
        (
            r#" {"stream":true}"#,
            r#" {"stream_options":{"include_usage":true},"stream":true}"#,
        ),
        (
            r#"{"stream_options":null,"n":1}"#,
            r#"{"stream_options":{"include_usage":true},"n":1}"#,
        ),
        (
            r#"{"stream_options":{}}"#,
            r#"{"stream_options":{"include_usage":true}}"#,
        ),
        (
            r#"{"stream_options": {"x":1}}"#,
            r#"{"stream_options": {"include_usage":true,"x":1}}"#,
        ),
        (
            r#"{"stream_options":{"include_usage":false}}"#,
            r#"{"stream_options":{"include_usage":true}}"#,
        ),
    ] {
        assert_eq!(asked(body), expected);
        assert_eq!(asked(expected), expected, "once is enough");
    }
    for left in [
        r#"{"stream_options":"yes"}"#,
        r#"{"stream_options":{},"stream_options":{}}"#,
    ] {
        assert_eq!(asked(left), left);
    }
    assert!(ask(b"[]").is_err());
}

fn filtered<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut filter = UsageFilter::default();
    let mut passed = Vec::new();
    for piece in pieces {
        filter.push(piece, &mut passed);
    }
    filter.finish(&mut passed);
    passed
}

const ASKED: &str = "data: {\"id\":\"a\",\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":null é\"}}],\"usage\":null}\r\n\r\n\
    : a comment\n\nevent: x\ndata:{\"usage\":null,\"choices\":[{}]}\n\n\
    data: {\"choices\":[],\"usage\":null,\"prompt_filter_results\":[]}\n\n\
    data: {\"usage\": null}\n\n\
    data: {\"choices\":[{}],\"usage\":{\"completion_tokens\":1}}\n\n\
    data: not json\n\ndata: one\ndata: two\n\n\
    data: {\"choices\":[],\"usage\":{\"completion_tokens\":7}}\n\ndata: [DONE]\n\n";

const UNASKED: &str = "data: {\"id\":\"a\",\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":null é\"}}]}\r\n\r\n\
    : a comment\n\nevent: x\ndata:{\"choices\":[{}]}\n\n\
    data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n\
    data: {}\n\n\
    data: {\"choices\":[{}],\"usage\":{\"completion_tokens\":1}}\n\n\
    data: not json\n\ndata: one\ndata: two\n\ndata: [DONE]\n\n";

#[test]
fn what_nobody_asked_for_is_taken_out() {
    let passed = filtered([ASKED.as_bytes()]);
    assert_eq!(String::from_utf8_lossy(&passed), UNASKED);
}

#[test]
fn what_went_wrong_is_not_hidden() {
    for event in [
        "data: {\"choices\":[],\"usage\":{},\"error\":{\"message\":\"overloaded\"}}\n\n",
        "data: {\"choices\":[],\"usage\":{\"a\"?:1}}\n\n",
    ] {
        assert_eq!(filtered([event.as_bytes()]), event.as_bytes());
    }
}

#[test]
fn what_is_said_twice_stays() {
    for event in [
        "data: {\"choices\":[{}],\"usage\":{},\"choices\":[]}\n\n",
        "data: {\"choices\":[],\"usage\":{},\"choices\":[{}]}\n\n",
        "data: {\"choices\":[],\"usage\":null,\"usage\":{}}\n\n",
    ] {
        assert_eq!(filtered([event.as_bytes()]), event.as_bytes());
    }
}

#[test]
fn events_go_on_as_soon_as_they_are_whole() {
    let mut filter = UsageFilter::default();
    let mut passed = Vec::new();
    filter.push(b"data: {\"choices\":[{}]}\n", &mut passed);
    assert!(passed.is_empty());
    filter.push(b"\ndata: ", &mut passed);
    assert_eq!(passed, b"data: {\"choices\":[{}]}\n\n");
}

#[test]
fn what_is_no_event_is_not_held_for_ever() {
    let flood = vec![b'x'; MAX_EVENT_BYTES + 1];
    let mut filter = UsageFilter::default();
    let mut passed = Vec::new();
    filter.push(&flood, &mut passed);
    filter.push(b"data: {\"usage\":null}\n\n", &mut passed);
    assert_eq!(passed.len(), flood.len() + 22);
}

proptest! {
    #[test]
    fn cuts_change_nothing(cuts in prop::collection::vec(0..ASKED.len(), 0..30)) {
        let mut cuts = cuts;
        cuts.extend([0, ASKED.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &ASKED.as_bytes()[pair[0]..pair[1]]);
        prop_assert_eq!(filtered(pieces), UNASKED.as_bytes());
    }

    #[test]
    fn other_bytes_stay_as_they_are(bytes: Vec<u8>, cut in 0..64_usize) {
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        prop_assert_eq!(filtered([first, second]), bytes.clone());
    }
}
