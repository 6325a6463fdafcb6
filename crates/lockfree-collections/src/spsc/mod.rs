//! The ring between one producer and one consumer; see [`Spsc`].

mod ring;

pub use ring::{Consumer, PopBatch, Producer, Spsc};
