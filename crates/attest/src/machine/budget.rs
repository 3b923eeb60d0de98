//! How long and how often something is tried.

/// Most attempts of one action.
pub(super) const MAX_ATTEMPTS: u32 = 64;
/// Time of a run that names no deadline: 10 minutes.
pub(super) const DEFAULT_SECS: u64 = 600;
/// A state is used for a day after its start.
pub(super) const LIFE_SECS: u64 = 86_400;
/// How far the clock of the host may go back between two steps.
pub(super) const BACKWARDS_SECS: u64 = 60;
/// A certificate that has less time than this left is not used any more.
pub(super) const SPARE_LEAF_SECS: u64 = 30;
/// Longest wait that a service may ask for.
const MAX_RETRY_AFTER_SECS: u32 = 120;
/// Longest wait of our own.
const MAX_BACK_OFF_MS: u32 = 30_000;

/// Milliseconds before attempt number `attempts` (0 is the first one): 1, 2, 4 … up to 30 seconds, or what the service
/// asked for, up to two minutes.
pub(super) fn delay_ms(attempts: u32, retry_after_secs: Option<u32>) -> u32 {
    let Some(power) = attempts.checked_sub(1) else { return 0 };
    let own = 1000_u32.checked_shl(power.min(20)).unwrap_or(MAX_BACK_OFF_MS).min(MAX_BACK_OFF_MS);
    let asked = retry_after_secs.map(|secs| secs.min(MAX_RETRY_AFTER_SECS).saturating_mul(1000));
    asked.unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let own: alloc::vec::Vec<_> = (0..8).map(|attempts| delay_ms(attempts, None)).collect();
        assert_eq!(own, [0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert_eq!(delay_ms(MAX_ATTEMPTS, None), 30_000);
        assert_eq!((delay_ms(1, Some(7)), delay_ms(3, Some(0)), delay_ms(1, Some(121))), (7000, 0, 120_000));
        assert_eq!(delay_ms(0, Some(7)), 0);
    }
}
