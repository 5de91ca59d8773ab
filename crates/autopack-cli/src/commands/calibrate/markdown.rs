//! Pieces of reports in Markdown.

pub(super) fn section(lines: &mut Vec<String>, title: &str, body: &[String]) {
    lines.extend([format!("## {title}"), String::new()]);
    lines.extend(body.iter().cloned());
    lines.push(String::new());
}

pub(super) fn bullets(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| format!("- {line}")).collect()
}

pub(super) fn table(heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let rule = heading.iter().enumerate().map(|(column, _)| match column {
        0 => "---",
        _ => "--:",
    });
    let mut lines = vec![
        format!("| {} |", heading.join(" | ")),
        format!("|{}|", rule.collect::<Vec<_>>().join("|")),
    ];
    lines.extend(rows.map(|cells| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |", cells.join(" | "))
    }));
    lines
}

/// A text on one line that ends no cell and begins no markup: categories are free text.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '|' | '\\' | '*' | '`' | '[' | ']' | '<' | '>' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_breaks_no_table() {
        assert_eq!(escaped("a|b\n<c>*"), "a\\|b \\<c\\>\\*");
        assert_eq!(escaped("doc_synthesis/low"), "doc_synthesis/low");
        let rows = [vec!["x|y".to_owned(), "1".to_owned()]];
        assert_eq!(
            table(&["group", "samples"], rows.into_iter()),
            ["| group | samples |", "|---|--:|", "| x\\|y | 1 |"]
        );
    }
}
