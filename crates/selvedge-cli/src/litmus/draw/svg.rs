//! Executions as SVG: a column a thread, initial writes in a row above, edges as curves with labels.

use std::collections::BTreeMap;

use svg::Document;
use svg::node::element::{Definitions, Group, Marker, Path, Rectangle, Text, Title};

use super::drawing::{Drawing, Edge, Kind, Node};

const FONT_SIZE: f64 = 13.0;
/// The width of a character of a monospaced font of that size.
const CHARACTER: f64 = 7.9;
const BOX_HEIGHT: f64 = 40.0;
const ROW: f64 = 92.0;
const GAP: f64 = 96.0;
const MARGIN: f64 = 24.0;
/// How far parallel edges bend away from the straight line.
const BEND: f64 = 26.0;
const CYCLE: &str = "#c4162a";

/// Where a node lies: its middle, and half its width.
#[derive(Clone, Copy, Debug)]
struct Spot {
    x: f64,
    y: f64,
    half: f64,
}

/// The drawing as an SVG document. The same drawing gives the same text.
pub fn svg(drawing: &Drawing) -> String {
    let layout = Layout::new(drawing);
    let mut document = Document::new()
        .set("viewBox", format!("0 0 {} {}", number(layout.width), number(layout.height)))
        .set("width", number(layout.width))
        .set("height", number(layout.height))
        .set("font-family", "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace")
        .set("font-size", number(FONT_SIZE))
        .set("role", "img")
        .add(Title::new(format!("{}: {}", drawing.title, drawing.caption)))
        .add(markers())
        .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "#ffffff"))
        .add(words(&drawing.title, MARGIN, MARGIN + 8.0, "start", "#111111").set("font-weight", "bold"))
        .add(words(&drawing.caption, MARGIN, MARGIN + 28.0, "start", "#555555"));
    let mut labels = Group::new();
    for (edge, path) in layout.paths(drawing) {
        let (color, dashes) = look(edge);
        let mut line = Path::new()
            .set("d", path.d)
            .set("fill", "none")
            .set("stroke", color)
            .set("stroke-width", if edge.in_cycle { "2.4" } else { "1.3" })
            .set("marker-end", format!("url(#{})", marker(edge)));
        if let Some(dashes) = dashes {
            line = line.set("stroke-dasharray", dashes);
        }
        document = document.add(line);
        // A halo keeps the label readable where lines cross.
        let label = words(&edge.label, path.label.0, path.label.1, "middle", color)
            .set("stroke", "#ffffff")
            .set("stroke-width", "4")
            .set("paint-order", "stroke")
            .set("font-size", "11");
        labels = labels.add(label);
    }
    for (thread, nodes) in drawing.threads.iter().enumerate() {
        let heading = words(&format!("P{thread}"), layout.columns[thread].0, layout.top - 34.0, "middle", "#111111");
        document = document.add(heading.set("font-weight", "bold"));
        for node in nodes {
            document = document.add(layout.node(node, &format!("{}: {}", node.letter, node.label)));
        }
    }
    for node in &drawing.initial {
        document = document.add(layout.node(node, &node.letter));
    }
    format!("{}\n", document.add(labels))
}

struct Layout {
    width: f64,
    height: f64,
    /// The middle of each column, and half its width.
    columns: Vec<(f64, f64)>,
    /// The middle of the first row of the threads.
    top: f64,
    spots: BTreeMap<usize, Spot>,
}

struct Curve {
    d: String,
    label: (f64, f64),
}

impl Layout {
    fn new(drawing: &Drawing) -> Self {
        let text_width = |text: &str| text.chars().count() as f64 * CHARACTER + 24.0;
        let own = |node: &Node| text_width(&format!("{}: {}", node.letter, node.label));
        let mut columns = Vec::new();
        let mut x = MARGIN + 30.0;
        for nodes in &drawing.threads {
            let width = nodes.iter().map(own).fold(60.0, f64::max);
            columns.push((x + width / 2.0, width / 2.0));
            x += width + GAP;
        }
        let initial_width: f64 = drawing.initial.iter().map(|node| text_width(&node.letter) + 24.0).sum();
        let threads_width = (x - GAP + MARGIN + 30.0).max(0.0);
        let titles = text_width(&drawing.title).max(text_width(&drawing.caption)) + 2.0 * MARGIN;
        let width = threads_width.max(initial_width + 2.0 * MARGIN).max(titles);
        // All columns move to the middle.
        let shift = (width - threads_width) / 2.0;
        for column in &mut columns {
            column.0 += shift;
        }
        let mut spots = BTreeMap::new();
        let initial_row = MARGIN + 72.0;
        let mut left = (width - initial_width) / 2.0;
        for node in &drawing.initial {
            let half = text_width(&node.letter) / 2.0;
            spots.insert(node.event, Spot { x: left + half + 12.0, y: initial_row, half });
            left += half * 2.0 + 24.0;
        }
        let top = if drawing.initial.is_empty() { MARGIN + 100.0 } else { initial_row + ROW + 34.0 };
        for (nodes, &(x, half)) in drawing.threads.iter().zip(&columns) {
            for (row, node) in nodes.iter().enumerate() {
                spots.insert(node.event, Spot { x, y: top + row as f64 * ROW, half });
            }
        }
        let rows = drawing.threads.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let height = top + (rows - 1) as f64 * ROW + BOX_HEIGHT + MARGIN;
        Self { width, height, columns, top, spots }
    }

