//! Lengths drawn from recorded calls: a CSV table with a header.

use autopack_core::Tokens;

use crate::scenario::MAX_SCRIPTED_TOKENS;

/// The column of the lengths, in output tokens.
const LENGTH: &str = "actual_output_tokens";

/// The column that rows can be chosen by.
const CATEGORY: &str = "category";

/// The lengths of recorded calls; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lengths(Vec<Tokens>);

/// A table that no length can be drawn from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTable {
    #[error("it is not a CSV table: {message}")]
    Csv { message: String },
    #[error("it has no column `{name}`")]
    NoColumn { name: &'static str },
    #[error(
        "line {line} has `{found}` as `actual_output_tokens`: allowed is a number of tokens from 0 to 10485760, or nothing"
    )]
    BadLength { line: u64, found: String },
    #[error("it has no length{}", in_category(.category.as_deref()))]
    Empty { category: Option<String> },
}

fn in_category(category: Option<&str>) -> String {
    category.map_or_else(String::new, |category| format!(" in category `{category}`"))
}

impl From<csv::Error> for BadTable {
    fn from(error: csv::Error) -> Self {
        let message = error.to_string();
        Self::Csv { message }
    }
}

impl Lengths {
    /// Reads a table. With a `category`, only its rows count; rows without a length never do.
    pub(crate) fn parse(table: &str, category: Option<&str>) -> Result<Self, BadTable> {
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let header = reader.headers()?.clone();
        let place = |name| {
            let place = header.iter().position(|column| column == name);
            place.ok_or(BadTable::NoColumn { name })
        };
        let length_at = place(LENGTH)?;
        let category_at = category.map(|_| place(CATEGORY)).transpose()?;
        let mut lengths = Vec::new();
        for row in reader.records() {
            let row = row?;
            if category_at.and_then(|at| row.get(at)) != category {
                continue;
            }
            match row.get(length_at).unwrap_or_default() {
                "" => {}
                written => lengths.push(tokens(written).ok_or_else(|| BadTable::BadLength {
                    line: row.position().map_or(0, csv::Position::line),
                    found: written.to_owned(),
                })?),
            }
        }
        if lengths.is_empty() {
            let category = category.map(str::to_owned);
            return Err(BadTable::Empty { category });
        }
        Ok(Self(lengths))
    }

    /// The length that `hash` draws: each as likely as it is frequent.
    pub(crate) fn draw(&self, hash: u64) -> Tokens {
        let Self(lengths) = self;
        // The top half of the product is even over the places to within one in 2^64 draws.
        let place = (u128::from(hash) * lengths.len() as u128) >> u64::BITS;
        // Below the number of lengths, since the hash is below 2^64.
        lengths[usize::try_from(place).unwrap_or_default()]
    }
}

fn tokens(written: &str) -> Option<Tokens> {
    let count = Tokens::new(written.trim().parse().ok()?);
    (count <= MAX_SCRIPTED_TOKENS).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Fingerprint;

    const TABLE: &str = "\
row_id,category,actual_output_tokens,stop_reason
1,docs,100,end_turn
2,tests,200,\"odd, but\nquoted\"
3,docs,,
4,docs,300,max_tokens
";

    fn parse(table: &str, category: Option<&str>) -> Result<Vec<u64>, String> {
        let lengths = Lengths::parse(table, category).map_err(|error| error.to_string())?;
        Ok(lengths.0.into_iter().map(Tokens::get).collect())
    }

    #[test]
    fn lengths_are_read_by_category() {
        assert_eq!(parse(TABLE, None), Ok(vec![100, 200, 300]));
        assert_eq!(parse(TABLE, Some("docs")), Ok(vec![100, 300]));
    }

    #[test]
    fn a_bad_table_says_where() {
        for (table, category, expected) in [
            ("", None, "it has no column `actual_output_tokens`"),
            (
                "a,b\n1,2\n",
                None,
                "it has no column `actual_output_tokens`",
            ),
            (
                "actual_output_tokens\n1\n",
                Some("docs"),
                "it has no column `category`",
            ),
            (TABLE, Some("poems"), "it has no length in category `poems`"),
            ("actual_output_tokens\n", None, "it has no length"),
            (
                "actual_output_tokens\n5\n-1\n",
                None,
                "line 3 has `-1` as `actual_output_tokens`: allowed is a number of tokens from 0 \
                 to 10485760, or nothing",
            ),
            (
                "actual_output_tokens\n10485761\n",
                None,
                "line 2 has `10485761` as `actual_output_tokens`: allowed is a number of tokens \
                 from 0 to 10485760, or nothing",
            ),
        ] {
            assert_eq!(parse(table, category), Err(expected.to_owned()));
        }
        let ragged = parse("a,actual_output_tokens\n1\n", None).unwrap_err();
        assert!(ragged.starts_with("it is not a CSV table: "), "{ragged}");
    }

    #[test]
    fn draws_are_even() {
        let lengths = Lengths::parse(TABLE, None).unwrap();
        let mut counts = [0; 3];
        for seed in 0..3000 {
            let drawn = lengths.draw(Fingerprint::new(seed).finish()).get() / 100 - 1;
            counts[usize::try_from(drawn).unwrap()] += 1;
        }
        assert!(counts.iter().all(|n| (900..1100).contains(n)), "{counts:?}");
        assert_eq!(lengths.draw(0), Tokens::new(100));
        assert_eq!(lengths.draw(u64::MAX), Tokens::new(300));
    }
}
