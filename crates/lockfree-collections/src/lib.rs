//! Sharing, without locks: collections on hazard pointers.

#![no_std]
