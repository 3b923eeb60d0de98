//! Waiting, and a little chance in it.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// How the host waits before a request. Tests replace it, so that they do not wait.
pub trait Pace: Send + Sync {
    /// Waits.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;

    /// A number from 0 to `most`, different every time.
    fn jitter_ms(&self, most: u32) -> u32;
}

/// The machine's clock and its random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioPace;

impl Pace for TokioPace {
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { tokio::time::sleep(time).await })
    }

    /// Without random numbers there is no jitter: nothing depends on it but the load of the service.
    fn jitter_ms(&self, most: u32) -> u32 {
        let random = getrandom::u32().unwrap_or(0);
        random.checked_rem(most.saturating_add(1)).unwrap_or(random)
    }
}
