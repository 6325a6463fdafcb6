//! The map with one site weaker, and which story refutes it.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::model::{RACE, Refuted, Twin, refuted, twin};

/// Every site of the map and of the eras that is not relaxed, one step weaker.
pub const TWINS: &[Twin] = &[
    twin("E2", AcqRel),
    twin("E3", AcqRel),
    twin("E6", Relaxed),
    twin("E7", Relaxed),
    twin("E8", Relaxed),
    twin("M2", Relaxed),
    twin("M3", Relaxed),
    twin("M4", Relaxed),
    twin("M6", Relaxed),
    twin("M7", Relaxed),
    twin("M11", Relaxed),
    twin("M12", Relaxed),
    twin("M15", Relaxed),
    twin("M17", Relaxed),
    twin("M21", Relaxed),
    twin("M23", Acquire),
    twin("M23", Release),
    twin("M27", Relaxed),
    twin("M32", Relaxed),
    twin("M33", Relaxed),
    twin("M34", Relaxed),
    twin("M45", Relaxed),
    twin("M46", Relaxed),
    twin("M49", Relaxed),
    twin("M50", Relaxed),
    twin("M62", Relaxed),
    twin("M64", Relaxed),
    twin("M67", Relaxed),
    twin("M68", Relaxed),
    twin("M69", Relaxed),
    twin("M70", Relaxed),
];

/// What a store says of a place that is used before it is made, or of what was never written.
const EARLY: &str = "never made|data race";
const UNWRITTEN: &str = "never written";
/// What it says of a bucket that is moved to a table that is not there.
const NOWHERE: &str = "is moved somewhere";
/// What a story says of an answer that is none of those it allows.
const WRONG: &str = "assertion|never written";
const LOST: &str = "None None|never written";

/// What refutes which site.
pub const REFUTED: &[Refuted] = &[
    refuted("E2", AcqRel, "take_beside_a_reader", RACE),
    refuted("E3", AcqRel, "reads_beside_replacements", RACE),
    refuted("E6", Relaxed, "reads_beside_replacements", RACE),
    refuted("E7", Relaxed, "two_guards_beside_replacements", RACE),
    refuted("E8", Relaxed, "reads_beside_replacements", RACE),
    refuted("M2", Relaxed, "growth_and_insert", RACE),
    refuted("M3", Relaxed, "same_key", RACE),
    refuted("M4", Relaxed, "same_key", RACE),
    refuted("M6", Relaxed, "same_key", LOST),
    refuted("M7", Relaxed, "reads_beside_reuse", EARLY),
    refuted("M11", Relaxed, "reads_beside_reuse", EARLY),
    refuted("M12", Relaxed, "same_key", LOST),
    refuted("M15", Relaxed, "two_lines_for_a_bucket", UNWRITTEN),
    refuted("M17", Relaxed, "replace_and_remove", RACE),
    refuted("M23", Release, "move_and_replace", RACE),
    refuted("M27", Relaxed, "move_and_get", WRONG),
    refuted("M32", Relaxed, "growth_and_replace", RACE),
    refuted("M33", Relaxed, "two_lines_for_a_bucket", RACE),
    refuted("M34", Relaxed, "two_lines_for_a_bucket", RACE),
    refuted("M45", Relaxed, "two_move_a_table", RACE),
    refuted("M46", Relaxed, "two_move_a_table", RACE),
    refuted("M49", Relaxed, "two_move_a_table", WRONG),
    refuted("M50", Relaxed, "last_move_by_two_and_get", WRONG),
    refuted("M67", Relaxed, "first_use_of_the_map", RACE),
    refuted("M68", Relaxed, "first_use_of_the_map", RACE),
    refuted("M69", Relaxed, "same_key", RACE),
    refuted("M70", Relaxed, "last_move_and_get", WRONG),
];

/// What a checker that bounds preemptions refutes, and one that goes through everything only after minutes.
pub const REFUTED_BY_FEW_PREEMPTIONS: &[Refuted] = &[
    refuted("M21", Relaxed, "growth_and_remove", NOWHERE),
    refuted("M23", Acquire, "growth_and_replace", NOWHERE),
    refuted("M62", Relaxed, "numbers_change_hands", RACE),
    refuted("M64", Relaxed, "numbers_change_hands", RACE),
];

/// What no story refutes.
pub const NOT_REFUTED: &[(Twin, &str)] = &[];
