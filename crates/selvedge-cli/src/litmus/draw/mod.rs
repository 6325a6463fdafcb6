//! Pictures of executions, as text and as SVG, laid out without help from outside.

mod drawing;
mod svg;
mod text;

pub use drawing::Drawing;
pub use svg::svg;
pub use text::text;
