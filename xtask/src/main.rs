//! Chores for the workspace, run as `cargo xtask <chore>`.
//!
//! There is one so far: `tidy`, which checks what neither the compiler nor clippy can see.
//! Exit codes: 0 all is well, 1 something was found or could not be read, 2 wrong usage.

mod tidy;

use std::path::Path;
use std::process::ExitCode;

use tidy::OnShrink;

const USAGE: &str = "usage: cargo xtask tidy [--update-ratchet]";
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["tidy"] => tidy(OnShrink::Report),
        ["tidy", "--update-ratchet"] => tidy(OnShrink::Update),
        _ => {
            say(USAGE);
            ExitCode::from(WRONG_USAGE)
        }
    }
}

fn tidy(on_shrink: OnShrink) -> ExitCode {
    // Cargo runs xtask from any folder, so the root is found from the manifest, not from `.`.
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    match tidy::run(root, on_shrink) {
        Ok(report) => {
            say(&report.to_string());
            if report.is_clean() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            say(&format!("tidy: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the one place where xtask talks")]
fn say(text: &str) {
    println!("{text}");
}
