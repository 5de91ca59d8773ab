//! The command line, typed.

mod data;
mod learning;
pub(crate) mod policy;
mod replay;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

pub(crate) use data::{ExportArgs, ImportArgs, MigrateArgs};
pub(crate) use learning::{BacktestArgs, CalibrateArgs};
pub(crate) use replay::ReplayArgs;

/// Decides the output ceiling of every LLM call, records what it intended, what it sent and what
/// came back.
#[derive(Debug, Parser)]
#[command(name = "autopack", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Settings file [env: AUTOPACK_CONFIG] [default: autopack.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a plan of phases with right-sized ceilings
    Run(RunArgs),
    /// Run a plan and check what must hold: budgets, ceilings, truncation, waste
    Validate(ValidateArgs),
    /// Say what telemetry says: truncation, waste, tokens reserved and used
    Report(ReportArgs),
    /// Learn from telemetry what ceilings and estimates should be
    Calibrate(CalibrateArgs),
    /// Keep versions of policies: apply, go back, and try one on a share of the phases
    Policy(policy::PolicyCommandArgs),
    /// Show how the ceiling of one phase comes about, on the three providers side by side
    Explain(ExplainArgs),
    /// Say what another policy would have done to the calls in the database
    Replay(ReplayArgs),
    /// Run policies over calls whose lengths are known, as they would have run live
    Backtest(BacktestArgs),
    /// Decide ceilings for JSON objects on standard input, one a line
    Decide(DecideArgs),
    /// Check the database, the settings and where each comes from, the keys, the catalogue
    Doctor(DoctorArgs),
    /// Bring a database up to date: one of an earlier version, or of the Python Autopack
    Migrate(MigrateArgs),
    /// Take in run logs of the Python Autopack, tables of calls, or what was exported
    Import(ImportArgs),
    /// Write all telemetry out, as JSON lines or CSV
    Export(ExportArgs),
    /// Stand between clients and providers: right-sized ceilings and telemetry for any SDK
    Serve(ServeArgs),
    /// Simulate the providers on loopback
    Sim(SimArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PolicyArgs {
    /// The policy: an embedded one, a file, or a version in the database [env: AUTOPACK_POLICY] [default: the
    /// active version, else build-142]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Option<String>,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct DatabaseArgs {
    /// Where telemetry is kept [env: DATABASE_URL] [default: sqlite:///autopack.db]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

/// What every command has that sends a plan.
#[derive(Debug, ClapArgs)]
pub(crate) struct CallArgs {
    /// The plan, in TOML or JSON
    pub(crate) plan: PathBuf,

    /// Send every phase to this provider, or to an upstream of your settings; repeat it, or say `all`
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub(crate) provider: Vec<String>,

    /// The model, where the run has a single provider
    #[arg(long, value_name = "M")]
    pub(crate) model: Option<String>,

    /// Answer from a simulator in this process, no key needed; with a scenario, as it says
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1)]
    #[expect(
        clippy::option_option,
        reason = "the flag is absent, bare, or has a value"
    )]
    pub(crate) simulate: Option<Option<PathBuf>>,

    /// How many phases run at once [default: 4]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) jobs: Option<i64>,

    /// Where replies are kept [default: autopack-out]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// The files that deliverables may already be [default: none]
    #[arg(long, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,

    /// The name of the run [default: the plan's, with the time behind it]
    #[arg(long, value_name = "ID")]
    pub(crate) run_id: Option<String>,

    /// Receive replies as streams
    #[arg(long)]
    pub(crate) stream: bool,

    /// Print the outcome as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) call: CallArgs,

    #[command(flatten)]
    pub(crate) build: BuildArgs,
}

/// What a run does with a workspace, and with an earlier run.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct BuildArgs {
    /// Change the workspace as the replies say; needs --workspace and a single provider
    #[arg(long, requires = "workspace")]
    pub(crate) apply: bool,

    /// Commit each phase on the branch autopack/RUN-ID of the workspace's git repository
    #[arg(long, requires = "apply")]
    pub(crate) commit: bool,

    /// Prompt templates in place of the built-in ones of the same name
    #[arg(long, value_name = "DIR", requires = "apply")]
    pub(crate) templates: Option<PathBuf>,

    /// Go on with an earlier run: its phases that succeeded are not sent again
    #[arg(long, value_name = "RUN-ID", conflicts_with = "run_id")]
    pub(crate) resume: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) call: CallArgs,

    /// What must hold of the phases, in TOML
    #[arg(long, value_name = "FILE")]
    pub(crate) expect: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ReportArgs {
    /// What to group by, with commas between
    #[arg(
        long,
        value_name = "KEYS",
        value_delimiter = ',',
        default_value = "provider,category,complexity"
    )]
    pub(crate) by: Vec<crate::commands::report::GroupBy>,

    /// Only calls since then: a date, a time, or an age such as `7d` or `12h`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Show waste and truncation over time, by this period of UTC
    #[arg(long, value_name = "PERIOD", conflicts_with = "csv")]
    pub(crate) over: Option<crate::commands::report::Period>,

    /// Set the calls that two policies decided side by side: names or files of policies
    #[arg(
        long,
        value_names = ["POLICY", "POLICY"],
        num_args = 2,
        conflicts_with = "csv"
    )]
    pub(crate) compare: Option<Vec<String>>,

    /// Draw predicted against actual, waste, and truncation over time; .svg or .png
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,

    /// Print everything as JSON
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,

    /// Print the groups as CSV
    #[arg(long)]
    pub(crate) csv: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// A plan to take the phase from
    #[arg(required_unless_present = "deliverable", conflicts_with_all = ["category", "complexity", "deliverable", "description"])]
    pub(crate) plan: Option<PathBuf>,

    /// Which phase of the plan [default: the first]
    #[arg(
        long,
        value_name = "ID",
        requires = "plan",
        conflicts_with = "deliverable"
    )]
    pub(crate) phase: Option<String>,

    /// A deliverable of the phase; repeat it
    #[arg(long, value_name = "TEXT")]
    pub(crate) deliverable: Vec<String>,

    /// The category of the phase
    #[arg(long, value_name = "CATEGORY")]
    pub(crate) category: Option<String>,

    /// The complexity of the phase
    #[arg(long, value_name = "COMPLEXITY")]
    pub(crate) complexity: Option<String>,

    /// What the phase is to do
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,

    /// The form of the prompt, where the policy has ceilings by it: `prose`, `operations`, `unified_diff` or
    /// `whole_files` [default: not known]
    #[arg(long, value_name = "NAME")]
    pub(crate) template: Option<String>,

    /// What goes in, in tokens, where the policy has ceilings by it [default: not known]
    #[arg(long, value_name = "N")]
    pub(crate) input_tokens: Option<u64>,

    /// The files that deliverables may already be [default: none]
    #[arg(long, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DecideArgs {
    /// Look deliverables up in this directory instead of `workspace_files`
    #[arg(long, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DoctorArgs {
    /// Forget what refusals have taught about the limits of models
    #[arg(long)]
    pub(crate) forget_limits: bool,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) policy: PolicyArgs,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    /// Where to listen [env: AUTOPACK_LISTEN] [default: 127.0.0.1:8484]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// Print the hash of the key on standard input, for `[[serve.keys]]` and `admin_token_hash`, and end
    #[arg(long, conflicts_with = "new_key")]
    pub(crate) hash_key: bool,

    /// Draw a key at random, print it and its hash, and end
    #[arg(long)]
    pub(crate) new_key: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SimArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    pub(crate) port: u16,

    /// How long replies are, in TOML [default: 1200 tokens each]
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,

    /// What the ids of replies are drawn from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
}
