//! Where the command gets a token.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::id_token::{AcquireError, IdToken, Rule, TokenOrigin, acquire};
use crate::services::{HostError, HttpReply, HttpRequest, Transport};

/// Answers every request so; checks what a job's endpoint is asked.
struct Endpoint(Result<(u16, &'static str), HostError>);

impl Transport for Endpoint {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply, HostError>> {
        assert_eq!(request.url, "https://job.example/token?api-version=2.0&audience=sigstore%26x");
        assert_eq!(
            request.bearer.map(|bearer| bearer.dangerous_expose().to_vec()),
            Some(b"Bearer request".to_vec())
        );
        let reply =
            self.0.map(|(status, body)| HttpReply { status, body: body.into(), ..HttpReply::default() });
        Box::pin(std::future::ready(reply))
    }
}

fn variables<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
    move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
}

const URL: (&str, &str) = ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://job.example/token?api-version=2.0");
const REQUEST: (&str, &str) = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request");
const VARIABLE: (&str, &str) = ("SIGSTORE_ID_TOKEN", "a.b.c");

#[test]
fn a_file_comes_first_and_the_variable_last() {
    let all = [URL, REQUEST, VARIABLE];
    let origin = |file: Option<&str>, set: &[(&str, &str)]| {
        TokenOrigin::choose(file.map(Path::new), variables(set)).map(|origin| match origin {
            TokenOrigin::File(_) => "file",
            TokenOrigin::GithubActions { .. } => "job",
            TokenOrigin::Stdin => "stdin",
            TokenOrigin::Variable(_) => "variable",
        })
    };
    assert_eq!(origin(Some("token"), &all), Ok("file"));
    assert_eq!(origin(Some("-"), &all), Ok("stdin"));
    assert_eq!(origin(None, &all), Ok("job"));
    assert_eq!(origin(None, &[URL, VARIABLE]), Ok("variable"));
    assert_eq!(origin(None, &[REQUEST, VARIABLE]), Ok("variable"));
    assert_eq!(origin(None, &[URL]), Err(AcquireError::Missing));
    assert_eq!(origin(None, &[("SIGSTORE_ID_TOKEN", "")]), Err(AcquireError::Missing));
    let wrong = origin(None, &[("SIGSTORE_ID_TOKEN", "a b")]);
    assert!(matches!(wrong, Err(AcquireError::Token(error)) if error.rule() == Rule::J1));
}

fn from_job(reply: Result<(u16, &'static str), HostError>) -> Result<IdToken, AcquireError> {
    let origin = TokenOrigin::choose(None, variables(&[URL, REQUEST]))?;
    acquire(origin, "sigstore&x", &Endpoint(reply)).now_or_never().expect("an answer")
}

#[test]
fn the_endpoint_of_a_job() {
    let token = from_job(Ok((200, r#"{"count":1,"value":"a.b.c"}"#))).unwrap();
    assert_eq!(token.as_str(), "a.b.c");
    let refusal = |reply| from_job(reply).err();
    assert_eq!(refusal(Ok((403, "{}"))), Some(AcquireError::Refused(403)));
    assert_eq!(refusal(Err(HostError::TimedOut)), Some(AcquireError::Endpoint(HostError::TimedOut)));
    for body in ["", "{}", "[]", r#"{"value":1}"#, r#"{"value":"a.b.c","value":"d.e.f"}"#] {
        assert_eq!(refusal(Ok((200, body))), Some(AcquireError::Reply), "{body}");
    }
    assert!(matches!(refusal(Ok((200, r#"{"value":""}"#))), Some(AcquireError::Token(_))));
}

#[test]
fn files() {
    let path = std::env::temp_dir().join(format!("cretula-token-{}", std::process::id()));
    std::fs::File::create(&path).unwrap().write_all(b"a.b.c\n").unwrap();
    let unused = Endpoint(Err(HostError::Other));
    let get =
        |path: &Path| acquire(TokenOrigin::File(path.to_path_buf()), "x", &unused).now_or_never().unwrap();
    assert_eq!(get(&path).unwrap().as_str(), "a.b.c");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(get(&path).err(), Some(AcquireError::Unreadable));
}
