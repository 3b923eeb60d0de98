//! Each limit at its value, where the call is accepted, and one above.

mod content;
mod evidence;
mod inputs;

use crate::instance::Instance;

use super::{Case, NOW, SEED, defect_cases};

/// Two cases for each limit.
#[must_use]
pub fn limits_cases() -> Vec<Case> {
    let instance = Instance::new(SEED, NOW);
    let limits = [content::rows(), evidence::rows(), inputs::rows()].concat();
    limits.iter().flat_map(|limit| defect_cases(limit, &instance)).collect()
}
