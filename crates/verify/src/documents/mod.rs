//! The JSON documents of the `portable` interface: request in, report or error out.

mod encode;
mod request;

pub use encode::{encode_failure, encode_report, encode_short_report};
pub use request::{ReportForm, parse_request};
pub(crate) use request::{field_failure, syntax_failure};
