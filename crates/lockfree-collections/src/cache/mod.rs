//! A cache: a map that forgets.

mod advisor;
mod fifo;
mod model;
mod policy;
mod simulation;
mod sketch;

pub use simulation::Simulation;

/// Spreads what a hasher, which may touch few bits, has left.
#[inline]
fn mix(hash: u64) -> u64 {
    let folded = u128::from(hash ^ 0x2D35_8DCC_AA6C_78A5) * u128::from(0x9E37_79B9_7F4A_7C15_u64);
    (folded as u64 ^ (folded >> 64) as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(23)
}
