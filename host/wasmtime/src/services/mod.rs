//! Exchanges with Fulcio, Rekor and timestamp authorities: what the module asks for, and nothing else.
//!
//! The module writes every request and checks every reply. The host sends only what its [`AllowList`] knows, adds the ID
//! token for the certificate authority and nobody else, follows nothing, unpacks nothing, and bounds every reply.

mod action;
mod allow_list;
mod client;
mod exchange;
mod http;
mod origin;
mod pace;
mod reading;
mod token_slot;

pub use action::{ActionError, ExchangeAction, reply_document};
pub use allow_list::{AllowList, AllowListError, Endpoint};
pub use client::{ExchangeOptions, Services};
pub use exchange::{Auth, ExchangeRequest, HostError, Method, Service, ServiceReply};
pub use http::{BoundedHttp, HttpError, HttpReply, HttpRequest, Insecure, Roots, Transport, Waiting};
pub(crate) use origin::admitted;
pub use pace::{Pace, TokioPace};
pub use token_slot::TokenSlot;

#[cfg(test)]
mod tests;
