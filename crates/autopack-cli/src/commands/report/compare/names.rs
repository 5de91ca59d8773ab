//! The policies that `--compare` names.

use std::path::Path;

use autopack_core::Policy;

use crate::exit::{Failure, usage};
use crate::settings;

/// The names under which telemetry has the policies. Each is named as for `--policy`, by the name of
/// an embedded one or by a file, or as telemetry has it: its file may be long gone.
pub(in super::super) fn resolve(given: &[String]) -> Result<[String; 2], Failure> {
    let [before, after] = given else {
        return usage("--compare takes two policies");
    };
    let names = [name(before)?, name(after)?];
    if names[0] == names[1] {
        return usage(format_args!(
            "--compare: `{before}` and `{after}` are both the policy `{}`: name two that differ",
            names[0]
        ));
    }
    Ok(names)
}

fn name(named: &str) -> Result<String, Failure> {
    let is_file = Policy::embedded(named).is_none() && Path::new(named).is_file();
    if is_file {
        Ok(settings::read_policy(named)?.name().to_owned())
    } else {
        Ok(named.to_owned())
    }
}
