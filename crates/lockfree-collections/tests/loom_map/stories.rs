//! The stories: what each shows, and how far it is explored in which tier.

use verify_harness::evidence::Tier;

use crate::entries::{
    computed_steps, conditional_removal, insert_and_remove_of_a_hash, insert_behind_remove, iteration_beside_removals,
    reads_beside_removals, reads_beside_replacements, removed_neighbours, replace_and_remove, replaced_helped_and_read,
    same_key, same_key_of_a_hash, take_beside_a_reader, two_guards_beside_replacements,
};
use crate::growth::{
    growth_and_insert, growth_and_reads, growth_and_remove, growth_and_replace, iteration_beside_growth,
    two_lengthen_a_bucket, two_move_a_table,
};
use crate::kept_keys::{kept_key_beside_a_reader, kept_key_in_younger_memory, kept_key_of_two_writers};
use crate::memory::{
    dropped_while_a_thread_ends, first_use_of_a_bucket, first_use_of_the_map, numbers_change_hands, one_place_for_two,
    reads_beside_reuse, shared_guard, two_lines_for_a_bucket, update_into_younger_memory,
};
use crate::model::scenario::{Setting, Story};
use crate::moves::{
    last_move_and_get, last_move_by_two_and_get, move_and_compute, move_and_get, move_and_insert, move_and_iterate,
    move_and_miss, move_and_remove, move_and_replace, two_move_a_bucket,
};

