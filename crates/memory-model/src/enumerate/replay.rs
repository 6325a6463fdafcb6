//! From the events of an execution back to the statements that made them.

use super::machine::{Machine, Next};
use crate::litmus::Litmus;
use crate::{Event, EventId, Execution};

/// How often a loop may run: more than in any execution, but not so often that the execution of another test takes for ever.
const MAX_ITERATIONS: u32 = 1 << 16;

/// For each event, which access or fence of its thread made it, in the order of the statements; `None` for initial writes and for
/// events that the test cannot have made.
///
/// Each thread is run again with the values that the execution says it read. With [`Litmus::origin`] that leads to the source:
///
/// ```
/// use memory_model::enumerate::{self, statements};
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Rc11;
///
/// let test = Litmus::parse("C W\n{}\nP0 (atomic_int* x) {\n  atomic_store(x, 1);\n  if (0) *x = 2;\n  *x = 3;\n}\n")?;
/// let execution = &enumerate::executions(&test, &Rc11::new())?[0];
/// let made_by = statements(&test, execution);
/// assert_eq!(made_by, [None, Some(0), Some(2)]);
/// assert_eq!(test.origin(0, 2).map(|origin| origin.line), Some(6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn statements(litmus: &Litmus, execution: &Execution) -> Vec<Option<usize>> {
    let machine = Machine::new(litmus, MAX_ITERATIONS);
    let mut found = vec![None; execution.size()];
    for mut state in machine.start() {
        let mut events: Vec<(EventId, Event)> = execution
            .events()
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, event)| event.thread == Some(state.thread()))
            .rev()
            .collect();
        while let Some((id, event)) = events.pop() {
            let next = machine.advance(&mut state);
            let ordinal = machine.ordinal(&state);
            match next {
                Next::Write { location, value, .. }
                    if event.is_write() && event.location == Some(location) && event.value == value =>
                {
                    machine.pass(&mut state);
                }
                Next::Fence(_) if event.is_fence() => machine.pass(&mut state),
                Next::Read { location, action } if event.is_read() && event.location == Some(location) => {
                    let fits = |effect: &_| {
                        let super::machine::ReadEffect { write, .. } = effect;
                        write.is_some() == event.is_rmw
                    };
                    let Some(effect) = action.effects(event.value).into_iter().flatten().find(fits) else { break };
                    machine.read(&mut state, event.value, effect);
                    if event.is_rmw {
                        if let Some((write, _)) = events.pop() {
                            found[write] = Some(ordinal);
                        }
                    }
                }
                _ => break,
            }
            found[id] = Some(ordinal);
        }
    }
    found
}
