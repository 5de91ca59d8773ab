use proptest::collection::vec;
use proptest::prelude::*;
use similar::TextDiff;

use super::*;
use crate::change::Edit;
use crate::format::ReplyFormat;

fn hunk(start: usize, old: &str, new: &str) -> Hunk {
    Hunk {
        line: 7,
        start,
        old: old.into(),
        new: new.into(),
    }
}

fn text(text: &str, hunks: &[Hunk]) -> Result<String, Conflict> {
    patched(text, hunks).map(|(text, _)| text)
}

#[test]
fn a_hunk_goes_where_it_says() {
    let twice = "a\nb\na\nb\n";
    assert_eq!(
        patched(twice, &[hunk(3, "a\n", "c\n")]),
        Ok(("a\nb\nc\nb\n".to_owned(), Vec::new()))
    );
    let two = [hunk(1, "a\n", ""), hunk(4, "b\n", "b\nd\n")];
    assert_eq!(text(twice, &two), Ok("b\na\nb\nd\n".to_owned()));
    assert_eq!(text("", &[hunk(0, "", "x\n")]), Ok("x\n".to_owned()));
    assert_eq!(text("x", &[hunk(1, "x", "y")]), Ok("y".to_owned()));
}

#[test]
fn or_to_the_one_other_place_where_it_fits() {
    let moved = Moved {
        hunk: 7,
        stated: 1,
        found: 3,
    };
    assert_eq!(
        patched("a\nb\nc\nd\n", &[hunk(1, "c\nd\n", "e\n")]),
        Ok(("a\nb\ne\n".to_owned(), vec![moved]))
    );
    assert!(text("a\nb\n", &[hunk(99, "b\n", "c\n")]).is_ok());
}

#[test]
fn or_nowhere() {
    for (file, hunks, expected) in [
        (
            "a\nb\n",
            vec![hunk(1, "a\nx\n", "")],
            Conflict::Differs { hunk: 7, line: 2 },
        ),
        (
            "a\n",
            vec![hunk(9, "x\n", "")],
            Conflict::Differs { hunk: 7, line: 2 },
        ),
        (
            "a\nb",
            vec![hunk(2, "b\n", "")],
            Conflict::Differs { hunk: 7, line: 2 },
        ),
        (
            "x\na\na\n",
            vec![hunk(1, "a\n", "")],
            Conflict::Ambiguous { hunk: 7, line: 1 },
        ),
        (
            "a\nb\n",
            vec![hunk(2, "b\n", ""), hunk(1, "a\n", "")],
            Conflict::Overlaps { hunk: 7, line: 1 },
        ),
        (
            "a\n",
            vec![hunk(1, "a\n", ""), hunk(1, "a\n", "")],
            Conflict::Overlaps { hunk: 7, line: 1 },
        ),
        (
            "a\n",
            vec![hunk(1, "", "b\n")],
            Conflict::NoContext { hunk: 7 },
        ),
        (
            "a\nb\n",
            vec![hunk(1, "a\n", "c")],
            Conflict::NotAtEnd { hunk: 7 },
        ),
    ] {
        assert_eq!(text(file, &hunks), Err(expected), "{file:?}");
    }
}

#[test]
fn a_long_search_takes_linear_time() {
    let file = "a\n".repeat(200_000);
    let old = "a\n".repeat(100_000) + "b\n";
    let hunks = [hunk(1, &old, "")];
    assert!(matches!(text(&file, &hunks), Err(Conflict::Differs { .. })));
}

#[test]
fn a_file_with_crlf_keeps_it() {
    let file = "a\r\nb\r\n";
    assert_eq!(
        text(file, &[hunk(2, "b\n", "c\nd\n")]),
        Ok("a\r\nc\r\nd\r\n".to_owned())
    );
    assert_eq!(
        text(file, &[hunk(2, "b\r\n", "b\n")]),
        Ok("a\r\nb\n".to_owned()),
        "a change of line ends stays one"
    );
    assert_eq!(substituted(file, "a\nb", "x\n"), Ok("x\r\n\r\n".to_owned()));
    assert_eq!(appended(file, "c\n"), "a\r\nb\r\nc\r\n");
    assert_eq!(appended("a\r\nb", "c\n"), "a\r\nb\r\nc\r\n");
    assert_eq!(LineEnds::of("a\r\nb\n"), LineEnds::Other);
    assert_eq!(LineEnds::of("a\r"), LineEnds::Other);
}

#[test]
fn a_place_is_found_once_or_not_at_all() {
    assert_eq!(substituted("a b c", "b", "x"), Ok("a x c".to_owned()));
    assert_eq!(substituted("é", "é", ""), Ok(String::new()));
    assert_eq!(substituted("a", "b", "x"), Err(Conflict::NotFound));
    let twice = Conflict::FoundTwice {
        first: 1,
        second: 2,
    };
    assert_eq!(substituted("a\na", "a", "x"), Err(twice));
    let overlapping = Conflict::FoundTwice {
        first: 1,
        second: 1,
    };
    assert_eq!(substituted("éééé", "éé", "x"), Err(overlapping));
}

#[test]
fn what_is_appended_begins_on_its_own_line() {
    assert_eq!(appended("", "b"), "b");
    assert_eq!(appended("a\n", "b\n"), "a\nb\n");
    assert_eq!(appended("a", "b\n"), "a\nb\n");
}

/// A text whose lines repeat, with either line end, and perhaps none at its end.
fn any_text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["", "a", "b", "-a", "+ b", "@@ -1 +1 @@", "\\ x"]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    let lines = vec((line, end), 0..40);
    (lines, any::<bool>()).prop_map(|(lines, is_ended)| {
        let text: String = lines.iter().flat_map(|(line, end)| [*line, *end]).collect();
        if is_ended {
            text
        } else {
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
    })
}

fn hunks_between(a: &str, b: &str, radius: usize) -> Vec<Hunk> {
    let diff = TextDiff::from_lines(a, b);
    let diff = diff
        .unified_diff()
        .context_radius(radius)
        .header("a/f", "b/f")
        .to_string();
    let changes = ReplyFormat::UnifiedDiff.parse(&diff).expect(&diff);
    match &changes.as_slice()[0].edit {
        Edit::Patch(hunks) => hunks.clone(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn the_difference_of_two_texts_leads_from_one_to_the_other_and_back(
        a in any_text(),
        b in any_text(),
        radius in 1..4_usize,
    ) {
        prop_assume!(a != b);
        prop_assert_eq!(patched(&a, &hunks_between(&a, &b, radius)), Ok((b.clone(), Vec::new())));
        prop_assert_eq!(patched(&b, &hunks_between(&b, &a, radius)), Ok((a, Vec::new())));
    }

    #[test]
    fn the_search_finds_what_a_plain_one_finds(
        lines in vec(prop::sample::select(vec!["a", "b"]), 0..30),
        needle in vec(prop::sample::select(vec!["a", "b"]), 1..6),
    ) {
        let plain = lines.windows(needle.len()).enumerate();
        let plain: Vec<usize> = plain
            .filter(|(_, window)| *window == needle)
            .map(|(place, _)| place)
            .take(2)
            .collect();
        prop_assert_eq!(places(&lines, &needle), plain);
    }

    #[test]
    fn a_substitution_can_be_taken_back(
        before in "[ab\n]{0,20}", find in "[xy\n]{0,3}z", behind in "[ab\n]{0,20}",
    ) {
        let text = format!("{before}{find}{behind}");
        let there = substituted(&text, &find, "w").expect("there once");
        prop_assert_eq!(substituted(&there, "w", &find), Ok(text));
    }
}
