//! One run of the signing machine against the services of a stack.
//!
//! [`sign`] is the only function here that knows how Cretula is driven.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use cretula_attest::machine::{self, Action, ExchangeRequest, HostError, Reply, ServiceReply};
use cretula_attest::{AttestError, parse_request};
use cretula_encoding::time::Time;
use cretula_testkit::serve::{HttpReply, HttpRequest};
use cretula_verify::RootMemo;

use crate::clock::now;
use crate::network::{NoReply, split};
use crate::request::Order;
use crate::signer::Keys;
use crate::stack::Stack;

/// Actions of one run; an honest one has seven.
const MAX_ACTIONS: usize = 100;

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The bundle, or why there is none.
    pub(crate) outcome: Result<Vec<u8>, AttestError>,
    /// Every exchange: method and path, status of the reply; 0 without one.
    pub(crate) exchanges: Vec<(String, u16)>,
}

/// Signs as an order says.
pub(crate) fn sign(stack: &Stack, order: &Order) -> Result<Signed> {
    let request = serde_json::to_vec(&order.request)?;
    let request = parse_request(&request).map_err(|error| anyhow::anyhow!("request: {error}"))?;
    let mut run = Run { stack, order, keys: Keys::new(&stack.keys, order.is_p384), exchanges: Vec::new() };
    let mut roots = RootMemo::default();
    let mut step = machine::begin(&request, time()?, &mut roots);
    for _ in 0..MAX_ACTIONS {
        let outcome = match step.action {
            Action::Done(finished) => Ok(finished.bundle),
            Action::Failed(failure) => Err(failure.error),
            action => {
                let reply = run.perform(action);
                step = machine::resume(&step.state, step.id, reply, time()?, &mut roots);
                continue;
            }
        };
        return Ok(Signed { outcome, exchanges: run.exchanges });
    }
    bail!("no end after {MAX_ACTIONS} actions: {:?}", run.exchanges)
}

fn time() -> Result<Time> {
    Time::from_secs(now()).context("a year that RFC 3339 can write")
}

struct Run<'a> {
    stack: &'a Stack,
    order: &'a Order,
    keys: Keys<'a>,
    exchanges: Vec<(String, u16)>,
}

impl Run<'_> {
    fn perform(&mut self, action: Action) -> Reply {
        self.stack.keep_time();
        match action {
            Action::NeedExchange { requests } => {
                wait(requests.iter().map(|request| request.delay_ms).max().unwrap_or(0));
                Reply::Exchange(requests.iter().map(|request| self.exchange(request)).collect())
            }
            Action::NeedKey { key, delay_ms, .. } => {
                wait(delay_ms);
                self.keys.open(&key)
            }
            Action::NeedSignature { key, message, delay_ms } => {
                wait(delay_ms);
                self.keys.sign(&key, &message)
            }
            Action::NeedConfig { .. } | Action::Done(_) | Action::Failed(_) => {
                Reply::Error(HostError::Unavailable)
            }
        }
    }

    fn exchange(&mut self, request: &ExchangeRequest) -> Result<ServiceReply, HostError> {
        let (base, path) = split(&request.url).map_err(|_| HostError::Denied)?;
        let mut http = match request.method {
            "GET" => HttpRequest::get(path),
            _ => HttpRequest::post(path, request.content_type, request.body.clone()),
        };
        http = http.with_header("accept", request.accept);
        if request.with_token {
            http = http.with_header("authorization", &format!("Bearer {}", self.order.token.encode()));
        }
        let longest = Duration::from_millis(u64::from(request.timeout_ms));
        let reply = self.stack.network.send(base, http, longest);
        let status = reply.as_ref().map_or(0, |reply| reply.status);
        self.exchanges.push((format!("{} {path}", request.method), status));
        reply.map(service_reply).map_err(|error| match error {
            NoReply::TimedOut => HostError::TimedOut,
            NoReply::Unavailable => HostError::Unavailable,
        })
    }
}

fn wait(millis: u32) {
    std::thread::sleep(Duration::from_millis(u64::from(millis)));
}

fn service_reply(reply: HttpReply) -> ServiceReply {
    let content_type = reply.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    ServiceReply {
        status: reply.status,
        content_type: media_type,
        location: reply.header("location").map(str::to_owned),
        retry_after: reply.header("retry-after").and_then(|secs| secs.parse().ok()),
        log_index: reply.header("x-log-index").and_then(|index| index.parse().ok()),
        body: reply.body,
    }
}
