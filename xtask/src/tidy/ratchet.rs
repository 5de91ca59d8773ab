//! Limits on size, with a list of what is already over them.
//!
//! The list may only shrink: an entry that grew is a finding, and so is one that became smaller
//! until the list says so. Nothing here adds an entry; who needs one writes it by hand, where a
//! reviewer sees it.

use std::collections::BTreeMap;

use anyhow::bail;

use super::sizes::Sizes;

pub(super) const PATH: &str = "xtask/ratchet.toml";

const HEADER: &str = "\
# Files and functions over the limits of `cargo xtask tidy`, with their lines today.
# `cargo xtask tidy --update-ratchet` lowers and removes entries; it never adds or raises one.
";

/// Lines of a file before its tests: about what one reader keeps in mind.
const FILES: Rule = Rule {
    noun: "file",
    limit: 350,
    cure: "split it by the nouns it holds",
};

/// Lines of a function, signature included: about one screen.
const FUNCTIONS: Rule = Rule {
    noun: "function",
    limit: 70,
    cure: "give its steps names and functions of their own",
};

type Lines = BTreeMap<String, usize>;

/// What may stay over its limit, and how far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ratchet {
    files: Lines,
    functions: Lines,
}

impl Ratchet {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut ratchet = Self::default();
        for (name, lines) in toml::from_str::<BTreeMap<String, Lines>>(text)? {
            match name.as_str() {
                "files" => ratchet.files = lines,
                "functions" => ratchet.functions = lines,
                _ => bail!("unknown table `{name}`: allowed are `files` and `functions`"),
            }
        }
        Ok(ratchet)
    }

    pub(super) fn render(&self) -> anyhow::Result<String> {
        let tables = BTreeMap::from([("files", &self.files), ("functions", &self.functions)]);
        Ok(format!("{HEADER}\n{}", toml::to_string(&tables)?))
    }

    /// The same list with what became smaller lowered, and what is within its limit gone.
    pub(super) fn lowered(&self, sizes: &Sizes) -> Self {
        Self {
            files: FILES.lowered(&self.files, &sizes.files),
            functions: FUNCTIONS.lowered(&self.functions, &sizes.functions),
        }
    }

    pub(super) fn check(&self, sizes: &Sizes) -> Vec<String> {
        let mut findings = FILES.check(&self.files, &sizes.files);
        findings.extend(FUNCTIONS.check(&self.functions, &sizes.functions));
        findings
    }
}

struct Rule {
    noun: &'static str,
    limit: usize,
    /// What to do with something over the limit.
    cure: &'static str,
}

impl Rule {
    fn check(&self, listed: &Lines, sizes: &Lines) -> Vec<String> {
        let Self { noun, limit, cure } = self;
        let mut findings = Vec::new();
        for (name, &size) in sizes.iter().filter(|(_, size)| *size > limit) {
            match listed.get(name) {
                None => findings.push(format!(
                    "{noun} `{name}` has {size} lines, the limit is {limit}: {cure}"
                )),
                Some(&before) if size > before => findings.push(format!(
                    "{noun} `{name}` grew from {before} to {size} lines, and what is on the list \
                     in {PATH} may only shrink: {cure}"
                )),
                Some(_) => {}
            }
        }
        let lowered = self.lowered(listed, sizes);
        for (name, before) in listed
            .iter()
            .filter(|(name, n)| lowered.get(*name) != Some(*n))
        {
            let now = sizes
                .get(name)
                .map_or("is gone".to_owned(), |size| format!("has {size}"));
            findings.push(format!(
                "{noun} `{name}` is listed with {before} lines in {PATH} and {now}: run `cargo \
                 xtask tidy --update-ratchet`"
            ));
        }
        findings
    }

    fn lowered(&self, listed: &Lines, sizes: &Lines) -> Lines {
        let over = |name: &String| sizes.get(name).copied().filter(|&size| size > self.limit);
        listed
            .iter()
            .filter_map(|(name, &before)| Some((name.clone(), before.min(over(name)?))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(entries: &[(&str, usize)]) -> Lines {
        entries
            .iter()
            .map(|&(name, n)| (name.to_owned(), n))
            .collect()
    }

    fn functions(listed: &[(&str, usize)], sizes: &[(&str, usize)]) -> Vec<String> {
        let ratchet = Ratchet {
            functions: lines(listed),
            ..Ratchet::default()
        };
        ratchet.check(&Sizes {
            functions: lines(sizes),
            ..Sizes::default()
        })
    }

    #[test]
    fn what_is_within_its_limit_or_as_listed_passes() {
        assert_eq!(functions(&[("b", 71)], &[("a", 70), ("b", 71)]), [""; 0]);
    }

    #[test]
    fn something_new_over_its_limit_is_found() {
        assert_eq!(
            functions(&[], &[("a", 71)]),
            [
                "function `a` has 71 lines, the limit is 70: give its steps names and functions of \
                 their own"
            ]
        );
        let sizes = Sizes {
            files: lines(&[("a.rs", 350), ("b.rs", 351)]),
            ..Sizes::default()
        };
        assert_eq!(
            Ratchet::default().check(&sizes),
            ["file `b.rs` has 351 lines, the limit is 350: split it by the nouns it holds"]
        );
    }

    #[test]
    fn a_listed_one_that_grew_is_found() {
        let found = functions(&[("a", 80)], &[("a", 81)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("function `a` grew from 80 to 81 lines"));
    }

    #[test]
    fn a_list_that_lags_behind_is_found() {
        for (sizes, now) in [
            (&[("a", 79)][..], "has 79"),
            (&[("a", 70)], "has 70"),
            (&[], "is gone"),
        ] {
            let found = functions(&[("a", 80)], sizes);
            assert_eq!(
                found,
                [format!(
                    "function `a` is listed with 80 lines in xtask/ratchet.toml and {now}: run \
                     `cargo xtask tidy --update-ratchet`"
                )]
            );
        }
    }

    #[test]
    fn an_entry_within_the_limit_is_of_no_use() {
        assert_eq!(functions(&[("a", 60)], &[("a", 60)]).len(), 1);
    }

    #[test]
    fn lowering_never_adds_or_raises() {
        let listed = [("grew", 80), ("shrank", 90), ("well", 75), ("gone", 99)];
        let sizes = [("grew", 85), ("shrank", 80), ("well", 70), ("new", 100)];
        let ratchet = Ratchet {
            functions: lines(&listed),
            ..Ratchet::default()
        };
        let sizes = Sizes {
            functions: lines(&sizes),
            ..Sizes::default()
        };
        let lowered = ratchet.lowered(&sizes);
        assert_eq!(lowered.functions, lines(&[("grew", 80), ("shrank", 80)]));

        let left = lowered.check(&sizes);
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left[0].contains("`grew` grew from 80 to 85"));
        assert!(left[1].contains("`new` has 100 lines"));
    }

    #[test]
    fn a_rendered_list_reads_back_the_same() {
        let ratchet = Ratchet {
            files: lines(&[("crates/a/src/b.rs", 400)]),
            functions: lines(&[("a.rs::<X<'_> as From<\"\\\">>::from", 80)]),
        };
        assert_eq!(Ratchet::parse(&ratchet.render().unwrap()).unwrap(), ratchet);
        let empty = Ratchet::default();
        assert_eq!(Ratchet::parse(&empty.render().unwrap()).unwrap(), empty);
    }

    #[test]
    fn an_unknown_table_is_an_error() {
        let error = Ratchet::parse("[modules]\na = 1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown table `modules`: allowed are `files` and `functions`"
        );
    }
}
