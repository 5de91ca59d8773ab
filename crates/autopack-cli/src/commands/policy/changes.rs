//! Where two policies differ: `autopack policy diff`, and what other subcommands say of a change.

use autopack_core::Policy;
use autopack_core::policy::Difference;
use serde_json::{Value, json};

use super::{find, reader};
use crate::args::policy::DiffArgs;
use crate::exit::{Exit, Failure};
use crate::output::{self, Align, Table};
use crate::settings::Settings;

pub(super) async fn run(args: &DiffArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = reader(&args.tell.database, settings).await?;
    let before = find(&args.before, store.as_ref()).await?;
    let after = find(&args.after, store.as_ref()).await?;
    if args.tell.json {
        output::json(&json!({
            "before": before.name(),
            "after": after.name(),
            "changes": to_json(&before, &after),
        }))?;
    } else {
        print(&before, &after)?;
    }
    Ok(Exit::Done)
}

/// Prints where `after` differs from `before`.
pub(super) fn print(before: &Policy, after: &Policy) -> Result<(), Failure> {
    let differences = before.differences(after);
    if differences.is_empty() {
        return output::data("no number differs");
    }
    let mut table = Table::new(&[
        ("key", Align::Left),
        ("before", Align::Right),
        ("after", Align::Right),
        ("ratio", Align::Right),
    ]);
    for difference in differences {
        let ratio = difference.ratio().map(|ratio| format!("{ratio:.3}"));
        table.row(vec![
            difference.key,
            output::known(difference.before),
            output::known(difference.after),
            output::known(ratio),
        ]);
    }
    output::data(table)
}

pub(super) fn to_json(before: &Policy, after: &Policy) -> Value {
    let change = |difference: &Difference| {
        json!({
            "key": difference.key,
            "before": difference.before,
            "after": difference.after,
            "ratio": difference.ratio(),
        })
    };
    before.differences(after).iter().map(change).collect()
}
