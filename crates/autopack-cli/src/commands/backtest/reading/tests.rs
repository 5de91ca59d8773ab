use super::*;
use autopack_calibrate::backtest::Policy;
use autopack_calibrate::learned::{LearnedSettings, TargetTruncation};
use proptest::prelude::*;

#[test]
fn times_are_rfc_3339_or_seconds() {
    assert_eq!(seconds("1970-01-01T00:01:00Z"), Some(60.0));
    assert_eq!(seconds("60.5"), Some(60.5));
    for text in ["", "NaN", "inf", "yesterday", "2026-11-24"] {
        assert_eq!(seconds(text), None, "{text}");
    }
}

#[test]
fn counts_are_whole_and_not_negative() {
    assert_eq!(count("n", "12").ok(), Some(12));
    for text in ["-1", "1.5", "NaN", "", "1e3", "99999999999999999999"] {
        assert!(count("n", text).is_err(), "{text}");
    }
}

/// A cell as it may come: right most of the time.
fn cell(right: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let wrong = prop::sample::select(vec![
        "",
        "-1",
        "0",
        "NaN",
        "inf",
        "1e9",
        "4k",
        "12 tokens",
        "\"",
        "1,2",
        "\u{feff}",
        "99999999999999999999",
    ]);
    prop_oneof![60 => right, 1 => wrong.prop_map(str::to_owned)]
}

prop_compose! {
    fn rows()(rows in prop::collection::vec((
        cell((0_u64..2_000_000_000).prop_map(|time| time.to_string())),
        cell(prop::sample::select(vec!["a", "a/b", "c d", ""]).prop_map(str::to_owned)),
        cell((0_u64..400_000).prop_map(|length| length.to_string())),
        cell((0_u64..400_000).prop_map(|input| input.to_string())),
    ), 0..60), sorted: bool) -> (String, usize) {
        let mut rows = rows;
        if sorted {
            rows.sort_by_key(|(time, ..)| time.parse::<u64>().unwrap_or(0));
        }
        let lines = rows.iter().map(|(time, group, length, input)| format!("{time},{group},{length},{input}\n"));
        let header = "timestamp,group,output_tokens,input_tokens\n".to_owned();
        (header + &lines.collect::<String>(), rows.len())
    }
}

proptest! {
    /// Whatever is read has all of its rows, and each policy has a ceiling for all of them; what is not
    /// read says what to do.
    #[test]
    fn traces_are_read_whole_or_refused((text, n_rows) in rows()) {
        match parse(text.as_bytes()) {
            Ok(read) => {
                let calls = read.trace.calls();
                prop_assert_eq!(calls.len(), n_rows);
                prop_assert!(calls.iter().all(|call| call.length >= Tokens::new(1)));
                let target = TargetTruncation::new(0.02).expect("a rate");
                for policy in [Policy::Learned(LearnedSettings::new(target)), Policy::Oracle(target)] {
                    let ceilings = policy.ceilings(&read.trace, &[Tokens::new(8192)], None).expect("few groups");
                    prop_assert_eq!(ceilings.len(), n_rows);
                    prop_assert!(ceilings.iter().all(|ceiling| *ceiling >= Tokens::new(1)));
                }
            }
            Err(error) => prop_assert_ne!(error.to_string(), ""),
        }
    }

    #[test]
    fn bytes_of_any_kind_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let header = b"timestamp,group,output_tokens\n".to_vec();
        for bytes in [&bytes[..], &[header, bytes.clone()].concat()] {
            if let Ok(read) = parse(bytes) {
                prop_assert!(!read.trace.calls().is_empty());
            }
        }
    }
}
