//! Tokens built here: right ones, and ones with one defect each.
mod authority;
mod builder;
mod parse;
mod verify;
