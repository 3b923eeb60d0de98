//! Reading from the log: its server only writes, so that tiles and checkpoints are served from its folder.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use cretula_testkit::serve::HttpRequest;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::network::{Network, send};

/// Longest body of a request.
const MAX_BODY_BYTES: usize = 32 << 20;
/// Longest wait for the server behind.
const LONGEST: Duration = Duration::from_secs(60);

/// One address for writing and reading, as a deployed log has it.
#[derive(Debug)]
pub(crate) struct ReadPaths {
    pub(crate) url: String,
    task: JoinHandle<()>,
}

struct Places {
    folder: PathBuf,
    server: String,
}

impl ReadPaths {
    /// `GET` below `/api/v2/` reads the folder; everything else goes to the server.
    pub(crate) fn start(network: &Network, folder: &Path, server: &str) -> Result<Self> {
        let socket = TcpListener::bind(("127.0.0.1", 0))?;
        socket.set_nonblocking(true)?;
        let url = format!("http://{}", socket.local_addr()?);
        let places = Arc::new(Places { folder: folder.to_owned(), server: server.to_owned() });
        let _entered = network.runtime().enter();
        let listener = tokio::net::TcpListener::from_std(socket)?;
        let task = network.runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&places)));
            }
        });
        Ok(Self { url, task })
    }
}

impl Drop for ReadPaths {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, places: Arc<Places>) {
    let answer = service_fn(|request| {
        let places = Arc::clone(&places);
        async move { places.answer(request).await }
    });
    // A client that goes away is no fault.
    drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await);
}

impl Places {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
        let path = request.uri().path().to_owned();
        match path.strip_prefix("/api/v2/") {
            Some(name) if request.method() == "GET" => self.read(name),
            _ => self.pass_on(request, path).await,
        }
    }

    fn read(&self, name: &str) -> Result<Response<Full<Bytes>>> {
        let is_inside = !name.split('/').any(|part| part.is_empty() || part.starts_with('.'));
        let file = is_inside.then(|| std::fs::read(self.folder.join(name)).ok()).flatten();
        let (status, body) = file.map_or((404, Vec::new()), |body| (200, body));
        Ok(Response::builder()
            .status(status)
            .header("content-type", "application/octet-stream")
            .body(Full::new(Bytes::from(body)))?)
    }

    async fn pass_on(&self, request: Request<Incoming>, path: String) -> Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body =
            Limited::new(body, MAX_BODY_BYTES).collect().await.map_err(|error| anyhow::anyhow!(error))?;
        let headers = parts.headers.iter().filter(|(name, _)| !is_of_connection(name.as_str()));
        let outgoing = HttpRequest {
            method: parts.method.as_str().to_owned(),
            path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: headers
                .map(|(name, value)| {
                    (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect(),
            body: body.to_bytes().to_vec(),
        };
        let reply = tokio::time::timeout(LONGEST, send(&self.server, outgoing)).await??;
        let mut response = Response::builder().status(reply.status);
        for (name, value) in reply.headers.iter().filter(|(name, _)| !is_of_connection(name)) {
            response = response.header(name, value);
        }
        Ok(response.body(Full::new(Bytes::from(reply.body)))?)
    }
}

/// Headers of one connection, which the other one has anew.
fn is_of_connection(name: &str) -> bool {
    matches!(name, "connection" | "content-length" | "host" | "transfer-encoding")
}
