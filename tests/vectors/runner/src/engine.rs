//! What runs the cases.
use anyhow::Result;
use cretula_vector_formats::{FormatCase, Verdict};
use cretula_verify::{RootMemo, portable};

/// Answers `cretula/verify-request/v1` documents.
pub trait VerifyEngine {
    /// A `cretula/report/v1` or `cretula/error/v1` document.
    ///
    /// # Errors
    /// The engine ended the call, which no case expects.
    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>>;
}

/// A second judge of formats, which has to agree with the native one.
pub trait SecondJudge {
    /// The verdict.
    ///
    /// # Errors
    /// The engine ended the call, which no case expects.
    fn judge(&mut self, case: &FormatCase) -> Result<Verdict>;
}

/// The engines of one run.
pub struct Engines {
    /// Verifies bundles.
    pub verify: Box<dyn VerifyEngine>,
    /// Judges formats once more.
    pub second_judge: Option<Box<dyn SecondJudge>>,
}

/// The verifier in this process.
#[derive(Default)]
pub struct NativeEngine {
    roots: RootMemo,
}

impl VerifyEngine for NativeEngine {
    fn verify(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        Ok(portable::verify(request, &mut self.roots))
    }
}
