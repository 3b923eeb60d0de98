//! An instance behind loopback sockets.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::instance::Instance;
use crate::json::Json;

use super::clock::Clock;
use super::connection::accept;
use super::lie::Lie;
use super::services::{Exchange, Place, Services};

/// An instance that answers HTTP on 127.0.0.1, one port for each service, until it is dropped.
///
/// Fields are about the first operator; [`Served::url`] gives the others.
#[derive(Debug)]
pub struct Served {
    /// Base URL of Fulcio.
    pub fulcio_url: String,
    /// Base URL of the issuer: `/github`, `/gitlab` and `/email` are below it.
    pub issuer_url: String,
    /// Base URL of Rekor v1.
    pub rekor_v1_url: String,
    /// Base URL of Rekor v2.
    pub rekor_v2_url: String,
    /// Complete URL of the timestamp authority.
    pub tsa_url: String,
    /// Signing config, JSON.
    pub signing_config: Vec<u8>,
    /// Trusted root, JSON.
    pub trusted_root: Vec<u8>,
    /// The time of all services.
    pub clock: Clock,
    services: Arc<Mutex<Services>>,
    listeners: BTreeMap<Place, Listener>,
    runtime: Option<Runtime>,
}

/// A port; nobody listens while `task` is `None`.
#[derive(Debug)]
struct Listener {
    port: u16,
    task: Option<Task>,
}

/// `ended` is disconnected when the socket is closed.
#[derive(Debug)]
struct Task {
    handle: JoinHandle<()>,
    ended: mpsc::Receiver<()>,
}

impl Listener {
    /// Returns when the socket and its connections are closed.
    fn close(&mut self) {
        if let Some(Task { handle, ended }) = self.task.take() {
            handle.abort();
            // Nothing is ever sent: this is the end of the task.
            while ended.recv().is_ok() {}
        }
    }
}

impl Served {
    /// Serves an instance of at least one service of each kind.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start(instance: Instance) -> Self {
        Self::serve(Services::new(instance))
    }

    /// Serves these services.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn serve(mut services: Services) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_io().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let mut sockets = Vec::new();
        for place in services.places() {
            let socket = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
            let port = socket.local_addr().expect("an address").port();
            services.move_to(place, &format!("http://127.0.0.1:{port}"));
            sockets.push((place, port, socket));
        }
        let url = |place| services.url(place).to_string();
        let (clock, tsa_url) = (services.clock(), format!("{}/api/v1/timestamp", url(Place::Tsa(0))));
        let mut served = Self {
            fulcio_url: url(Place::Fulcio(0)),
            issuer_url: url(Place::Issuer),
            rekor_v1_url: url(Place::RekorV1(0)),
            rekor_v2_url: url(Place::RekorV2(0)),
            tsa_url,
            signing_config: services.signing_config().encode(),
            trusted_root: services.trusted_root().encode(),
            clock,
            services: Arc::new(Mutex::new(services)),
            listeners: BTreeMap::new(),
            runtime: Some(runtime),
        };
        for (place, port, socket) in sockets {
            let task = Some(served.listen(place, socket));
            served.listeners.insert(place, Listener { port, task });
        }
        served
    }

    fn listen(&self, place: Place, socket: TcpListener) -> Task {
        let runtime = self.runtime.as_ref().expect("a runtime until the end");
        let services = Arc::clone(&self.services);
        let (open, ended) = mpsc::channel();
        socket.set_nonblocking(true).expect("a socket");
        let handle = runtime.spawn(async move {
            let _open: mpsc::Sender<()> = open;
            let listener = tokio::net::TcpListener::from_std(socket).expect("a socket");
            accept(listener, place, services).await;
        });
        Task { handle, ended }
    }

    /// The services; requests wait while the guard is held.
    ///
    /// # Panics
    /// If a service stopped at a mistake of its own.
    pub fn services(&self) -> MutexGuard<'_, Services> {
        self.services.lock().expect("services that work")
    }

    /// Base URL of a service.
    #[must_use]
    pub fn url(&self, place: Place) -> String {
        self.services().url(place).to_string()
    }

    /// A service lies in its next `replies` replies, after the lies that it was told before.
    ///
    /// # Panics
    /// If the service does not know such a lie.
    pub fn lie(&self, place: Place, lie: impl Into<Lie>, replies: u32) {
        self.services().lie(place, lie, replies);
    }

    /// A service is honest again.
    pub fn honest(&self, place: Place) {
        self.services().honest(place);
    }

    /// Closes the port of a service with its connections; when this returns, connections are refused.
    pub fn refuse(&mut self, place: Place) {
        self.listeners.get_mut(&place).expect("a service").close();
    }

    /// Opens the port again.
    ///
    /// # Panics
    /// If somebody else has taken it.
    pub fn resume(&mut self, place: Place) {
        let listener = &self.listeners[&place];
        if listener.task.is_none() {
            let socket = TcpListener::bind(("127.0.0.1", listener.port)).expect("the port");
            let task = Some(self.listen(place, socket));
            self.listeners.get_mut(&place).expect("a service").task = task;
        }
    }

    /// What a service got, in order.
    #[must_use]
    pub fn exchanges(&self, place: Place) -> Vec<Exchange> {
        self.services().exchanges().iter().filter(|exchange| exchange.place == place).cloned().collect()
    }

    /// `ClientTrustConfig` version 0.1: trusted root and signing config.
    #[must_use]
    pub fn trust_config(&self) -> Json {
        let services = self.services();
        Json::object([
            ("mediaType", Json::text("application/vnd.dev.sigstore.clienttrustconfig.v0.1+json")),
            ("trustedRoot", services.trusted_root()),
            ("signingConfig", services.signing_config()),
        ])
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.listeners.values_mut().for_each(Listener::close);
        // A runtime that is dropped inside of another one would panic.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
