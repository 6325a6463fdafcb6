//! Collections of one thread, step by step beside those of `std`: what both the target and its seeded bug run.

pub mod cells;
pub mod deques;
pub mod keyed;
pub mod pile;

/// The bytes of an input, read as decisions. After the last one there are zeros.
#[derive(Debug)]
pub struct Decisions<'a>(&'a [u8]);

impl<'a> Decisions<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether there are more.
    pub fn go_on(&self) -> bool {
        !self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }
}
