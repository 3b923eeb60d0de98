//! Waiting before a request.

use std::time::Duration;

use super::bench::{Bench, block_on};
use crate::services::{ExchangeOptions, ExchangeRequest, Pace as _, TokioPace};

#[test]
fn the_delay_and_up_to_half_of_it_more() {
    let bench = Bench::new();
    for delay_ms in [0, 1, 1_000, 30_000, u32::MAX] {
        bench.send(&ExchangeRequest { delay_ms, ..bench.timestamp() }).unwrap();
    }
    let waits = bench.pace.0.lock().unwrap().clone();
    assert_eq!(waits, [1, 1_500, 45_000, 120_000].map(Duration::from_millis));
}

#[test]
fn the_longest_wait_is_the_hosts() {
    let bench = Bench::new();
    let options = ExchangeOptions { max_delay: Duration::from_millis(5), ..super::bench::OPTIONS };
    let services = bench.services.clone().with_options(options);
    block_on(services.perform(&[ExchangeRequest { delay_ms: 1_000, ..bench.timestamp() }]));
    assert_eq!(*bench.pace.0.lock().unwrap(), [Duration::from_millis(5)]);
}

#[test]
fn jitter_is_bounded() {
    for most in [0, 1, 2, 500] {
        assert!((0..64).all(|_| TokioPace.jitter_ms(most) <= most));
    }
    assert!((0..64).any(|_| TokioPace.jitter_ms(1 << 20) != TokioPace.jitter_ms(1 << 20)));
    let _any = TokioPace.jitter_ms(u32::MAX);
    block_on(TokioPace.sleep(Duration::ZERO));
}
