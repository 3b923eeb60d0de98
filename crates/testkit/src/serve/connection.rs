//! Sockets: HTTP/1.1 on loopback.

use std::collections::VecDeque;
use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};

use super::message::{HttpReply, HttpRequest};
use super::services::{Place, Services};
use super::transport::{Delivery, Manner};

/// Bytes of a request that are read.
const MOST: usize = 64 << 20;

/// Time for what was sent before the connection is cut.
const BEFORE_CUT: Duration = Duration::from_millis(30);

/// Accepts connections until it is dropped.
pub(super) async fn accept(listener: TcpListener, place: Place, services: Arc<Mutex<Services>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, place, Arc::clone(&services)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, place: Place, services: Arc<Mutex<Services>>) {
    let answer = service_fn(|request| {
        let services = Arc::clone(&services);
        async move {
            let request = read(request).await?;
            let delivery = services.lock().expect("services that work").answer(place, &request);
            deliver(delivery).await
        }
    });
    // A connection that ends badly is the client's wish or a lie.
    let connection = hyper::server::conn::http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), answer);
    drop(connection.await);
}

async fn read(request: Request<Incoming>) -> io::Result<HttpRequest> {
    let (parts, mut incoming) = request.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        if let Ok(bytes) = frame.map_err(io::Error::other)?.into_data() {
            body.extend(bytes);
        }
        if body.len() > MOST {
            return Err(io::Error::other("a request of more than 64 MiB"));
        }
    }
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(HttpRequest {
        method: parts.method.as_str().into(),
        path: parts.uri.path().into(),
        query: parts.uri.query().unwrap_or_default().into(),
        headers: headers.collect(),
        body,
    })
}

async fn deliver(delivery: Delivery) -> io::Result<Response<ReplyBody>> {
    let Delivery { reply, manner } = delivery;
    match manner {
        Manner::Closed => return Err(io::Error::other("a reply that is lost")),
        Manner::Hang => pending().await,
        Manner::Slow { millis } => sleep(Duration::from_millis(millis)).await,
        Manner::Whole | Manner::Drip { .. } | Manner::Truncated => {}
    }
    Ok(response(reply, manner))
}

fn response(reply: HttpReply, manner: Manner) -> Response<ReplyBody> {
    let length = reply.body.len();
    let mut response = Response::new(ReplyBody::new(reply.body, manner));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    let length = ("content-length".to_string(), length.to_string());
    for (name, value) in reply.headers.into_iter().chain([length]) {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes()).expect("a name");
        response.headers_mut().append(name, value.parse().expect("a value"));
    }
    response
}

/// A body that is sent in parts.
struct ReplyBody {
    rest: VecDeque<Bytes>,
    /// Before each part.
    pause: Duration,
    pausing: Option<Pin<Box<Sleep>>>,
    /// Whether the connection is cut after the last part.
    cut: bool,
}

impl ReplyBody {
    fn new(body: Vec<u8>, manner: Manner) -> Self {
        let whole = Bytes::from(body);
        let half = whole.len() / 2;
        let (rest, pause, cut) = match manner {
            Manner::Drip { millis } => {
                let bytes = (0..whole.len()).map(|index| whole.slice(index..=index)).collect();
                (bytes, Duration::from_millis(millis), false)
            }
            Manner::Truncated => (VecDeque::from([whole.slice(..half)]), Duration::ZERO, true),
            Manner::Whole | Manner::Slow { .. } | Manner::Closed | Manner::Hang => {
                (VecDeque::from([whole]), Duration::ZERO, false)
            }
        };
        Self { rest, pause, pausing: None, cut }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let pause = match self.rest.is_empty() {
            true if self.cut => BEFORE_CUT,
            true => Duration::ZERO,
            false => self.pause,
        };
        if !pause.is_zero() {
            let pausing = self.pausing.get_or_insert_with(|| Box::pin(sleep(pause)));
            if pausing.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pausing = None;
        }
        match self.rest.pop_front() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.cut => Poll::Ready(Some(Err(io::Error::other("a body that is cut")))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.cut
    }
}
