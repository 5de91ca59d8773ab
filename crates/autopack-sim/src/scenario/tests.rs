use super::document::{ALLOWED_FAULTS, ALLOWED_TEXTS, ALLOWED_TOKENS};
use super::*;
use crate::fault::{Damage, Trouble};
use crate::text::estimated_tokens;

fn attempt(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

/// Reasoning and visible tokens of a call.
fn lengths(scenario: &Scenario, phase: Option<&str>, number: usize) -> (u64, u64) {
    let script = scenario.script(phase);
    let text = script.text.as_ref().map(|texts| texts.at(attempt(number)));
    let natural = text.map(|text| estimated_tokens(text.len()));
    let visible = script.output.visible(attempt(number), natural, 0);
    (script.reasoning.at(attempt(number)).get(), visible.get())
}

#[test]
fn without_a_word_every_reply_is_1200_tokens() {
    let scenario = Scenario::parse("").unwrap();
    assert_eq!(scenario, Scenario::default());
    assert_eq!(lengths(&scenario, None, 1), (0, 1200));
    assert_eq!(lengths(&scenario, Some("any"), 9), (0, 1200));
}

#[test]
fn phases_and_attempts_have_their_own_lengths() {
    let scenario = Scenario::parse(
        r#"
        output_tokens = 800
        reasoning_tokens = [50, 5]
        [phases.steps]
        output_tokens = [9000, 1200]
        reasoning_tokens = 0
        [phases.quiet]
        output_tokens = 0
        [phases."with.dot"]
        "#,
    )
    .unwrap();
    assert_eq!(lengths(&scenario, None, 1), (50, 800));
    assert_eq!(lengths(&scenario, Some("elsewhere"), 2), (5, 800));
    assert_eq!(lengths(&scenario, Some("steps"), 1), (0, 9000));
    assert_eq!(lengths(&scenario, Some("steps"), 2), (0, 1200));
    assert_eq!(lengths(&scenario, Some("steps"), 7), (0, 1200));
    assert_eq!(lengths(&scenario, Some("quiet"), 1), (50, 0));
    assert_eq!(lengths(&scenario, Some("with.dot"), 3), (5, 800));
}

#[test]
fn a_script_is_as_long_as_it_says_or_as_estimated() {
    let scenario = Scenario::parse(
        r#"
        output_tokens = 800
        [phases.estimated]
        text = "nine byte"
        [phases.said]
        text = "nine byte"
        output_tokens = 500
        [phases.called]
        tool_call = { name = "forecast" }
        "#,
    )
    .unwrap();
    assert_eq!(lengths(&scenario, Some("estimated"), 1), (0, 3));
    assert_eq!(lengths(&scenario, Some("said"), 1), (0, 500));
    let script = scenario.script(Some("said"));
    assert_eq!(script.text, Some(PerAttempt::always("nine byte".into())));
    let script = scenario.script(Some("called"));
    assert_eq!(script.output, Length::Natural);
}

#[test]
fn a_phase_has_from_the_top_what_it_leaves_out() {
    let scenario = Scenario::parse(
        r#"
        text = "top"
        fault = "garbage"
        tool_call = { name = "f", arguments = { a = [1, 2.5, true], d = 2026-01-02, s = "ä" } }
        [phases.plain]
        [phases.sound]
        fault = ["server_error", "none"]
        "#,
    )
    .unwrap();
    let script = scenario.script(Some("plain"));
    assert_eq!(script, scenario.script(None));
    let arguments = script.tool_call.as_ref().unwrap().arguments.as_deref();
    let expected = r#"{"a":[1,2.5,true],"d":"2026-01-02","s":"ä"}"#;
    assert_eq!(arguments, Some(expected));
    assert_eq!(
        script.faults.at(attempt(1)),
        Some(Fault::Damage(Damage::Garbage))
    );

    let faults = &scenario.script(Some("sound")).faults;
    let error = Some(Fault::Outage(Trouble::ServerError));
    assert_eq!(
        [1, 2, 3].map(|n| faults.at(attempt(n))),
        [error, None, None]
    );
    let in_turn = [0, 1, 2, 3].map(|n| faults.in_turn(n));
    assert_eq!(in_turn, [error, None, error, None]);
}

#[test]
fn settings_have_their_units() {
    let scenario = Scenario::parse(
        "
        refuse_exhausted_reasoning = true
        [quota]
        tokens_per_minute = 30000
        [latency]
        first_byte_ms = 200
        per_token_us = 50
        [fault_times]
        stall_ms = 5
        retry_after_s = 0
        ",
    )
    .unwrap();
    let settings = scenario.settings();
    assert!(settings.refuses_exhausted_reasoning);
    assert_eq!(settings.limits.tokens_per_minute, Some(30_000));
    assert_eq!(settings.limits.requests_per_minute, None);
    assert_eq!(settings.latency.first_byte.as_millis(), 200);
    assert_eq!(settings.latency.per_token.as_micros(), 50);
    assert_eq!(settings.fault_times.slow_first_byte.as_secs(), 10);
    assert_eq!(settings.fault_times.stall.as_millis(), 5);
    assert_eq!(settings.fault_times.retry_after.as_secs(), 0);
}

#[test]
fn files_are_read_by_whoever_reads_the_scenario() {
    let text = r#"
        [phases.text]
        text_file = "replies/a.md"
        [phases.drawn.lengths]
        data = "calls.csv"
        category = "docs"
    "#;
    let mut asked = Vec::new();
    let scenario = Scenario::parse_with(text, |path| {
        asked.push(path.to_path_buf());
        Ok(match path.extension().and_then(|ending| ending.to_str()) {
            Some("md") => "# A".to_owned(),
            _ => "category,actual_output_tokens\ndocs,77\ntests,5\n".to_owned(),
        })
    })
    .unwrap();
    assert_eq!(asked, ["replies/a.md", "calls.csv"].map(Path::new));
    let said = scenario.script(Some("text")).text.clone();
    assert_eq!(said, Some(PerAttempt::always("# A".into())));
    assert_eq!(lengths(&scenario, Some("drawn"), 1), (0, 77));

    let missing = Scenario::parse_with(text, |_| Err(io::ErrorKind::NotFound.into()));
    assert_eq!(
        missing.unwrap_err().to_string(),
        "scenario key `phases.text.text_file` names the file `replies/a.md`: entity not found"
    );
    assert_eq!(
        Scenario::parse(text).unwrap_err().to_string(),
        "scenario key `phases.text.text_file` names the file `replies/a.md`: this scenario is read \
         without files: put the text itself in its place"
    );
    let empty = Scenario::parse_with("lengths = { data = \"d.csv\" }", |_| Ok(String::new()));
    assert_eq!(
        empty.unwrap_err().to_string(),
        "scenario key `lengths.data` names the file `d.csv`: it has no column `actual_output_tokens`"
    );
}

#[test]
fn the_largest_length_is_allowed_and_named() {
    let text = format!("output_tokens = {MAX_SCRIPTED_TOKENS}");
    let scenario = Scenario::parse(&text).unwrap();
    assert_eq!(lengths(&scenario, None, 1), (0, 10_485_760));
    assert!(ALLOWED_TOKENS.contains(&format!("from 0 to {MAX_SCRIPTED_TOKENS},")));
}

fn error(text: &str) -> String {
    Scenario::parse(text).unwrap_err().to_string()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of values")]
fn a_bad_value_is_told_with_its_key_and_what_is_allowed() {
    let (table, string) = ("a table of keys", "a string");
    let waits = "a number from 0 to 600000";
    let limits = "a number from 1 to 10000000000";
    for (text, key, found, allowed) in [
        ("output_tokens = -1", "output_tokens", "-1", ALLOWED_TOKENS),
        (
            "output_tokens = 10485761",
            "output_tokens",
            "10485761",
            ALLOWED_TOKENS,
        ),
        (
            "output_tokens = 1.5",
            "output_tokens",
            "1.5",
            ALLOWED_TOKENS,
        ),
        ("output_tokens = []", "output_tokens", "[]", ALLOWED_TOKENS),
        (
            "reasoning_tokens = \"many\"",
            "reasoning_tokens",
            "\"many\"",
            ALLOWED_TOKENS,
        ),
        (
            "[phases.a]\noutput_tokens = [1, -2]",
            "phases.a.output_tokens",
            "[1, -2]",
            ALLOWED_TOKENS,
        ),
        ("[phases.a]\ntext = 5", "phases.a.text", "5", ALLOWED_TEXTS),
        ("phases = 3", "phases", "3", table),
        ("[phases]\na = 3", "phases.a", "3", table),
        ("fault = \"fire\"", "fault", "\"fire\"", ALLOWED_FAULTS),
        (
            "fault = [\"none\", 3]",
            "fault",
            "[\"none\", 3]",
            ALLOWED_FAULTS,
        ),
        ("fault = []", "fault", "[]", ALLOWED_FAULTS),
        ("lengths = 5", "lengths", "5", table),
        ("[lengths]\ndata = 5", "lengths.data", "5", string),
        ("tool_call = \"f\"", "tool_call", "\"f\"", table),
        (
            "tool_call = { name = \"\" }",
            "tool_call.name",
            "\"\"",
            "the name of a tool",
        ),
        (
            "[tool_call]\nname = \"f\"\narguments = [1]",
            "tool_call.arguments",
            "[1]",
            table,
        ),
        ("quota = 5", "quota", "5", table),
        (
            "[quota]\ntokens_per_minute = 0",
            "quota.tokens_per_minute",
            "0",
            limits,
        ),
        (
            "[quota]\nrequests_per_minute = 10000000001",
            "quota.requests_per_minute",
            "10000000001",
            limits,
        ),
        (
            "[latency]\nfirst_byte_ms = -1",
            "latency.first_byte_ms",
            "-1",
            waits,
        ),
        (
            "[latency]\nfirst_byte_ms = 600001",
            "latency.first_byte_ms",
            "600001",
            waits,
        ),
        (
            "[latency]\nper_token_us = 1000001",
            "latency.per_token_us",
            "1000001",
            "a number from 0 to 1000000",
        ),
        (
            "[fault_times]\nstall_ms = 1.5",
            "fault_times.stall_ms",
            "1.5",
            waits,
        ),
        (
            "[fault_times]\nslow_first_byte_ms = 600001",
            "fault_times.slow_first_byte_ms",
            "600001",
            waits,
        ),
        (
            "[fault_times]\nretry_after_s = 3601",
            "fault_times.retry_after_s",
            "3601",
            "a number from 0 to 3600",
        ),
        (
            "refuse_exhausted_reasoning = 1",
            "refuse_exhausted_reasoning",
            "1",
            "true or false",
        ),
    ] {
        let expected = format!("scenario key `{key}` is `{found}`: allowed is {allowed}");
        assert_eq!(error(text), expected, "{text}");
    }
}

#[test]
fn a_key_that_is_unknown_missing_or_one_too_many_is_told() {
    let unknown = |text, key: &str, some_allowed: &str| {
        let error = error(text);
        let expected = format!("unknown scenario key `{key}`: allowed are `");
        assert!(error.starts_with(&expected), "{error}");
        assert!(error.contains(some_allowed), "{error}");
    };
    unknown("outptu_tokens = 5", "outptu_tokens", "`phases`, `quota`");
    unknown(
        "[phases.a]\ntokens = 5",
        "phases.a.tokens",
        "`tool_call` and `fault`",
    );
    unknown("[phases.a]\nquota = 5", "phases.a.quota", "`text`");
    unknown("[quota]\ntokens = 5", "quota.tokens", "`tokens_per_minute`");
    unknown("[latency]\nms = 5", "latency.ms", "`per_token_us`");
    unknown("[fault_times]\nms = 5", "fault_times.ms", "`stall_ms`");
    unknown(
        "[tool_call]\nname = \"f\"\nid = 5",
        "tool_call.id",
        "`arguments`",
    );

    let missing = "scenario key `lengths.data` is missing: it has to be the path of a CSV table";
    assert_eq!(error("[lengths]\ncategory = \"docs\""), missing);
    let missing =
        "scenario key `phases.a.tool_call.name` is missing: it has to be the name of a tool";
    assert_eq!(error("[phases.a]\ntool_call = {}"), missing);
    for (text, key, other) in [
        (
            "output_tokens = 5\nlengths = {}",
            "output_tokens",
            "lengths",
        ),
        (
            "[phases.a]\ntext = \"\"\ntext_file = \"\"",
            "phases.a.text",
            "phases.a.text_file",
        ),
    ] {
        let expected = format!(
            "scenario keys `{key}` and `{other}` stand side by side: leave one of them out"
        );
        assert_eq!(error(text), expected);
    }
    let syntax = error("output_tokens = ");
    assert!(
        syntax.starts_with("scenario is not valid TOML: TOML parse error at line 1"),
        "{syntax}"
    );
}
