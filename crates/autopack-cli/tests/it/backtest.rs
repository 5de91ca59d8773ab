//! `autopack backtest`: what policies would have done, from a trace to a table.

use std::fmt::Write as _;

use crate::support::Sandbox;

/// Lengths that scatter around 400 and 900 tokens in two groups, the same every time.
fn trace(n_rows: u64) -> String {
    let mut csv = String::from("timestamp,group,output_tokens,input_tokens,estimate\n");
    let mut state = 1_u64;
    for row in 0..n_rows {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let spread = 100 + (state >> 33) % 400;
        let (group, length) = if row % 3 == 0 {
            ("docs/low", 500 + 2 * spread)
        } else {
            ("chat", 150 + spread)
        };
        let time = 1_700_000_000 + row;
        writeln!(csv, "{time},{group},{length},200,1000").expect("room");
    }
    csv
}

#[test]
fn policies_stand_side_by_side() {
    let sandbox = Sandbox::with(&[("trace.csv", &trace(3000))]);
    let quota = ["--quota-tokens-per-minute", "1000000"];
    let done = sandbox.run(&[&["backtest", "trace.csv"], &quota[..]].concat());
    insta::assert_snapshot!("backtest_table", done);
    let named = [
        "--policy",
        "learned,pre-142,fixed-500",
        "--reserve",
        "output",
    ];
    let done = sandbox.run(
        &[
            &["backtest", "trace.csv", "--retry", "--json"],
            &quota[..],
            &named,
        ]
        .concat(),
    );
    insta::assert_snapshot!("backtest_json", done);
}

#[test]
fn the_target_follows_from_the_route() {
    let sandbox = Sandbox::with(&[("trace.csv", &trace(300))]);
    let aim = |args: &[&str]| {
        let named = ["backtest", "trace.csv", "--policy", "learned", "--json"];
        let document = sandbox.run(&[&named, args].concat()).json();
        let number = |key: &str| document[key].as_f64().unwrap();
        let why = document["why_this_target"].as_str().unwrap().to_owned();
        let prices = (number("target_truncation"), number("reserved_token_cost"));
        (prices, why)
    };
    let asked = ["--target-truncation", "0.05", "--route", "anthropic"];
    for (args, prices, said) in [
        (&[][..], (0.02, 0.05), "the default, as neither"),
        (
            &["--route", "openai"],
            (0.011, 0.05),
            "on openai a ceiling is held",
        ),
        (
            &["--route", "openai", "--near-limit"],
            (0.03, 0.2),
            "on openai a ceiling is held against the rate limit, which is nearly used up",
        ),
        (
            &["--route", "anthropic"],
            (0.002, 0.0),
            "on anthropic a ceiling costs nothing",
        ),
        (
            &["--route", "vllm"],
            (0.02, 0.05),
            "the default, as on vllm",
        ),
        (&asked, (0.05, 0.0), "--target-truncation asks for it"),
    ] {
        let (found, why) = aim(args);
        assert_eq!(found, prices, "{args:?}");
        assert!(why.starts_with(said), "{why}");
    }
}

#[test]
fn the_settings_say_of_which_route_the_limit_is_nearly_used_up() {
    let settings = "[providers.openai]\nnear_limit = true\n[upstreams.azure]\nnear_limit = true\n\
                    dialect = \"openai-chat\"\nbase_url = \"https://azure.example\"\n";
    let sandbox = Sandbox::with(&[("trace.csv", &trace(300)), ("autopack.toml", settings)]);
    for (route, target) in [("openai", 0.03), ("azure", 0.03), ("bedrock", 0.011)] {
        let args = [
            "backtest",
            "trace.csv",
            "--policy",
            "learned",
            "--json",
            "--route",
            route,
        ];
        let document = sandbox.run(&args).json();
        assert_eq!(document["target_truncation"], target, "{route}");
    }
    let done = sandbox.run(&["doctor"]);
    for route in ["openai", "azure"] {
        let mut lines = done.stdout.lines();
        let line = lines.find(|line| line.contains(&format!("{route} rate limit")));
        let line = line.unwrap_or_else(|| panic!("{done}"));
        assert!(
            line.contains("nearly used up") && line.ends_with("file autopack.toml"),
            "{line}"
        );
    }
    assert!(!done.stdout.contains("gemini rate limit"), "{done}");
}

/// One answer in ten is longer than anything that was tried: some calls see how long it is.
#[test]
fn a_share_of_calls_may_explore() {
    let mut csv = String::from("timestamp,group,output_tokens\n");
    for row in 0..600 {
        let length = if row % 10 == 9 {
            60_000
        } else {
            3000 + row % 7
        };
        writeln!(csv, "{row},docs/low,{length}").expect("room");
    }
    let sandbox = Sandbox::with(&[("trace.csv", &csv)]);
    let ceilings = |share: &str| {
        let args = [
            "backtest",
            "trace.csv",
            "--policy",
            "learned",
            "--emit",
            "out.csv",
        ];
        let done = sandbox.run(&[&args[..], &["--exploration-share", share]].concat());
        assert_eq!(done.code, Some(0), "{done}");
        assert!(done.stdout.contains("all cut off explore"), "{done}");
        sandbox.read("out.csv")
    };
    let (without, with) = (ceilings("0"), ceilings("0.5"));
    assert!(with != without, "nothing was explored");
    assert!(
        with == ceilings("0.5"),
        "it is drawn by the number of the call"
    );
}

