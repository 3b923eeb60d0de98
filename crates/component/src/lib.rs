#![doc = include_str!("../README.md")]

mod bindings;
mod generation;
mod memo;
mod portable;
mod signing;
mod verification;

/// The implementation of the world `module`.
struct Module;
