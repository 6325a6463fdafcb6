//! The tables of one benchmark file as Markdown, and their place in the book.

use std::fmt::Write as _;
use std::fs;

use super::goals;
use super::results::{Group, medians};
use crate::{Outcome, cargo};

/// What the project's own contenders are called, or begin with.
const OURS: [&str; 17] = [
    "AtomicBox",
    "AtomicRc",
    "BoundedQueue",
    "BoundedStack",
    "ConcurrentCache",
    "LockFree",
    "PriorityQueue",
    "RelaxedPriorityQueue",
    "ScqQueue",
    "SeqLock",
    "Spsc",
    "Worker",
    "async-effects",
    "memory-model",
    "selvedge",
    "spin::",
    "verify-harness",
];

/// Whether a contender is the project's own.
pub fn is_ours(contender: &str) -> bool {
    OURS.iter().any(|name| contender.starts_with(name))
}

/// Whether a row is no contender, but what the machine takes for the operations that cannot be done without.
pub fn is_floor(contender: &str) -> bool {
    ["floor", "two read-modify-writes", "bare", "by hand"].iter().any(|name| contender.starts_with(name))
}

/// The goals that are set for what was measured, in one or more launches, and a table for each group.
pub fn section(topic: &str, launches: &[Vec<Group>]) -> String {
    let mut out = format!("## {topic}\n");
    if launches.len() > 1 {
        let _ = writeln!(
            out,
            "\nMedians of {} launches; ratios in brackets are the least and the greatest.",
            launches.len()
        );
    }
    let verdicts = goals::judge(launches);
    if !verdicts.is_empty() {
        out.push_str("\n| goal | times as fast, at least | reached | |\n|---|---:|---:|---|\n");
        for verdict in verdicts {
            let word = if verdict.holds() { "holds" } else { "**not reached**" };
            let range = match verdict.range {
                (least, most) if launches.len() > 1 => format!(" ({least:.2} to {most:.2})"),
                _ => String::new(),
            };
            let _ = writeln!(
                out,
                "| {} | {:.2} | {:.2}{range} | {word} |",
                verdict.goal.what, verdict.goal.least, verdict.reached
            );
        }
    }
    for group in &medians(launches) {
        out.push_str(&table(group));
    }
    out
}

/// Ours first, then the peers, the fastest first, then the floors.
fn table(group: &Group) -> String {
    let variants: Vec<&str> = group.variants.keys().map(String::as_str).collect();
    let time = |contender: &str, variant: &str| group.variants[variant].get(contender).copied();
    let mut rows = group.contenders();
    let first = |contender: &str| variants.iter().find_map(|variant| time(contender, variant)).unwrap_or(f64::MAX);
    rows.sort_by(|a, b| {
        let class = |contender| (is_floor(contender), !is_ours(contender));
        class(a).cmp(&class(b)).then(first(a).total_cmp(&first(b)))
    });
    let headings: Vec<&str> = variants.iter().map(|variant| if variant.is_empty() { "ns" } else { variant }).collect();
    let mut out = format!("\n| {} | {} |\n|---|{}\n", group.name, headings.join(" | "), "---:|".repeat(headings.len()));
    for contender in rows {
        let cells = variants.iter().map(|variant| match time(contender, variant) {
            None => String::new(),
            Some(own) if is_ours(contender) => match best_peer(group, variant) {
                Some(best) => format!("{} ({:.2}×)", rounded(own), best / own),
                None => rounded(own),
            },
            Some(other) => rounded(other),
        });
        let name = if is_ours(contender) { format!("**{contender}**") } else { contender.to_owned() };
        let _ = writeln!(out, "| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    out
}

/// The time of the fastest peer.
fn best_peer(group: &Group, variant: &str) -> Option<f64> {
    let times = group.variants.get(variant)?;
    times
        .iter()
        .filter(|(contender, _)| !is_ours(contender) && !is_floor(contender))
        .map(|(_, time)| *time)
        .min_by(f64::total_cmp)
}

/// Nanoseconds with three digits that count.
fn rounded(nanoseconds: f64) -> String {
    let digits = if nanoseconds < 10.0 {
        2
    } else if nanoseconds < 100.0 {
        1
    } else {
        0
    };
    format!("{nanoseconds:.digits$}")
}

/// Puts `section` in the place that the book has for it.
///
/// # Errors
///
/// If the page cannot be read or written, or has no such place.
pub fn insert(topic: &str, section: &str) -> Outcome {
    let page = cargo::root().join("docs/src/benchmarks.md");
    let text = fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
    let text = replaced(&text, topic, section)
        .ok_or_else(|| format!("{}: no `<!-- topic: {topic} -->` with an end after it", page.display()))?;
    Ok(fs::write(&page, text)?)
}

fn replaced(text: &str, topic: &str, section: &str) -> Option<String> {
    let mark = format!("<!-- topic: {topic} -->\n");
    let begin = text.find(&mark)? + mark.len();
    let end = begin + text[begin..].find("<!-- end of topic -->")?;
    Some(format!("{}{section}{}", &text[..begin], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::group;
    use super::*;

    #[test]
    fn table_puts_ours_first_and_floors_last() {
        let group = group(
            "queue pairs",
            &[
                ("floor: fetch_add/1T", 1, 5.0),
                ("kanal/1T", 1, 10.0),
                ("std/1T", 1, 30.0),
                ("LockFreeQueue/1T", 1, 8.0),
            ],
        );
        let text = table(&group);
        let rows: Vec<&str> = text.trim().lines().collect();
        assert_eq!(rows[0], "| queue pairs | 1T |");
        assert_eq!(rows[2], "| **LockFreeQueue** | 8.00 (1.25×) |");
        assert!(
            rows[3].starts_with("| kanal") && rows[4].starts_with("| std") && rows[5].starts_with("| floor"),
            "{text}"
        );
    }

    #[test]
    fn replaced_changes_one_topic_only() {
        let page = "a\n<!-- topic: x -->\nold\n<!-- end of topic -->\n<!-- topic: y -->\n<!-- end of topic -->\n";
        let changed = replaced(page, "x", "new\n").unwrap();
        assert_eq!(changed, page.replace("old", "new"));
        assert!(replaced(page, "z", "").is_none());
    }
}
