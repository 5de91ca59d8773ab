//! A scenario of the simulator, and behind a line of tildes the table or text that its files have:
//! read or refused, and a refusal can be told. One that names no file says the same without any.
#![no_main]

use autopack_sim::Scenario;
use libfuzzer_sys::fuzz_target;

/// The line between the document and what stands in its files.
const BETWEEN: &str = "\n~~~\n";

fuzz_target!(|text: &str| {
    let (document, file) = text.split_once(BETWEEN).unwrap_or((text, ""));
    let mut n_read = 0;
    let scenario = Scenario::parse_with(document, |_| {
        n_read += 1;
        Ok(file.to_owned())
    });
    if n_read == 0 {
        assert_eq!(Scenario::parse(document), scenario);
    }
    if let Err(error) = scenario {
        assert!(!error.to_string().is_empty());
    }
});
