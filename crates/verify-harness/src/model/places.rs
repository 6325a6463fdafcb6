//! Where in the program a recorded backtrace was taken.

use std::backtrace::Backtrace;

/// Crates whose frames are not the program's.
const LIBRARIES: &[&str] = &["std::", "core::", "alloc::", "hashbrown::", "verify_harness::model::"];

/// The program's innermost place in `trace`: ` at file:line`, ` in function` where there is no debug information, or nothing.
pub(super) fn name(trace: Option<&Backtrace>) -> String {
    trace.map_or_else(String::new, |trace| find(&trace.to_string()).unwrap_or_default())
}

/// As [`name`], from the text of a backtrace: a line `number: function` a frame, and below it `at file:line:column`.
fn find(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some((number, function)) = line.split_once(": ") else { continue };
        if number.parse::<u32>().is_err() {
            continue;
        }
        let place = lines.next_if(|next| next.starts_with("at "));
        if is_of_library(function) || place.is_some_and(is_in_library) {
            continue;
        }
        let Some(place) = place else { return Some(format!(" in {function}")) };
        let place = place.trim_start_matches("at ").trim_start_matches("./");
        // Without the column.
        return Some(format!(" at {}", place.rsplit_once(':').map_or(place, |(place, _)| place)));
    }
    None
}

/// Whether a place, `at file:line:column`, is in the standard library or in the checker.
fn is_in_library(place: &str) -> bool {
    let path = place.trim_start_matches("at ");
    // Paths below the current directory are printed relative to it.
    let checker = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model");
    let is_checkers = |path: &std::path::Path| path.starts_with(&checker);
    let absolute = std::env::current_dir().map(|directory| directory.join(path.trim_start_matches("./")));
    // The standard library's source is named as where it was built, or as where it is installed, if it is.
    let is_standard = path.starts_with("/rustc/") || path.replace('\\', "/").contains("/lib/rustlib/src/rust/");
    is_standard || is_checkers(path.as_ref()) || absolute.is_ok_and(|path| is_checkers(&path))
}

fn is_of_library(function: &str) -> bool {
    // `<alloc::vec::Vec<T> as ...>::method`, and functions that the compiler makes.
    let name = function.trim_start_matches(['<', '&', '*']).trim_start_matches("dyn ");
    name.starts_with("__rust") || name.starts_with("_R") || LIBRARIES.iter().any(|library| name.starts_with(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_finds_the_innermost_frame_of_the_program() {
        let text = "   0: std::backtrace::Backtrace::create\n             at /rustc/abc/library/std/src/backtrace.rs:331:13\n   \
                    1: <verify_harness::model::heap::Heap as x>::y\n   2: __rust_alloc\n   3: <alloc::boxed::Box<T>>::new\n             \
                    at /rustc/abc/library/alloc/src/boxed.rs:1:2\n   4: mine::make\n             at ./src/mine.rs:12:9\n   5: main\n";
        assert_eq!(find(text).as_deref(), Some(" at src/mine.rs:12"));
        let installed = text
            .replace("/rustc/abc/", "/opt/toolchain/lib/rustlib/src/rust/")
            .replace("<alloc::boxed::Box<T>>::new", "new<T>");
        assert_eq!(find(&installed).as_deref(), Some(" at src/mine.rs:12"));
        assert_eq!(find("   0: std::x\n   1: mine::make\n   2: main\n").as_deref(), Some(" in mine::make"));
        assert_eq!(find("disabled backtrace"), None);
    }
}
