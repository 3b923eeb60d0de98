//! Parsed trusted roots between calls: the one piece of memory of an instance. It changes no answer.

use core::cell::RefCell;

use cretula_verify::RootMemo;

std::thread_local! {
    static ROOTS: RefCell<RootMemo> = RefCell::new(RootMemo::default());
}

/// Lends the memo to one call. Calls of an instance do not overlap; if they did, the inner one would use its own.
pub(crate) fn with_roots<T>(call: impl FnOnce(&mut RootMemo) -> T) -> T {
    ROOTS.with(|roots| match roots.try_borrow_mut() {
        Ok(mut roots) => call(&mut roots),
        Err(_) => call(&mut RootMemo::default()),
    })
}
