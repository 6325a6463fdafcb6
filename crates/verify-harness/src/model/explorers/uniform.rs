//! Uniform random scheduling.

use super::schedule::{Schedule, Step};
use crate::random::Random;

/// Any thread is as likely to be next as another.
#[derive(Debug)]
pub(super) struct Uniform;

impl Schedule for Uniform {
    fn pick(&mut self, steps: &[Step], random: &mut Random) -> usize {
        random.index(steps.len())
    }
}