pub const STORIES: &[Story] = &[
    Story::new("same_key", "[[Insert 1, Get 1], [Insert 1]]", same_key).preemptions(2),
    Story::new("same_key_of_a_hash", "1, [[TryInsert 65], [TryInsert 65]], 1 and 65 have one hash", same_key_of_a_hash)
        .preemptions(2),
    Story::new(
        "insert_and_remove_of_a_hash",
        "1, [[Insert 65], [Remove 1]], 1 and 65 have one hash",
        insert_and_remove_of_a_hash,
    )
    .preemptions(2),
    Story::new("insert_behind_remove", "1, [[Insert 2, Get 2], [Remove 1]]", insert_behind_remove).preemptions(2),
    Story::new("removed_neighbours", "1 2, [[Remove 2], [Remove 1]]", removed_neighbours).preemptions(2),
    Story::new("replace_and_remove", "1, [[Insert 1], [Remove 1]]", replace_and_remove).preemptions(2),
    Story::new(
        "reads_beside_replacements",
        "1, [[Get 1, Get 1], [Insert 1, Insert 1]], one guard",
        reads_beside_replacements,
    )
    .preemptions(2),
    Story::new(
        "two_guards_beside_replacements",
        "1, [[Get 1, Get 1], [Insert 1, Insert 1]]",
        two_guards_beside_replacements,
    )
    .preemptions(2),
    Story::new("replaced_helped_and_read", "1, [[Get 1], [Insert 1], [Remove 2]]", replaced_helped_and_read)
        .preemptions(2)
        .from(Tier::Default),
    Story::new(
        "reads_beside_removals",
        "1 2, [[Get 2, Get 1], [Remove 1, Insert 1]], one guard",
        reads_beside_removals,
    )
    .preemptions(2),
    Story::new("growth_and_insert", "1 2, [[Insert 6, Get 6], [Insert 3]], two buckets become four", growth_and_insert)
        .preemptions(1)
        .from(Tier::Full),
    Story::new("growth_and_replace", "1 2, [[Insert 1], [Insert 3]], two buckets become four", growth_and_replace)
        .preemptions(2)
        .from(Tier::Full),
    Story::new(
        "growth_and_reads",
        "1 6, [[Get 6, Get 2, Get 1], [Insert 2]], two buckets become four",
        growth_and_reads,
    )
    .preemptions(2)
    .from(Tier::Full),
    Story::new("growth_and_remove", "1 6, [[Remove 6], [Insert 7, Get 7]], two buckets become four", growth_and_remove)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("move_and_get", "[[Get 5], [move the bucket of 5]]", move_and_get).preemptions(2),
    Story::new("move_and_miss", "[[Get 6], [move the bucket of 6]]", move_and_miss).preemptions(2),
    Story::new("move_and_insert", "[[Insert 6], [move the bucket of 6]]", move_and_insert).preemptions(2),
    Story::new("move_and_remove", "[[Remove 5], [move the bucket of 5]]", move_and_remove).preemptions(2),
    Story::new("move_and_replace", "[[Insert 5], [move the bucket of 5]]", move_and_replace).preemptions(2),
    Story::new("move_and_compute", "[[Compute 5], [move the bucket of 5]]", move_and_compute)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("move_and_iterate", "[[Iterate], [move the bucket of 5]]", move_and_iterate).preemptions(2),
    Story::new("last_move_and_get", "[[Get 9], [move the last bucket]]", last_move_and_get).preemptions(2),
    Story::new(
        "last_move_by_two_and_get",
        "[[Get 9], [move the last bucket], [move the last bucket]]",
        last_move_by_two_and_get,
    )
    .preemptions(2)
    .from(Tier::Default)
    .whole(Tier::Full),
    Story::new(
        "two_lines_for_a_bucket",
        "1 65 129, 2 3, [[Insert 67], [Insert 66]], no growth",
        two_lines_for_a_bucket,
    )
    .preemptions(2)
    .whole(Tier::Default),
    Story::new(
        "two_move_a_bucket",
        "1 9 2 3, [[Insert 10], [Get 9]], the last bucket is being moved",
        two_move_a_bucket,
    )
    .preemptions(2)
    .from(Tier::Full),
    Story::new(
        "two_move_a_table",
        "1 9 2, [[Insert 10, Get 1, Get 9], [Insert 3]], both buckets are moved",
        two_move_a_table,
    )
    .preemptions(2)
    .from(Tier::Full),
    Story::new("two_lengthen_a_bucket", "1 2, [[Insert 6], [Insert 3]]", two_lengthen_a_bucket)
        .preemptions(2)
        .from(Tier::Full),
    Story::new(
        "numbers_change_hands",
        "1, [[Insert 9, Insert 10], [Insert 1, Insert 1, Insert 1, Insert 1]]",
        numbers_change_hands,
    )
    .preemptions(1)
    .whole(Tier::Full),
    Story::new("reads_beside_reuse", "1 2, [[Get 3, Get 1], [Remove 1, Insert 3]]", reads_beside_reuse).preemptions(2),
    Story::new("one_place_for_two", "1 2, then [Remove 1], [[Insert 3], [Insert 3]]", one_place_for_two)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("first_use_of_a_bucket", "1, [[Insert 10, Get 9], [Insert 9]]", first_use_of_a_bucket).preemptions(2),
    Story::new("first_use_of_the_map", "[[Get 1], [Insert 1]], no slots at first", first_use_of_the_map)
        .setting(Setting::Crowded)
        .preemptions(2),
    Story::new("iteration_beside_growth", "1 6, [[Iterate], [Insert 7, Get 7]]", iteration_beside_growth)
        .preemptions(1)
        .from(Tier::Full),
    Story::new("iteration_beside_removals", "1 2 3, [[Iterate], [Remove 1, Insert 2]]", iteration_beside_removals)
        .preemptions(2),
    Story::new("computed_steps", "[[Compute 1], [Compute 1]]", computed_steps).preemptions(2),
    Story::new("conditional_removal", "1, [[RemoveIf 1], [Insert 1]]", conditional_removal).preemptions(2),
    Story::new("take_beside_a_reader", "1, [[Take 1], [Get 1]]", take_beside_a_reader).preemptions(2),
    Story::new(
        "update_into_younger_memory",
        "1 2, [[Update 1, while Remove 2], [Remove 1]]",
        update_into_younger_memory,
    )
    .preemptions(1),
    Story::new("kept_key_beside_a_reader", "a text 1, [[Insert 1, Remove 1], [Get 1]]", kept_key_beside_a_reader)
        .preemptions(2),
    Story::new("kept_key_of_two_writers", "a text 1, [[Insert 1, Remove 1], [Insert 1]]", kept_key_of_two_writers)
        .preemptions(2),
    Story::new(
        "kept_key_in_younger_memory",
        "texts 1 2, [[Get 1], [Remove 2, Insert 3, Remove 3, Insert 1, Remove 1]]",
        kept_key_in_younger_memory,
    )
    .preemptions(1)
    .whole(Tier::Full),
    Story::new("shared_guard", "1, [[Get 1, Insert 2], [Insert 1]], one guard for both", shared_guard).preemptions(2),
    Story::new("cached_reads_beside_replacements", "as without cached, slots kept", reads_beside_replacements)
        .setting(Setting::Cached)
        .preemptions(2),
    Story::new(
        "cached_drop_while_a_thread_ends",
        "[[Remove 1, drop], [Insert 1, drop]], slots kept",
        dropped_while_a_thread_ends,
    )
    .setting(Setting::Cached)
    .preemptions(2),
];
