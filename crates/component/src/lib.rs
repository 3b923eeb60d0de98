#![doc = include_str!("../README.md")]

mod bindings;
mod memo;
mod portable;
mod verification;

/// The implementation of the world `module`.
struct Module;
