//! Waiting, in order: synchronisation primitives.

#![no_std]
