//! The ring between one producer and one consumer; see [`Spsc`].

mod consumer;
mod producer;
mod ring;

pub use consumer::{Consumer, PopBatch};
pub use producer::Producer;
pub use ring::Spsc;
