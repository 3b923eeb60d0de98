//! The instance over HTTP: what services say makes bundles that verify, and each lie is the lie that it says.

mod client;
mod exchanges;
mod lies;
mod signing;
mod transport;
