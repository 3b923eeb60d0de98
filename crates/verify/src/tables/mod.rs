//! Tables of the contract for documentation and hosts; feature `schema`, not part of the module.

mod checks;
mod codes;
mod documents;

pub use checks::{CHECKS, CheckDoc};
pub use codes::{CODES, CodeDoc};
pub use documents::{ERROR, FAILURE, REPORT, REQUEST};
