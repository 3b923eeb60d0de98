//! The words of the command.

pub(crate) mod advice;
pub(crate) mod attest_advice;
pub(crate) mod examples;
pub(crate) mod tables;
