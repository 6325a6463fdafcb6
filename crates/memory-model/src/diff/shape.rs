//! All shapes of programs of one size, up to the names of threads and locations.

use super::program::Action;
use super::{Bounds, program::Program};
use crate::Ordering;

/// The actions of each thread.
pub(super) type Shape = Vec<Vec<Action>>;

/// The shapes with `size` statements in all, the simplest first: those whose final memory does not matter, then those that look the
/// same from another thread.
pub(super) fn shapes(size: usize, bounds: &Bounds) -> Vec<Shape> {
    let mut found = Vec::new();
    let mut lengths = Vec::new();
    partitions(size, bounds.events.min(size), bounds.threads, &mut lengths, &mut |lengths| {
        let mut shape: Shape = lengths.iter().map(|_| Vec::new()).collect();
        fill(&mut shape, lengths, 0, bounds, &mut found);
    });
    found.sort_by_cached_key(|shape| {
        let contended = (0..bounds.locations).filter(|&location| writes(shape, location) > 1).count();
        (contended, automorphisms(shape) == 1, shape.clone())
    });
    found
}

/// The orders of `size` as a sum of at most `parts` numbers that do not grow, at least two of them.
fn partitions(size: usize, largest: usize, parts: usize, chosen: &mut Vec<usize>, visit: &mut impl FnMut(&[usize])) {
    if size == 0 {
        if chosen.len() > 1 {
            visit(chosen);
        }
        return;
    }
    if parts == 0 {
        return;
    }
    for next in (1..=largest.min(size)).rev() {
        chosen.push(next);
        partitions(size - next, next, parts - 1, chosen, visit);
        chosen.pop();
    }
}

fn fill(shape: &mut Shape, lengths: &[usize], thread: usize, bounds: &Bounds, found: &mut Vec<Shape>) {
    let Some(&length) = lengths.get(thread) else {
        if is_useful(shape) && is_canonical(shape) {
            found.push(shape.clone());
        }
        return;
    };
    if shape[thread].len() == length {
        fill(shape, lengths, thread + 1, bounds, found);
        return;
    }
    // Locations get their names in the order of their first mention.
    let seen = shape.iter().flatten().filter_map(|action| action.location()).max().map_or(0, |last| last + 1);
    let last = shape[thread].len() + 1 == length;
    let mut actions = Vec::new();
    for location in 0..bounds.locations.min(seen + 1) {
        actions.extend([Action::Read(location), Action::Write(location)]);
        if !bounds.updates.is_empty() {
            actions.push(Action::Exchange(location));
        }
    }
    // A fence at an end of a thread, or beside another one, orders nothing new.
    let fits = !last && !matches!(shape[thread].last(), None | Some(Action::Fence));
    if fits && !bounds.fences.is_empty() {
        actions.push(Action::Fence);
    }
    for action in actions {
        shape[thread].push(action);
        fill(shape, lengths, thread, bounds, found);
        shape[thread].pop();
    }
}

fn writes(shape: &Shape, location: usize) -> usize {
    shape.iter().flatten().filter(|action| action.writes() && action.location() == Some(location)).count()
}

/// Whether every location is written, and accessed by two threads.
fn is_useful(shape: &Shape) -> bool {
    let mut locations: Vec<usize> = shape.iter().flatten().filter_map(|action| action.location()).collect();
    locations.sort_unstable();
    locations.dedup();
    locations.into_iter().all(|location| {
        let accesses = |thread: &&Vec<Action>| thread.iter().any(|action| action.location() == Some(location));
        writes(shape, location) > 0 && shape.iter().filter(accesses).count() > 1
    })
}

/// The threads in another order, with locations named anew.
fn permuted<T: Clone>(threads: &[Vec<(Action, T)>], order: &[usize]) -> Vec<Vec<(Action, T)>> {
    let mut names: Vec<usize> = Vec::new();
    let all = order.iter().flat_map(|&thread| &threads[thread]);
    for location in all.filter_map(|(action, _)| action.location()) {
        if !names.contains(&location) {
            names.push(location);
        }
    }
    let mut inverse = vec![0; names.iter().max().map_or(0, |last| last + 1)];
    for (new, &old) in names.iter().enumerate() {
        inverse[old] = new;
    }
    let renamed = |thread: &usize| {
        threads[*thread].iter().map(|(action, rest)| (action.renamed(&inverse), rest.clone())).collect()
    };
    order.iter().map(renamed).collect()
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..count)
                    .filter(|next| !order.contains(next))
                    .map(|next| [&order[..], &[next]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    all
}

fn bare(shape: &Shape) -> Vec<Vec<(Action, ())>> {
    shape.iter().map(|thread| thread.iter().map(|&action| (action, ())).collect()).collect()
}

/// Whether no other order of threads of the same lengths comes before this one.
fn is_canonical(shape: &Shape) -> bool {
    let bare = bare(shape);
    same_lengths(shape).all(|order| bare <= permuted(&bare, &order))
}

/// In how many ways the threads can be exchanged such that the shape stays the same.
fn automorphisms(shape: &Shape) -> usize {
    let bare = bare(shape);
    same_lengths(shape).filter(|order| bare == permuted(&bare, order)).count()
}

/// The orders of threads that keep the lengths where they are.
fn same_lengths(shape: &Shape) -> impl Iterator<Item = Vec<usize>> {
    let lengths: Vec<usize> = shape.iter().map(Vec::len).collect();
    let fits = move |order: &Vec<usize>| order.iter().zip(&lengths).all(|(&thread, &length)| lengths[thread] == length);
    orders(shape.len()).into_iter().filter(fits)
}

/// The programs of a shape, the weakest first; of those that are equal up to names one.
pub(super) fn programs(shape: &Shape, bounds: &Bounds) -> Vec<Program> {
    let mut all: Vec<(usize, Program)> = vec![(0, Program { threads: shape.iter().map(|_| Vec::new()).collect() })];
    for (thread, actions) in shape.iter().enumerate() {
        for &action in actions {
            let choices: &[Ordering] = match action {
                Action::Read(_) => &bounds.loads,
                Action::Write(_) => &bounds.stores,
                Action::Exchange(_) => &bounds.updates,
                Action::Fence => &bounds.fences,
            };
            all = all
                .into_iter()
                .flat_map(|(strength, program)| {
                    choices.iter().enumerate().map(move |(step, &ordering)| {
                        let mut program = program.clone();
                        program.threads[thread].push((action, ordering));
                        (strength + step, program)
                    })
                })
                .collect();
        }
    }
    let twins: Vec<Vec<usize>> = {
        let bare = bare(shape);
        same_lengths(shape).filter(|order| bare == permuted(&bare, order)).collect()
    };
    all.retain(|(_, program)| twins.iter().all(|order| program.threads <= permuted(&program.threads, order)));
    all.sort_by_key(|(strength, _)| *strength);
    all.into_iter().map(|(_, program)| program).collect()
}
