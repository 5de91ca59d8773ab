//! What refusals have taught about models: shown, and forgotten on request.

use autopack_core::CeilingParameter;
use autopack_store::{DatabaseUrl, LearnedLimit, OpenMode, Store};
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::exit::{Failure, Fault};
use crate::output::{self, Align, Table};

/// Forgets all of it.
pub(super) async fn forget(database: &DatabaseUrl) -> Result<(), Failure> {
    let store = Store::open(database, OpenMode::ReadWrite).await.outside()?;
    let n_limits = store.forget_limits().await.outside()?;
    store.close().await.outside()?;
    output::say(format_args!("{n_limits} learned limits forgotten"));
    Ok(())
}

pub(super) fn print(learned: &[LearnedLimit]) -> Result<(), Failure> {
    if learned.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&[
        ("learned from refusals", Align::Left),
        ("model", Align::Left),
        ("writes at most", Align::Right),
        ("calls its ceiling", Align::Left),
        ("since", Align::Left),
    ]);
    for limit in learned {
        table.row(vec![
            limit.route.clone(),
            limit.model.clone(),
            output::known(limit.max_output_tokens),
            output::known(limit.ceiling_parameter.map(CeilingParameter::as_str)),
            Offset::UTC.to_datetime(limit.learned_at).date().to_string(),
        ]);
    }
    output::data(table)
}

pub(super) fn to_json(learned: &[LearnedLimit]) -> Value {
    let limit = |limit: &LearnedLimit| {
        json!({
            "route": limit.route,
            "model": limit.model,
            "max_output_tokens": limit.max_output_tokens,
            "ceiling_parameter": limit.ceiling_parameter,
            "learned_at": limit.learned_at.to_string(),
        })
    };
    learned.iter().map(limit).collect()
}
