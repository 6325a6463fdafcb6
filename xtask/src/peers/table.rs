//! The report: what was changed, what differs on purpose, and the results by file.

use super::package::{Rewriting, Written};
use super::suite::What;
use super::verdict::Counts;

/// A line of the table of results.
pub struct Row {
    file: String,
    imports: usize,
    code: usize,
    counts: Option<Counts>,
}

impl Row {
    pub fn new(written: &Written, rewriting: &Rewriting, counts: Option<Counts>) -> Self {
        let file = format!("{} {} {}", written.suite.package, written.version, rewriting.file.label());
        Self { file, imports: rewriting.imports.len(), code: rewriting.code.len(), counts }
    }
}

/// Prints all of it to standard output.
pub fn print(written: &[Written], rows: &[Row]) {
    println!("Lines of imports that were changed:");
    for written in written {
        for rewriting in &written.files {
            let lines: Vec<_> = rewriting.imports.iter().map(usize::to_string).collect();
            println!("  {} {}: {}", written.suite.package, rewriting.file.label(), lines.join(", "));
        }
    }
    println!("\nDifferences on purpose:");
    for written in written {
        for rewriting in &written.files {
            let place = format!("{} {}", written.suite.package, rewriting.file.label());
            for change in &rewriting.code {
                println!("  {place}, line {}: {}", change.line, change.why);
                println!("    - {}\n    + {}", change.old, change.new);
            }
            for difference in written.suite.differences_in(rewriting.file) {
                match difference.what {
                    What::Fails(name) => println!("  {place}: `{name}` fails: {}", difference.why),
                    What::LeftOut(name) => println!("  {place}: `{name}` is left out: {}", difference.why),
                    What::Code(..) | What::CodeIn(..) => {}
                }
            }
        }
    }
    println!(
        "\n{:<60} {:>7} {:>5} {:>7} {:>8} {:>8} {:>8}",
        "file", "imports", "other", "passed", "differs", "left out", "ignored"
    );
    let mut total = Counts::default();
    for row in rows {
        print!("{:<60} {:>7} {:>5}", row.file, row.imports, row.code);
        if let Some(counts) = &row.counts {
            print!(" {:>7} {:>8} {:>8} {:>8}", counts.passed, counts.differing, counts.left_out, counts.ignored);
            total.passed += counts.passed;
            total.differing += counts.differing;
            total.left_out += counts.left_out;
            total.ignored += counts.ignored;
        }
        println!();
    }
    let (imports, code) =
        (rows.iter().map(|row| row.imports).sum::<usize>(), rows.iter().map(|row| row.code).sum::<usize>());
    println!(
        "{:<60} {imports:>7} {code:>5} {:>7} {:>8} {:>8} {:>8}",
        "all", total.passed, total.differing, total.left_out, total.ignored
    );
}
