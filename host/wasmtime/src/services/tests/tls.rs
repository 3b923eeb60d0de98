//! TLS: a server is whom the roots say it is, or it is not there.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::bench::block_on;
use crate::services::{
    BoundedHttp, HostError, HttpReply, HttpRequest, Insecure, Method, Roots, Transport as _, Waiting,
};

/// A certificate authority made for one test.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key), der }
    }

    fn roots(&self) -> Roots {
        Roots::Only(vec![self.der.clone()])
    }

    /// A server's certificate for a name; an old one ended long ago.
    fn certify(&self, name: &str, is_old: bool) -> Server {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if is_old {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Server {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        }
    }
}

struct Server {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// What a client with these roots gets from a server with that certificate.
fn get(roots: &Roots, server: Server) -> Result<HttpReply, HostError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(server.chain, server.key).unwrap();
    let client = BoundedHttp::new(roots, Insecure::Never).unwrap();
    block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return };
            let mut request = [0; 1024];
            if stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
                stream.write_all(reply).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        let reply = client.send(HttpRequest {
            method: Method::Get,
            url,
            content_type: String::new(),
            accept: String::new(),
            body: Vec::new(),
            bearer: None,
            waiting: Waiting { total: Duration::from_secs(20), idle: Duration::from_secs(20) },
            max_body_bytes: 1024,
        });
        let reply = reply.await;
        serving.await.unwrap();
        reply
    })
}

#[test]
fn a_server_with_the_right_certificate_is_heard() {
    let authority = Authority::new();
    let reply = get(&authority.roots(), authority.certify("127.0.0.1", false)).unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (200, &b"ok"[..]));
}

#[test]
fn any_other_server_is_not_there() {
    let authority = Authority::new();
    let other = Authority::new();
    for (roots, server, why) in [
        (other.roots(), authority.certify("127.0.0.1", false), "another authority"),
        (Roots::Only(Vec::new()), authority.certify("127.0.0.1", false), "no authority"),
        (Roots::Platform, authority.certify("127.0.0.1", false), "not one of the machine's"),
        (authority.roots(), authority.certify("127.0.0.2", false), "another name"),
        (authority.roots(), authority.certify("127.0.0.1", true), "ended long ago"),
    ] {
        assert_eq!(get(&roots, server).unwrap_err(), HostError::Unavailable, "{why}");
    }
}
