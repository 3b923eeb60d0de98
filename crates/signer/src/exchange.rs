//! Requests to services, each through the handle of its endpoint.

use crate::bindings::cretula::core::services::{self, Reply, ServiceError};
use crate::bindings::cretula::core::signing::{ExchangeRequest, HostError, ServiceReply};

/// Sends the requests one after the other; replies have the order of the requests.
pub(crate) fn send_all(requests: &[ExchangeRequest]) -> Vec<Result<ServiceReply, HostError>> {
    requests.iter().map(|request| send(request).map(reply).map_err(|error| host_error(&error))).collect()
}

/// The host gives headers, token and time-outs of its own: a handle stands for an endpoint and what belongs to it.
fn send(request: &ExchangeRequest) -> Result<Reply, ServiceError> {
    let url = &request.service_url;
    match request.service.as_str() {
        "fulcio" => services::open_ca(url)?.issue(&request.body, request.delay_ms),
        "tsa" => services::open_tsa(url)?.query(&request.body, request.delay_ms),
        "rekor" => {
            let version = u32::try_from(request.api_version).map_err(|_| ServiceError::Denied)?;
            let log = services::open_log(url, version)?;
            match request.method.as_str() {
                "GET" => log.lookup(path(request)?, request.delay_ms),
                _ => log.submit(&request.body, request.delay_ms),
            }
        }
        _ => Err(ServiceError::Denied),
    }
}

/// What follows the URL of the service, from its `/`.
fn path(request: &ExchangeRequest) -> Result<&str, ServiceError> {
    let base = request.service_url.strip_suffix('/').unwrap_or(&request.service_url);
    let path = request.url.strip_prefix(base).filter(|path| path.starts_with('/'));
    path.ok_or(ServiceError::Denied)
}

fn reply(reply: Reply) -> ServiceReply {
    ServiceReply {
        status: reply.status,
        content_type: reply.content_type,
        location: reply.location,
        retry_after: reply.retry_after,
        log_index: reply.log_index,
        body: reply.body,
    }
}

/// What the module is told of an error of a service.
pub(crate) fn host_error(error: &ServiceError) -> HostError {
    match error {
        ServiceError::Denied => HostError::Denied,
        ServiceError::Unreachable => HostError::Unavailable,
        ServiceError::TimedOut => HostError::TimedOut,
        ServiceError::TooLarge => HostError::TooLarge,
        ServiceError::Redirected => HostError::Redirected,
        ServiceError::Other(_) => HostError::Other,
    }
}
