//! The evidence table: reading the records that checks wrote, and showing them as text, Markdown and JSON.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Tier;

/// One row, as `verify_harness::evidence` writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub structure: String,
    pub property: String,
    pub tool: String,
    pub bound: String,
    pub explored: u64,
    pub unit: String,
    pub verdict: Verdict,
    pub detail: String,
    pub seconds: f64,
}

/// "Incomplete" is not a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Holds,
    Fails,
    Incomplete,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "FAILS",
            Self::Incomplete => "incomplete",
        }
    }
}

/// Reads one record a line.
pub fn read(file: &Path) -> Result<Vec<Record>, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let mut records = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let record = serde_json::from_str(line)
            .map_err(|error| format!("{}:{}: not an evidence record: {error}", file.display(), number + 1))?;
        records.push(record);
    }
    records.sort_by(|a: &Record, b: &Record| (&a.structure, &a.property).cmp(&(&b.structure, &b.property)));
    Ok(records)
}

const HEADINGS: [&str; 6] = ["structure", "property", "tool", "explored", "verdict", "seconds"];

fn cells(record: &Record) -> [String; 6] {
    let property = if record.bound.is_empty() {
        record.property.clone()
    } else {
        format!("{} [{}]", record.property, record.bound)
    };
    let verdict = if record.detail.is_empty() {
        record.verdict.as_str().to_owned()
    } else {
        format!("{}: {}", record.verdict.as_str(), first_line(&record.detail))
    };
    [
        record.structure.clone(),
        property,
        record.tool.clone(),
        format!("{} {}", grouped(record.explored), record.unit),
        verdict,
        format!("{:.2}", record.seconds),
    ]
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(80).collect()
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// At most this many characters of a cell are shown as text; the Markdown table and the JSON have all of them.
const WIDEST: usize = 76;

fn shortened(cell: String) -> String {
    if cell.chars().count() <= WIDEST {
        return cell;
    }
    cell.chars().take(WIDEST - 3).chain("...".chars()).collect()
}

/// The table as aligned text.
pub fn table(records: &[Record]) -> String {
    let rows: Vec<[String; 6]> = records.iter().map(|record| cells(record).map(shortened)).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    let mut line = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(padded.join("  ").trim_end());
        out.push('\n');
    };
    line(&HEADINGS.map(str::to_owned));
    line(&widths.map(|width| "-".repeat(width)));
    for row in &rows {
        line(row);
    }
    out
}

/// The table as Markdown, with the summary above it.
pub fn markdown(records: &[Record], summary: &str) -> String {
    let mut out = format!("# Evidence\n\n{summary}\n\n| {} |\n|{}\n", HEADINGS.join(" | "), "---|".repeat(6));
    for record in records {
        let row = cells(record).map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out
}

/// Everything as one JSON object.
pub fn json(records: &[Record], tier: Tier, elapsed: Duration) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&serde_json::json!({
        "tier": tier.as_str(),
        "seconds": elapsed.as_secs_f64(),
        "records": records,
    }))
}

/// One sentence of totals.
pub fn summary(records: &[Record], tier: Tier, elapsed: Duration) -> String {
    let of = |verdict| records.iter().filter(|record| record.verdict == verdict).count();
    format!(
        "{} checks at the {} tier in {:.1} s: {} hold, {} fail, {} incomplete",
        records.len(),
        tier.as_str(),
        elapsed.as_secs_f64(),
        of(Verdict::Holds),
        of(Verdict::Fails),
        of(Verdict::Incomplete),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(verdict: Verdict) -> Record {
        Record {
            structure: "Queue".into(),
            property: "keeps order".into(),
            tool: "loom".into(),
            bound: "2 threads".into(),
            explored: 1_234_567,
            unit: "executions".into(),
            verdict,
            detail: String::new(),
            seconds: 0.5,
        }
    }

    #[test]
    fn record_survives_its_json() {
        let line = serde_json::to_string(&record(Verdict::Incomplete)).unwrap();
        assert!(line.contains("\"verdict\":\"incomplete\""), "{line}");
        let back: Record = serde_json::from_str(&line).unwrap();
        assert_eq!(back.verdict, Verdict::Incomplete);
    }

    #[test]
    fn table_shows_failures_loudly() {
        let text = table(&[record(Verdict::Holds), record(Verdict::Fails)]);
        assert!(text.contains("1,234,567 executions"), "{text}");
        assert!(text.contains("FAILS"), "{text}");
    }

    #[test]
    fn summary_counts_each_verdict() {
        let records = [record(Verdict::Holds), record(Verdict::Incomplete)];
        let text = summary(&records, Tier::Quick, Duration::from_secs(1));
        assert!(text.contains("1 hold, 0 fail, 1 incomplete"), "{text}");
    }
}
