//! The instance behind HTTP: what a client of Sigstore meets while it signs.
//!
//! [`Services`] answers requests in memory; [`Served`] puts it behind loopback sockets. Every reply derives from the
//! instance, the requests before and the [`Clock`], which only the test moves. A service is honest until it is told a
//! [`Lie`].
//!
//! ```
//! use cretula_testkit::serve::{Place, RekorV2Lie, Served};
//! use cretula_testkit::{Instance, Seed};
//!
//! let served = Served::start(Instance::new(Seed::new([1; 32]), 1_767_225_600));
//! let token = served.services().github_token().encode();
//! served.lie(Place::RekorV2(0), RekorV2Lie::Frozen, 1);
//! served.clock.advance(60);
//! assert!(served.fulcio_url.starts_with("http://127.0.0.1:") && token.split('.').count() == 3);
//! ```

mod certificate_request;
mod claims;
mod clock;
mod connection;
mod fulcio;
mod growing_log;
mod id_token;
mod issuer;
mod lie;
mod message;
mod reading;
mod rekor_v1;
mod rekor_v2;
mod served;
mod services;
mod tiles;
mod transport;
mod tsa;

pub use certificate_request::certificate_request;
pub use clock::Clock;
pub use id_token::IdToken;
pub use issuer::{AUDIENCE, GITHUB_SERVER, GITLAB_SERVER};
pub use lie::{FulcioLie, Lie, RekorV1Lie, RekorV2Lie, TransportLie, TsaLie};
pub use message::{HttpReply, HttpRequest};
pub use served::Served;
pub use services::{Exchange, Place, Services};
pub use transport::{Delivery, Manner};
pub use tsa::timestamp_query;
