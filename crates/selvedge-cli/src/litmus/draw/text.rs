//! Executions as text: threads side by side, the edges below.

use std::fmt::Write as _;

use super::drawing::{Drawing, Kind, Node};

/// The drawing as text.
pub fn text(drawing: &Drawing) -> String {
    let mut text = format!("{}\n{}\n\n", drawing.title, drawing.caption);
    if !drawing.initial.is_empty() {
        let initial: Vec<&str> = drawing.initial.iter().map(|node| node.letter.as_str()).collect();
        let _ = writeln!(text, "init: {}", initial.join(", "));
    }
    let cell = |node: &Node| {
        let place = if node.place.is_empty() { String::new() } else { format!("   {}", node.place) };
        format!("{}: {}{place}", node.letter, node.label)
    };
    let columns: Vec<Vec<String>> = drawing
        .threads
        .iter()
        .enumerate()
        .map(|(number, nodes)| std::iter::once(format!("P{number}")).chain(nodes.iter().map(cell)).collect())
        .collect();
    let widths: Vec<usize> =
        columns.iter().map(|column| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    for row in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
        let cells = columns.iter().zip(&widths).map(|(column, &width)| {
            let cell = column.get(row).map_or("", String::as_str);
            format!("{cell:width$}")
        });
        let line = cells.collect::<Vec<_>>().join("    ");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text += "\n";
    let named = |event| match drawing.node(event) {
        Some(node) if drawing.initial.iter().any(|initial| initial.event == event) => format!("init {}", node.letter),
        Some(node) => node.letter.clone(),
        None => "?".to_owned(),
    };
    let mut labels: Vec<(Kind, &str)> = drawing.edges.iter().map(|edge| (edge.kind, edge.label.as_str())).collect();
    labels.sort_unstable();
    labels.dedup();
    for (kind, label) in labels {
        // Program order is what the columns show.
        let edges = drawing.edges.iter().filter(|edge| edge.kind == kind && edge.label == label && edge.label != "po");
        let pairs: Vec<String> = edges.map(|edge| format!("{} -> {}", named(edge.from), named(edge.to))).collect();
        if !pairs.is_empty() {
            let _ = writeln!(text, "{label}: {}", pairs.join(", "));
        }
    }
    let cycle: Vec<String> = drawing
        .cycle
        .iter()
        .map(|&(from, relation, to)| format!("{} -{relation}-> {}", named(from), named(to)))
        .collect();
    if !cycle.is_empty() {
        let _ = writeln!(text, "cycle: {}", cycle.join(", "));
    }
    text
}
