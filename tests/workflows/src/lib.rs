#![doc = include_str!("../README.md")]

mod file;
mod finding;
mod release;
mod rules;
mod script;
mod shipped;
mod yaml;

pub use file::{File, Kind};
pub use finding::{Finding, Report};
pub use release::{Release, is_placeholder_digest};
pub use rules::{RULES, Rule, lint};
pub use script::{Script, here_document, scripts};
pub use shipped::{SHIPPED, read_shipped};
pub use yaml::{DEPTH, Member, Node, Value, YamlError, YamlErrorKind, parse};
