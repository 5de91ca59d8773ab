use super::*;

fn calls(drawn: Vec<Call>) -> Calls {
    Calls {
        n: 1000 * drawn.len() as u64,
        drawn,
    }
}

fn picture() -> Picture {
    let call = |predicted, actual| Call {
        predicted,
        actual,
        ceiling: Some(4096.0),
    };
    Picture {
        title: "Output tokens: 4 calls & more".to_owned(),
        notes: vec!["A note.".to_owned()],
        predictions: Predictions {
            whole: calls(vec![call(2600.0, 1200.0), call(1300.0, 0.0)]),
            truncated: calls(vec![call(3000.0, 4096.0)]),
        },
        wastes: Wastes {
            bins: vec![
                Bin {
                    low: 1.0,
                    high: 1.25,
                    n: 1,
                },
                Bin {
                    low: 3.25,
                    high: 4.0,
                    n: 7,
                },
            ],
            median: Some(3.41),
            p90: Some(3.9),
        },
        rates: Rates {
            period: "day".to_owned(),
            axis: "day (UTC)".to_owned(),
            in_order: vec![
                RateAt {
                    at: 0,
                    share: 0.0,
                    low: 0.0,
                    high: 0.3,
                },
                RateAt {
                    at: 3,
                    share: 0.5,
                    low: 0.2,
                    high: 0.8,
                },
            ],
            target: 0.02,
            name: Box::new(|at| Some(format!("2026-01-{:02}", 5 + at))),
        },
    }
}

fn empty() -> Picture {
    let picture = picture();
    Picture {
        predictions: Predictions {
            whole: calls(Vec::new()),
            truncated: calls(Vec::new()),
        },
        wastes: Wastes {
            bins: Vec::new(),
            median: None,
            p90: None,
        },
        rates: Rates {
            in_order: Vec::new(),
            ..picture.rates
        },
        ..picture
    }
}

/// How many elements of this kind and colour there are.
fn n_elements(svg: &str, kind: &str, colour: &str) -> usize {
    svg.lines()
        .filter(|line| line.starts_with(&format!("<{kind} ")) && line.contains(colour))
        .count()
}

#[test]
fn every_call_is_a_sign_of_its_kind() {
    let svg = svg(&picture()).expect("a picture");
    // Two calls and two rates as dots, and one dot in the legend; one triangle, and one there.
    assert_eq!(n_elements(&svg, "circle", "#0072B2"), 5);
    assert_eq!(n_elements(&svg, "polygon", "#D55E00"), 2);
    for words in [
        "Output tokens: 4 calls &amp; more",
        "predicted output (tokens)",
        "actual output (tokens)",
        "waste (ceiling ÷ output tokens)",
        "truncated calls",
        "day (UTC)",
        "ended by itself (2,000)",
        "cut off: at least this long (1,000)",
        "median 3.41 ×",
        "target: 2 % at most",
        "2026-01-05",
        "4,096",
        "A note.",
    ] {
        assert!(svg.contains(&format!("{words}\n")), "{words} in {svg}");
    }
    assert_eq!(
        svg,
        self::svg(&picture()).expect("a picture"),
        "it comes again"
    );
}

#[test]
fn a_panel_without_data_says_so() {
    let svg = svg(&empty()).expect("a picture");
    for words in [
        "no calls with a prediction and a reported output",
        "no calls with a ceiling and a reported output",
        "no calls that came back",
    ] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn extremes_stay_within_the_picture() {
    let mut picture = picture();
    picture.predictions.whole.drawn.push(Call {
        predicted: 1e12,
        actual: 1.0,
        ceiling: None,
    });
    picture.wastes.bins.push(Bin {
        low: 1e6,
        high: 1.2e6,
        n: u64::from(u32::MAX),
    });
    picture.rates.in_order.extend((4..4000).map(|at| RateAt {
        at,
        share: 1.0,
        low: 0.9,
        high: 1.0,
    }));
    let svg = svg(&picture).expect("a picture");
    let (width, height) = SIZE;
    for line in svg.lines().filter(|line| line.starts_with("<circle")) {
        let number = |name: &str| -> u32 {
            let (_, rest) = line.split_once(&format!(" {name}=\"")).expect(line);
            rest.split('"').next().expect(line).parse().expect(line)
        };
        assert!(number("cx") < width && number("cy") < height, "{line}");
    }
}

#[test]
fn pixels_show_the_same_picture_with_its_letters() {
    let drawn = svg(&picture()).expect("a picture");
    let png = png(&drawn).expect("pixels");
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((side(16), side(20)), (2 * SIZE.0, 2 * SIZE.1));
    // Without letters, which only the bundled font can draw, there is less ink.
    let silent: Vec<&str> = drawn.split("<text").collect();
    let silent: String = silent
        .iter()
        .map(|part| part.split_once("</text>").map_or(*part, |(_, rest)| rest))
        .collect();
    assert!(self::png(&silent).expect("pixels").len() < png.len());
}
