//! Audit lines, chains and files.

mod events;
mod files;
