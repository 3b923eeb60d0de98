//! The signing machine: pure steps without I/O. Equal state, reply and time give an equal step.

mod step;

pub use step::{
    Action, Evidence, ExchangeRequest, Failure, Finished, HostError, KeyReply, Reply, Service, ServiceReply,
    SignatureReply, Step,
};
