//! Suggestions for names that are not bound.

/// The known name that is most like `name`, if one is.
pub(super) fn similar<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let near = known.into_iter().map(|other| (distance(name, other), other));
    let (least, other) = near.min_by_key(|&(distance, other)| (distance, other.len()))?;
    (least <= 1 + name.len() / 4).then(|| other.to_owned())
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let other: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, &same) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != same);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
