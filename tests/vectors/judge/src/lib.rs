#![doc = include_str!("../README.md")]
#![expect(unsafe_code, reason = "exported functions and pointers into the memory of the module")]

use cretula_vector_formats::{FormatCase, Verdict};

/// Memory for a case.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

/// Judges the case that was written to memory of [`allocate`].
///
/// # Safety
/// `pointer` and `length` are those of one call of [`allocate`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn judge(pointer: *const u8, length: usize) -> *const u8 {
    // SAFETY: the caller hands over an allocation of this module.
    let frames = unsafe { core::slice::from_raw_parts(pointer, length) };
    let verdict = match FormatCase::from_frames(frames) {
        Ok(case) => cretula_vector_formats::judge(&case),
        Err(error) => Verdict::Unjudged(error.to_string()),
    };
    let verdict = serde_json::to_vec(&verdict).unwrap_or_default();
    let mut reply = u32::try_from(verdict.len()).unwrap_or_default().to_le_bytes().to_vec();
    reply.extend_from_slice(&verdict);
    Box::leak(reply.into_boxed_slice()).as_ptr()
}
