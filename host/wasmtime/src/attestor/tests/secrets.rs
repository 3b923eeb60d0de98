//! What a run shows.

use std::sync::Arc;

use cretula_testkit::serve::{Place, TransportLie};
use futures_util::future::BoxFuture;
use wasmtime::{Engine, Instance, Module, Store, Val};

use super::world::*;
use crate::runtime::OwnedStep;
use crate::services::{HostError, HttpReply, HttpRequest, Insecure, Transport};

#[test]
fn the_token_is_in_no_record_line_or_error() {
    for lie in
        [None, Some(TransportLie::Status { status: 400, retry_after: None }), Some(TransportLie::Malformed)]
    {
        let world = World::new("public-v2");
        if let Some(lie) = lie {
            world.served.lie(Place::Fulcio(0), lie, u32::MAX);
        }
        let token = world.served.services().github_token().encode();
        let canary = token.rsplit('.').next().unwrap();
        let records = Records::default();
        let order = world.order().with_journal(&records);
        let ended = block_on(world.attestor().attest(&order));
        let mut shown = vec![format!("{order:?}").into_bytes()];
        match ended {
            Ok(sealed) => shown.extend([sealed.bundle().to_vec(), sealed.report().to_vec()]),
            Err(error) => shown.extend([error.to_string().into_bytes(), format!("{error:?}").into_bytes()]),
        }
        shown.extend(world.audit.0.lines());
        for record in records.kept.into_inner().unwrap() {
            shown.extend([record.state.clone(), record.encode(), format!("{record:?}").into_bytes()]);
        }
        let holds = |text: &Vec<u8>| text.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!shown.iter().any(holds), "{lie:?}");
    }
}

/// A certificate authority that repeats what it got.
struct Echo(u16);

impl Transport for Echo {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpReply, HostError>> {
        let got = request.bearer.map(|bearer| bearer.dangerous_expose().to_vec()).unwrap_or_default();
        let reply = HttpReply {
            status: self.0,
            content_type: Some("application/json".to_owned()),
            location: Some(format!("/{}", String::from_utf8_lossy(&got))),
            body: [b"{\"message\":\"".as_slice(), &got, b"\"}"].concat(),
            ..HttpReply::default()
        };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

/// The memory of the module after a step. It imports nothing, so the same call leaves the same memory anywhere.
fn memory_after(engine: &Engine, module: &Module, step: &OwnedStep) -> Vec<u8> {
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, module, &[]).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let allocate = instance.get_typed_func::<(i32, i32, i32, i32), i32>(&mut store, "cabi_realloc").unwrap();
    let mut arguments = Vec::new();
    for document in &step.documents {
        let length = i32::try_from(document.len()).unwrap();
        let place = allocate.call(&mut store, (0, 0, 1, length)).unwrap();
        memory.write(&mut store, usize::try_from(place).unwrap(), document).unwrap();
        arguments.extend([Val::I32(place), Val::I32(length)]);
    }
    arguments.push(Val::I64(i64::try_from(step.now).unwrap()));
    let name = format!("cretula:core/portable@1.0.0#{}", step.function);
    let function = instance.get_func(&mut store, &name).unwrap();
    function.call(&mut store, &arguments, &mut [Val::I32(0)]).unwrap();
    memory.data(&store).to_vec()
}

#[test]
fn the_token_is_never_in_the_memory_of_the_module() {
    let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/cretula/cretula.core.wasm");
    let engine = Engine::default();
    let module = Module::from_file(&engine, core).unwrap();
    let holds = |text: &[u8], part: &str| text.windows(part.len()).any(|window| window == part.as_bytes());
    for echo in [None, Some(200), Some(201), Some(400), Some(401), Some(409)] {
        let world = World::new("public-v2");
        let mut attestor = world.attestor();
        if let Some(status) = echo {
            attestor = attestor.with_transport(Arc::new(Echo(status)), Insecure::LoopbackHttp);
        }
        let ended = block_on(attestor.attest(&world.order()));
        assert_eq!(ended.is_ok(), echo.is_none());
        let token = world.tokens().0;
        let signature = token.rsplit('.').next().unwrap();
        let steps = attestor.runtime.steps();
        assert!(steps.len() > 3, "the run came to the certificate authority");
        for step in &steps {
            let memory = memory_after(&engine, &module, step);
            for canary in [signature, "Bearer ey"] {
                assert!(!holds(&memory, canary), "{echo:?}, {}", step.function);
            }
        }
        let subject = steps.iter().any(|step| holds(&memory_after(&engine, &module, step), SHA256));
        assert!(subject, "what the module does get is found");
    }
}
