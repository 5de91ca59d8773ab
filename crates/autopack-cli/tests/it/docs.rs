//! The book: every command in it is run, page by page, and says what the book says it says.
//!
//! A page is run from top to bottom in a folder of its own with `autopack` on the path and the
//! examples beside it. What counts:
//!
//! - a block of `console`: lines that begin with `$ ` are commands (a `\` at the end goes on); what
//!   follows is in their output, in this order, with `…` for anything. `# exit 1` behind a command is
//!   its exit code; otherwise it is 0.
//! - a block such as `toml,file=mine.toml`: a file of this name and content.
//! - a block `sql,database=FILE`: a query, and below it the table that it gives.
//! - `<!-- file: old.db from crates/…/old.db.gz -->`: a file of the repository, unpacked.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::support::{Database, Done, Sandbox};

/// What a page does, in order.
enum Step {
    Command(Command),
    File {
        name: String,
        text: String,
    },
    Unpacked {
        name: String,
        from: String,
    },
    Query {
        database: String,
        text: String,
        rows: Vec<Vec<String>>,
    },
}

#[derive(Default)]
struct Command {
    line: usize,
    text: String,
    exit: i32,
    output: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The steps of a page.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if let Some(rest) = line.strip_prefix("<!-- file: ") {
            let (name, from) = rest.trim_end_matches(" -->").split_once(" from ").unwrap();
            steps.push(Step::Unpacked {
                name: name.to_owned(),
                from: from.to_owned(),
            });
        }
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<(usize, &str)> = lines
            .by_ref()
            .take_while(|(_, line)| *line != "```")
            .collect();
        if let Some((_, database)) = kind.split_once(",database=") {
            let text: Vec<&str> = block.iter().map(|(_, line)| *line).collect();
            let mut rows = lines
                .by_ref()
                .skip_while(|(_, line)| line.is_empty())
                .map_while(|(_, line)| line.strip_prefix('|'))
                .map(|row| row.trim_end_matches('|').split('|').map(str::trim))
                .map(|cells| cells.map(str::to_owned).collect())
                .collect::<Vec<Vec<String>>>();
            // The line between the names and the values.
            rows.remove(1);
            steps.push(Step::Query {
                database: database.to_owned(),
                text: text.join("\n"),
                rows,
            });
        } else if kind == "console" {
            steps.extend(commands(&block).into_iter().map(Step::Command));
        } else if let Some((_, name)) = kind.split_once(",file=") {
            let text: Vec<&str> = block.iter().map(|(_, line)| *line).collect();
            steps.push(Step::File {
                name: name.to_owned(),
                text: text.join("\n") + "\n",
            });
        }
    }
    steps
}

fn commands(block: &[(usize, &str)]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (number, line) in block {
        if let Some(text) = line.strip_prefix("$ ") {
            commands.push(Command {
                line: number + 1,
                text: text.to_owned(),
                ..Command::default()
            });
            goes_on = text.ends_with('\\');
        } else if let Some(command) = commands.last_mut() {
            if goes_on {
                command.text.push('\n');
                command.text.push_str(line);
                goes_on = line.ends_with('\\');
            } else {
                command.output.push((*line).to_owned());
            }
        }
    }
    for command in &mut commands {
        if let Some((_, exit)) = command.text.rsplit_once("# exit ") {
            command.exit = exit.trim().parse().unwrap();
        }
    }
    commands
}

/// Whether the lines of `output` are in `said` in this order, blanks aside; `…` is anything.
fn check(output: &[String], said: &str) -> Result<(), String> {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut said_lines = said.lines().map(squeezed);
    for line in output {
        let wanted = squeezed(line);
        if wanted.is_empty() || wanted == "…" {
            continue;
        }
        if !said_lines.any(|said| is_like(&said, &wanted)) {
            return Err(line.clone());
        }
    }
    Ok(())
}

fn is_like(said: &str, wanted: &str) -> bool {
    let mut rest = said;
    let mut pieces = wanted.split('…').map(str::trim).peekable();
    let first = pieces.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else {
        return false;
    };
    rest = after;
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty()
}

fn run_page(name: &str) {
    let sandbox = Sandbox::new();
    let page = fs::read_to_string(root().join("docs/src").join(name)).unwrap();
    copy(&root().join("examples"), &sandbox, "examples");
    let tools = sandbox.path("bin");
    fs::create_dir(&tools).unwrap();
    let binary = assert_cmd::cargo::cargo_bin!("autopack");
    std::os::unix::fs::symlink(binary, tools.join("autopack")).unwrap();
    let mut n_commands = 0;
    for step in steps(&page) {
        match step {
            Step::File { name, text } => sandbox.write(&name, text),
            Step::Query {
                database,
                text,
                rows,
            } => {
                let mut database = Database::open(&sandbox.path(&database));
                assert_eq!(database.table_of(&text), rows, "{name}: {text}");
            }
            Step::Unpacked { name, from } => {
                let packed = fs::File::open(root().join(from)).unwrap();
                let mut bytes = Vec::new();
                flate2::read::GzDecoder::new(packed)
                    .read_to_end(&mut bytes)
                    .unwrap();
                sandbox.write(&name, bytes);
            }
            Step::Command(command) => {
                n_commands += 1;
                run_command(name, &sandbox, &tools, &command);
            }
        }
    }
    assert!(n_commands > 0, "{name} has no command");
}