#[test]
fn what_is_written_of_the_beginning_is_the_beginning_of_what_is_written() {
    let sandbox = Sandbox::with(&[("whole.csv", &trace(1200)), ("part.csv", &trace(700))]);
    for (trace, file) in [("whole.csv", "whole.out"), ("part.csv", "part.out")] {
        let done = sandbox.run(&["backtest", trace, "--emit", file]);
        assert_eq!(done.code, Some(0), "{done}");
    }
    let (whole, part) = (sandbox.read("whole.out"), sandbox.read("part.out"));
    assert!(whole.starts_with(&part));
    assert!(part.starts_with("row,policy,ceiling\n0,learned,4096\n0,build-142,4096\n"));
    // Seven policies that could be live; the oracle is none.
    assert_eq!(part.lines().count(), 1 + 7 * 700);
}

#[test]
fn traces_that_cannot_be_say_why_and_where() {
    let rows = |rows: &str| format!("timestamp,group,output_tokens\n{rows}");
    let sandbox = Sandbox::with(&[
        ("empty.csv", ""),
        ("bare.csv", &rows("")),
        ("columns.csv", "time,group,tokens\n1,a,5\n"),
        ("zero.csv", &rows("1,a,5\n2,a,0\n")),
        ("negative.csv", &rows("1,a,-5\n")),
        ("nan.csv", &rows("1,a,5\n2,a,NaN\n")),
        ("time.csv", &rows("NaN,a,5\n")),
        ("unsorted.csv", &rows("2,a,5\n1,a,5\n")),
        ("ragged.csv", &rows("1,a\n")),
        ("fine.csv", &rows("1,a,5\n")),
    ]);
    let mut said = String::new();
    for trace in [
        "missing.csv",
        "empty.csv",
        "bare.csv",
        "columns.csv",
        "zero.csv",
        "negative.csv",
        "nan.csv",
        "time.csv",
        "unsorted.csv",
        "ragged.csv",
    ] {
        let done = sandbox.run(&["backtest", trace]);
        assert_eq!(done.code, Some(2), "{done}");
        said.push_str(&done.stderr);
    }
    for wrong in [
        &["--target-truncation", "2"][..],
        &["--target-truncation", "-0.1"],
        &["--route", "nowhere"],
        &["--near-limit"],
        &["--exploration-share", "1.5"],
        &["--exploration-share", "NaN"],
        &["--exploration-share", "0.03", "--policy", "ratio"],
        &["--policy", "best"],
        &["fine.csv", "--emit", "out.csv"],
    ] {
        let done = sandbox.run(&[&["backtest", "fine.csv"], wrong].concat());
        assert_eq!(done.code, Some(2), "{done}");
        said.push_str(&done.stderr);
    }
    insta::assert_snapshot!("backtest_bad_traces", said);
}

#[test]
fn what_to_keep_in_mind_is_said() {
    let far = "1,a,700\n2,a,700\n3,a,700\n4000000,,600\n";
    let sandbox = Sandbox::with(&[(
        "trace.csv",
        &format!("timestamp,group,output_tokens\n{far}"),
    )]);
    let done = sandbox.run(&["backtest", "trace.csv", "--policy", "learned"]);
    insta::assert_snapshot!("backtest_caveats", done.stderr);
}

#[test]
fn a_picture_shows_ceilings_rates_and_groups() {
    let sandbox = Sandbox::with(&[("trace.csv", &trace(3000))]);
    for name in ["a.svg", "b.svg", "a.png"] {
        let done = sandbox.run(&[
            "backtest",
            "trace.csv",
            "--policy",
            "learned",
            "--plot",
            name,
        ]);
        assert_eq!(done.code, Some(0), "{done}");
        assert!(
            done.stderr.contains(&format!("picture in {name}")),
            "{done}"
        );
    }
    let svg = sandbox.read("a.svg");
    assert_eq!(
        svg,
        sandbox.read("b.svg"),
        "the same trace, the same picture"
    );
    for words in [
        "trace: ceilings of `learned` on 3,000 calls, target 2 %",
        "Ceiling and length, `chat`, the largest of 2 groups",
        "longer than its ceiling (",
        "Truncation by 75 calls",
        "ceiling ÷ oracle",
    ] {
        assert!(svg.contains(words), "{words}");
    }
    let png = std::fs::read(sandbox.path("a.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
}

#[test]
fn a_picture_that_cannot_be_drawn_says_why() {
    let sandbox = Sandbox::with(&[("a.csv", &trace(100)), ("b.csv", &trace(100))]);
    for (args, words) in [
        (&["a.csv", "--plot", "a.pdf"][..], ".svg nor .png"),
        (&["a.csv", "b.csv", "--plot", "a.svg"], "one trace"),
    ] {
        let done = sandbox.run(&[&["backtest"], args].concat());
        assert_eq!(done.code, Some(2), "{done}");
        assert!(done.stderr.contains(words), "{done}");
    }
    // Few calls, and all of a length, are a picture too.
    sandbox.write("one.csv", "timestamp,group,output_tokens\n1,a,5\n");
    let done = sandbox.run(&[
        "backtest", "one.csv", "--policy", "oracle", "--plot", "a.svg",
    ]);
    assert_eq!(done.code, Some(0), "{done}");
}
