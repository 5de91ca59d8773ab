//! How hard an existing file is to change, read off its text.

use crate::policy::FileComplexityNumbers;

/// The factor on the cost of modifying a file with this text: the product of its size, its imports
/// and its deepest indent, held to the policy's bounds.
pub(super) fn factor(text: &str, numbers: &FileComplexityNumbers) -> f64 {
    let mut n_lines = 0;
    let mut n_imports = 0;
    let mut deepest = 0;
    for line in text.lines() {
        let body = line.trim_start();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        n_lines += 1;
        n_imports += usize::from(line.contains("import "));
        deepest = deepest.max(indent(line, body));
    }
    let product =
        numbers.lines.at(n_lines) * numbers.imports.at(n_imports) * numbers.indent.at(deepest);
    // Not `clamp`: it panics where a policy has its bounds the wrong way round.
    product.max(numbers.smallest).min(numbers.largest)
}

/// Characters of white space before the body of a line.
fn indent(line: &str, body: &str) -> usize {
    line[..line.len() - body.len()].chars().count()
}
