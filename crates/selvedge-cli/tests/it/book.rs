//! The chapter of the book that shows the command: what it prints and draws is what the book says.
//!
//! `SELVEDGE_BLESS=1 cargo test -p selvedge-cli book` writes the output and the pictures into the book.

use std::path::{Path, PathBuf};

use crate::run::{Files, selvedge};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

/// The example of the module documentation, as the chapter shows it.
fn example() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../memory-model/src/machine/mod.rs");
    let source = std::fs::read_to_string(file).expect("readable");
    let lines = source.lines().map(|line| line.strip_prefix("//! ").or(line.strip_prefix("//!")).unwrap_or("```"));
    let block = lines.skip_while(|line| *line != "```").skip(1).take_while(|line| *line != "```");
    block.map(|line| format!("{line}\n")).collect()
}

/// The chapter with the output of its commands in the place of what stands there.
fn refreshed(chapter: &str, files: &Files) -> String {
    let mut text = String::new();
    let mut lines = chapter.lines();
    while let Some(line) = lines.next() {
        text += &format!("{line}\n");
        if line == "```rust,ignore" {
            text += &example();
        } else if let Some(command) = line.strip_prefix("$ selvedge ") {
            let arguments: Vec<&str> = command.split(' ').collect();
            let ran = selvedge(files, &arguments, "");
            assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{command}");
            text += &ran.stdout;
        } else {
            continue;
        }
        for line in lines.by_ref() {
            if line == "```" {
                text += "```\n";
                break;
            }
        }
    }
    text
}

#[test]
fn book_shows_what_the_command_does() {
    let folder = book().join("litmus");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no book beside the crate");
        return;
    };
    let names: Vec<String> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    let tests: Vec<(String, String)> = names
        .iter()
        .filter(|name| name.ends_with(".litmus"))
        .map(|name| (name.clone(), std::fs::read_to_string(folder.join(name)).expect("readable")))
        .collect();
    let tests: Vec<(&str, &str)> = tests.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let files = Files::new("book", &tests);
    let file = book().join("memory-model-by-example.md");
    let chapter = std::fs::read_to_string(&file).expect("readable");
    let wanted = refreshed(&chapter, &files);
    let bless = std::env::var_os("SELVEDGE_BLESS").is_some();
    if bless {
        std::fs::write(&file, &wanted).expect("writable");
    } else {
        assert!(chapter == wanted, "the chapter is out of date; SELVEDGE_BLESS=1 rewrites it:\n{wanted}");
    }
    let drawn = std::fs::read_dir(&files.0).expect("a folder").map(|entry| entry.expect("readable").path());
    let mut pictures = 0;
    for picture in drawn.filter(|path| path.extension().is_some_and(|end| end == "svg")) {
        let target = folder.join(picture.file_name().expect("a name"));
        let svg = std::fs::read_to_string(&picture).expect("readable");
        if bless {
            std::fs::write(&target, svg).expect("writable");
        } else {
            assert!(std::fs::read_to_string(&target).expect("a picture") == svg, "{} is out of date", target.display());
        }
        pictures += 1;
    }
    let shown = chapter.matches("](litmus/").count();
    assert!(pictures == shown && shown > 0, "{pictures} pictures are drawn, {shown} are shown");
}
