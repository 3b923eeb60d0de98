#![doc = include_str!("../README.md")]

mod case;
mod certificates;
mod clients;
mod clock;
mod command;
mod cosign;
mod driver;
mod fulcio;
mod key_service;
mod network;
mod program;
mod read_paths;
mod request;
mod run;
mod signer;
mod stack;
mod tools;
mod trust;
mod verdict;

pub use case::{CASES, Case, Part, Signer};
pub use clients::{Clients, Expected};
pub use command::command;
pub use key_service::KeyService;
pub use program::Program;
pub use run::{Options, Summary, run};
pub use stack::Stack;
pub use tools::Programs;