fn run_command(page: &str, sandbox: &Sandbox, tools: &Path, command: &Command) {
    let path = std::env::var("PATH").unwrap();
    let output = std::process::Command::new("sh")
        .args(["-c", &command.text])
        .current_dir(sandbox.path("."))
        .env_clear()
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("HOME", sandbox.path("."))
        .output()
        .unwrap();
    let done = Done::from(output);
    let place = format!("docs/src/{page} line {}: {}", command.line, command.text);
    assert_eq!(done.code, Some(command.exit), "{place}\n{done}");
    let said = format!("{}\n{}", done.stdout, done.stderr);
    if let Err(missing) = check(&command.output, &said) {
        panic!("{place}\ndoes not say `{missing}`:\n{done}");
    }
}

fn copy(from: &Path, sandbox: &Sandbox, into: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{into}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            copy(&entry.path(), sandbox, &name);
        } else {
            sandbox.write(&name, fs::read(entry.path()).unwrap());
        }
    }
}

/// Pages that have no commands to run. The snippets of the clients are run by `tests/sdk/run.sh`.
const WITHOUT_COMMANDS: [&str; 3] = ["SUMMARY.md", "reference/schema.md", "runbooks/clients.md"];

/// A test for each page, and none forgotten.
macro_rules! pages {
    ($($test:ident: $page:literal,)*) => {
        $(#[test]
        fn $test() {
            run_page($page);
        })*

        #[test]
        fn every_page_is_run() {
            let mut pages = Vec::new();
            for folder in ["", "runbooks", "reference"] {
                for entry in fs::read_dir(root().join("docs/src").join(folder)).unwrap() {
                    let path = entry.unwrap().path();
                    if path.extension().is_some_and(|extension| extension == "md") {
                        let name = path.file_name().unwrap().to_str().unwrap();
                        pages.push(format!("{folder}/{name}").trim_start_matches('/').to_owned());
                    }
                }
            }
            let tested = [$($page),*];
            pages.retain(|page| !WITHOUT_COMMANDS.contains(&page.as_str()));
            pages.sort();
            let mut tested = tested.map(str::to_owned).to_vec();
            tested.sort();
            assert_eq!(pages, tested);
        }
    };
}

pages! {
    introduction: "introduction.md",
    base_budgets: "runbooks/base-budgets.md",
    intent_and_ceiling: "runbooks/intent-and-ceiling.md",
    validating: "runbooks/validating.md",
    migrating: "runbooks/migrating.md",
    provider_parity: "runbooks/provider-parity.md",
    collecting_telemetry: "runbooks/collecting-telemetry.md",
    calibrating: "runbooks/calibrating.md",
    replaying: "runbooks/replaying.md",
    backtesting: "runbooks/backtesting.md",
    staging: "runbooks/staging.md",
    troubleshooting: "runbooks/troubleshooting.md",
    settings: "reference/settings.md",
    gateway_api: "reference/gateway-api.md",
}

/// The reference names every column, and none that is not there.
#[test]
fn the_schema_is_told_in_full() {
    let sandbox = Sandbox::with(&[("plan.toml", crate::support::ONE_PHASE)]);
    sandbox.run(&["run", "plan.toml", "--simulate", "--provider", "openai"]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let page = fs::read_to_string(root().join("docs/src/reference/schema.md")).unwrap();
    for section in page.split("\n## `").skip(1) {
        let (table, section) = section.split_once('`').unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let named =
            rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
        let mut named: Vec<String> = named.map(str::to_owned).collect();
        let mut there = database.columns_of(table);
        there.retain(|column| column != "event_id");
        named.sort();
        there.sort();
        assert_eq!(named, there, "{table}");
    }
}

#[test]
fn outputs_are_held_against_the_book() {
    let said = "one  two three\nfour 4,096 five\n";
    let output = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        check(&output(&["one two …", "…", "four … five"]), said),
        Ok(())
    );
    assert!(
        check(&output(&["four … five", "one …"]), said).is_err(),
        "the order counts"
    );
    assert!(
        check(&output(&["one two"]), said).is_err(),
        "a line is a whole line"
    );
}
