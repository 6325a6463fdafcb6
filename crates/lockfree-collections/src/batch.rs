//! What moving several values at once has in common: they wait in a chunk, so that no code of the user runs between a claim and its
//! end.

/// How many values are moved with one claim, at most.
pub(crate) const CHUNK: usize = if cfg!(loom) { 2 } else { 32 };

/// Values from the front on, then none.
pub(crate) type Chunk<T> = [Option<T>; CHUNK];

/// The next values, and how many they are: fewer than a chunk holds only at their end.
pub(crate) fn fill<T>(values: &mut impl Iterator<Item = T>) -> (Chunk<T>, usize) {
    let mut chunk: Chunk<T> = [const { None }; CHUNK];
    let mut count = 0;
    for (place, value) in chunk.iter_mut().zip(values) {
        *place = Some(value);
        count += 1;
    }
    (chunk, count)
}

/// Appends up to `most` values to `into` and tells how many: as many at once as `pop_chunk` puts into what it is given, and says, and
/// where that is none the one that `pop` gives; where that is none, too, there are no more.
pub(crate) fn pop<T>(
    into: &mut impl Extend<T>,
    most: usize,
    pop_chunk: impl Fn(&mut [Option<T>]) -> usize,
    pop: impl Fn() -> Option<T>,
) -> usize {
    let mut popped = 0;
    while popped < most {
        let mut chunk: Chunk<T> = [const { None }; CHUNK];
        let wanted = (most - popped).min(CHUNK);
        let mut count = pop_chunk(&mut chunk[..wanted]);
        if count == 0 {
            let Some(value) = pop() else { break };
            chunk[0] = Some(value);
            count = 1;
        }
        popped += count;
        into.extend(chunk.into_iter().flatten());
    }
    popped
}
