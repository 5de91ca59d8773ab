//! How a calibration ends, whatever it was learned by: printed, written, adopted, or with the reason why not.

use jiff::Timestamp;
use serde::Serialize;

use super::adopt::Adopted;
use super::files;
use crate::args::CalibrateArgs;
use crate::exit::{Exit, Failure};
use crate::output;

/// What there is to tell.
pub(super) struct Telling<'a, D> {
    pub(super) args: &'a CalibrateArgs,
    pub(super) generated_at: Timestamp,
    /// Whether there is a group to show.
    pub(super) is_figured: bool,
    pub(super) document: D,
    /// What has become of the proposal.
    pub(super) adopted: Option<&'a Adopted>,
    /// Why nothing would change, where nothing would.
    pub(super) why_nothing: Option<String>,
}

impl<D: Serialize> Telling<'_, D> {
    /// Prints and writes what was learned. Where nothing would change, or what should have been adopted
    /// was not, the answer is no.
    pub(super) fn tell(
        self,
        print: impl FnOnce() -> Result<(), Failure>,
        report: impl FnOnce() -> String,
    ) -> Result<Exit, Failure> {
        if self.args.json {
            output::json(&self.document)?;
        } else if self.is_figured {
            print()?;
        }
        let folder = self.args.output_dir.as_deref();
        if let Some(folder) = folder.filter(|_| self.is_figured) {
            let written = files::write(folder, self.generated_at, &report(), &self.document)?;
            for path in written {
                output::say(format_args!("written: {}", path.display()));
            }
        }
        if let Some(adopted) = self.adopted.filter(|_| !self.args.json) {
            adopted.tell()?;
        }
        match self.why_nothing {
            Some(reason) => output::say(reason),
            None if self.args.is_adopted() && self.adopted.is_none() => {}
            None => return Ok(Exit::Done),
        }
        Ok(Exit::No)
    }
}