    fn node(&self, node: &Node, label: &str) -> Group {
        let Some(&Spot { x, y, half }) = self.spots.get(&node.event) else { return Group::new() };
        let rectangle = Rectangle::new()
            .set("x", number(x - half))
            .set("y", number(y - BOX_HEIGHT / 2.0))
            .set("width", number(half * 2.0))
            .set("height", number(BOX_HEIGHT))
            .set("rx", "5")
            .set("fill", if node.place.is_empty() { "#f4f4f4" } else { "#eef4fb" })
            .set("stroke", "#8a97a6");
        let middle = if node.place.is_empty() { y + 4.5 } else { y - 2.0 };
        let mut group = Group::new().add(rectangle).add(words(label, x, middle, "middle", "#111111"));
        if !node.place.is_empty() {
            group = group.add(words(&node.place, x, y + 13.0, "middle", "#667788").set("font-size", "10"));
        }
        group
    }

    /// Each edge with its curve.
    fn paths<'d>(&self, drawing: &'d Drawing) -> Vec<(&'d Edge, Curve)> {
        // Edges between the same two nodes are spread out.
        let mut between: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut paths = Vec::new();
        for edge in &drawing.edges {
            let (Some(&from), Some(&to)) = (self.spots.get(&edge.from), self.spots.get(&edge.to)) else { continue };
            let pair = (edge.from.min(edge.to), edge.from.max(edge.to));
            let place = between.entry(pair).or_default();
            let offset = spread(*place);
            *place += 1;
            // Both directions bend to the same side of the pair, whichever way the edge goes.
            let sign = if edge.from <= edge.to { 1.0 } else { -1.0 };
            paths.push((edge, curve(from, to, offset * sign)));
        }
        paths
    }
}

/// 0, 1, -1, 2, -2, ...
fn spread(place: usize) -> f64 {
    let distance = place.div_ceil(2) as f64;
    if place % 2 == 1 { distance } else { -distance }
}

/// A curve from the border of one box to that of another, bent by `offset` times the usual distance.
fn curve(from: Spot, to: Spot, offset: f64) -> Curve {
    let same_column = (from.x - to.x).abs() < 1.0;
    let far = same_column && (from.y - to.y).abs() > ROW * 1.5;
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(1.0);
    // To the right of the direction of travel.
    let (nx, ny) = (-dy / length, dx / length);
    let bend = if far {
        // Around the boxes between.
        let side = if offset < 0.0 { -1.0 } else { 1.0 };
        side * (from.half * 2.0 + 44.0 + offset.abs() * BEND)
    } else {
        offset * BEND * if same_column { 2.2 } else { 1.6 }
    };
    let control = (f64::midpoint(from.x, to.x) + nx * bend, f64::midpoint(from.y, to.y) + ny * bend);
    let start = border(from, control);
    let end = border(to, control);
    // Away from the middle, where edges cross.
    let at = if same_column { 0.5 } else { 0.36 };
    let on = |start: f64, control: f64, end: f64| {
        let rest = 1.0 - at;
        rest * rest * start + 2.0 * rest * at * control + at * at * end
    };
    let label = (on(start.0, control.0, end.0), on(start.1, control.1, end.1) + 4.0);
    let d = format!(
        "M{},{} Q{},{} {},{}",
        number(start.0),
        number(start.1),
        number(control.0),
        number(control.1),
        number(end.0),
        number(end.1)
    );
    Curve { d, label }
}

/// Where the line from the middle of a box towards a point leaves the box.
fn border(spot: Spot, towards: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (towards.0 - spot.x, towards.1 - spot.y);
    let horizontal = if dx.abs() < 0.001 { f64::INFINITY } else { spot.half / dx.abs() };
    let vertical = if dy.abs() < 0.001 { f64::INFINITY } else { BOX_HEIGHT / 2.0 / dy.abs() };
    let scale = horizontal.min(vertical);
    if scale.is_finite() { (spot.x + dx * scale, spot.y + dy * scale) } else { (spot.x, spot.y) }
}

/// The color of an edge, and its dashes.
fn look(edge: &Edge) -> (&'static str, Option<&'static str>) {
    let (color, dashes) = match edge.kind {
        Kind::ProgramOrder => ("#444444", None),
        Kind::ReadsFrom => ("#1a7f37", None),
        Kind::Coherence => ("#8a5a00", Some("2 3")),
        Kind::FromReads => ("#6639ba", Some("6 4")),
        Kind::Atomic => ("#444444", Some("1 2")),
        Kind::Synchronizes => ("#0a5bc4", None),
        Kind::Race => (CYCLE, Some("3 3")),
        Kind::Other => ("#777777", None),
    };
    (if edge.in_cycle { CYCLE } else { color }, dashes)
}

/// The name of the arrow head of the color of the edge.
fn marker(edge: &Edge) -> String {
    format!("arrow-{}", look(edge).0.trim_start_matches('#'))
}

fn markers() -> Definitions {
    let colors = ["#444444", "#1a7f37", "#8a5a00", "#6639ba", "#0a5bc4", "#777777", CYCLE];
    colors.iter().fold(Definitions::new(), |definitions, color| {
        let head = Path::new().set("d", "M0,0 L8,4 L0,8 z").set("fill", *color);
        let marker = Marker::new()
            .set("id", format!("arrow-{}", color.trim_start_matches('#')))
            .set("viewBox", "0 0 8 8")
            .set("refX", "7")
            .set("refY", "4")
            .set("markerWidth", "8")
            .set("markerHeight", "8")
            .set("markerUnits", "userSpaceOnUse")
            .set("orient", "auto")
            .add(head);
        definitions.add(marker)
    })
}

fn words(text: &str, x: f64, y: f64, anchor: &str, color: &str) -> Text {
    Text::new(text).set("x", number(x)).set("y", number(y)).set("text-anchor", anchor).set("fill", color)
}

/// With one digit after the point, so that the text does not depend on the last bits of a computation.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
