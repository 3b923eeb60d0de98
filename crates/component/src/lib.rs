#![doc = include_str!("../README.md")]

mod bindings;
mod generation;
mod generation_documents;
mod machine;
mod memo;
mod portable;
mod signing;
mod verification;

/// The implementation of the world `module`.
struct Module;
