//! `KEY=VALUE`: one number of a policy given anew, as a command line says it.

use std::str::FromStr;

use serde::Serialize;
use toml::{Table, Value};

use super::keys::{all_keys, dotted, is_about_calls, near};
use super::{Policy, PolicyError};

/// A key and the value it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    path: Vec<String>,
    value: Value,
}

/// A text that is no `KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is no KEY=VALUE: write one key of a policy and its value, such as `base.docs.low=3584`"
)]
pub struct BadAssignment {
    found: String,
}

impl FromStr for Assignment {
    type Err = BadAssignment;

    /// Reads what TOML reads: dotted keys, and values as a policy file has them. Whether there is such
    /// a key, and what it may hold, is found out by [`Policy::amended`].
    fn from_str(text: &str) -> Result<Self, BadAssignment> {
        let bad = || BadAssignment {
            found: text.to_owned(),
        };
        let document: Table = text.parse().map_err(|_| bad())?;
        let [(path, value)] = <[_; 1]>::try_from(all_keys(&document)).map_err(|_| bad())?;
        Ok(Self {
            path: path.into_iter().map(str::to_owned).collect(),
            value: value.clone(),
        })
    }
}

/// What speaks for a policy that was made by hand: that somebody wanted it, and from which one.
#[derive(Debug, Serialize)]
struct ByHand<'a> {
    method: &'static str,
    parent: &'a str,
    changes: Vec<ChangeByHand>,
}

#[derive(Debug, Serialize)]
struct ChangeByHand {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    after: Option<Value>,
}

impl Policy {
    /// The version that has these keys given anew and is this policy otherwise, with what was changed as
    /// its evidence. Of two assignments of one key the later counts.
    ///
    /// # Errors
    /// [`PolicyError`] names the first key that no policy has, with those that are near, or that may not
    /// hold its value, or says that nothing would change.
    pub fn amended(&self, assignments: &[Assignment]) -> Result<Self, PolicyError> {
        let mut draft = self.draft(self.name());
        for Assignment { path, value } in assignments {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            if !is_about_calls(&path) {
                return Err(PolicyError::NoNumber { key: dotted(&path) });
            }
            draft = draft.set(&path, value.clone())?;
        }
        let after = draft.clone().finish();
        let changes: Vec<ChangeByHand> = self
            .differences(&after.map_err(|error| self.half_row(error))?)
            .into_iter()
            .map(|difference| ChangeByHand {
                key: difference.key,
                before: difference.before,
                after: difference.after,
            })
            .collect();
        if changes.is_empty() {
            return Err(PolicyError::Unchanged {
                name: self.name().to_owned(),
            });
        }
        let keys: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
        let source = format!("`{}` with another {}", self.name(), keys.join(", "));
        let evidence = ByHand {
            method: "by hand",
            parent: self.name(),
            changes,
        };
        let draft = draft.set(&["source"], source)?;
        Ok(draft.with_evidence(&evidence)?.finish()?.versioned())
    }

    /// A key that is missing after a change stands in a row that was begun by it, maybe by a slip.
    fn half_row(&self, error: PolicyError) -> PolicyError {
        match error {
            PolicyError::Missing { key, allowed } => PolicyError::HalfRow {
                near: near(&key, &self.document),
                key,
                allowed,
            },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::{Category, Complexity};
    use crate::tokens::Tokens;

    fn amended(assignments: &[&str]) -> Result<Policy, String> {
        let assignments: Vec<Assignment> = assignments
            .iter()
            .map(|text| text.parse().expect(text))
            .collect();
        let amended = Policy::build_142().amended(&assignments);
        amended.map_err(|error| error.to_string())
    }

    #[test]
    fn keys_are_given_anew_and_the_change_is_the_evidence() {
        let policy = amended(&["base.docs.low=3584", "buffer.default = 1.3"]).expect("a policy");
        let low = policy.numbers().base.of(&Category::Docs, Complexity::Low);
        assert_eq!(low, Tokens::new(3584));
        assert!(policy.name().starts_with("build-142+"), "{}", policy.name());
        assert_eq!(policy.versioned().name(), policy.name());
        let evidence = policy.evidence().expect("evidence").to_string();
        assert_eq!(
            evidence,
            "method = \"by hand\"\nparent = \"build-142\"\n\n\
             [[changes]]\nkey = \"base.docs.low\"\nbefore = 4096\nafter = 3584\n\n\
             [[changes]]\nkey = \"buffer.default\"\nbefore = 1.2\nafter = 1.3\n"
        );
        let text = policy.to_toml();
        assert!(
            text.contains("source = \"`build-142` with another base.docs.low, buffer.default\"")
        );
        let same = amended(&[
            "buffer.default=1.3",
            "base.docs.low=1",
            "base.docs.low=3584",
        ]);
        assert_eq!(same.expect("a policy").name(), policy.name());
    }

    #[test]
    fn values_are_those_of_policy_files() {
        let categories = "buffer.high_complexity_categories=[\"integration\"]";
        let steps = "estimate.sot_update.context={ below = [3], values = [3000, 1500] }";
        for assignment in [
            categories,
            steps,
            "floor.keep_intended_docs_budget=false",
            "estimate.multiplier.\"v1.2\".low=0.5",
        ] {
            let policy = amended(&[assignment]).expect(assignment);
            assert_eq!(Policy::build_142().differences(&policy).len(), 1);
        }
        let row = [
            "base.api.low=1000",
            "base.api.medium=2000",
            "base.api.high=3000",
        ];
        assert!(amended(&row).is_ok());
    }

    #[test]
    fn what_cannot_be_given_is_told_with_what_is_near() {
        for (assignment, expected) in [
            (
                "base.doc.low=3584",
                "policy key `base.doc.medium` is missing beside the new ones: give it a whole number of tokens from 1 to 1048576 too: did you mean `base.docs.medium`, `base.universal.medium` or `base.tests.medium`?",
            ),
            (
                "buffer.defualt=1.3",
                "unknown policy key `buffer.defualt`: did you mean `buffer.default`?",
            ),
            ("colour=1", "unknown policy key `colour`"),
            (
                "base.docs.low=-1",
                "policy key `base.docs.low` is `-1`: allowed is a whole number of tokens from 1 to 1048576",
            ),
            (
                "base.api.low=1000",
                "policy key `base.api.medium` is missing beside the new ones: give it a whole number of tokens from 1 to 1048576 too: did you mean",
            ),
            (
                "name=\"mine\"",
                "policy key `name` says nothing of calls: allowed are the numbers that decide, such as `base.docs.low`",
            ),
            (
                "base.docs.low=4096",
                "nothing would change in `build-142`: give a key another value",
            ),
        ] {
            let error = amended(&[assignment]).expect_err(assignment);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn anything_but_one_key_and_its_value_is_refused() {
        for text in [
            "",
            "base.docs.low",
            "=3584",
            "base.docs.low=",
            "a=1\nb=2",
            "base.docs.low=abc",
        ] {
            let error = text.parse::<Assignment>().expect_err(text).to_string();
            assert!(
                error.starts_with(&format!("`{text}` is no KEY=VALUE")),
                "{error}"
            );
        }
    }
}
