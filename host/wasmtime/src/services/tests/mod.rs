//! Exchanges against a virtual Sigstore on loopback, and against scripts.

mod actions;
mod allowed;
mod bench;
mod canary;
mod exchanges;
mod pacing;
mod tls;
mod transport;
