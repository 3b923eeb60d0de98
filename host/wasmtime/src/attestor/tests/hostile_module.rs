//! A module that asks for what it must not get.

use std::sync::atomic::Ordering;

use super::world::*;
use crate::attestor::request::prepare;
use crate::attestor::signer::Signer;

/// Signs what a module asks for, as a run would, and returns the code of the refusal.
fn asked(world: &World, key: &str, messages: &[Vec<u8>]) -> Result<(), String> {
    let attestor = world.attestor();
    let order = world.order();
    let prepared = prepare(&order, &attestor.config, &world.trust).unwrap();
    let mut signer = Signer::new(&attestor, &order, &prepared).unwrap();
    block_on(async {
        signer.open(key, None).await.map_err(|error| error.kind().to_owned())?;
        for message in messages {
            signer
                .sign(key, message)
                .await
                .map_err(|failure| failure.code)?
                .map_err(|error| error.kind().to_owned())?;
        }
        Ok(())
    })
}

/// The message that an honest module asks for.
fn honest(world: &World) -> Vec<u8> {
    let statement = block_on(world.attestor().statement(&world.order())).unwrap();
    pae("application/vnd.in-toto+json", &statement)
}

fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// The honest statement with one text in place of another.
fn bent(world: &World, from: &str, to: &str) -> Vec<u8> {
    let statement = block_on(world.attestor().statement(&world.order())).unwrap();
    let text = String::from_utf8(statement).unwrap();
    assert!(text.contains(from), "{text}");
    pae("application/vnd.in-toto+json", text.replace(from, to).as_bytes())
}

#[test]
fn a_hostile_module_gets_no_signature() {
    let world = World::new("managed");
    let good = honest(&world);
    assert_eq!(asked(&world, "managed", std::slice::from_ref(&good)), Ok(()));
    let before = world.keys.signatures.load(Ordering::SeqCst);
    assert_eq!(before, 1);
    let text = String::from_utf8(good.clone()).unwrap();
    let other_type = text.replace("28 application/vnd.in-toto+json", "10 text/plain");
    for (message, code) in [
        (text.replacen("DSSEv1 28", "DSSEv1 028", 1).into_bytes(), "guard/pae"),
        ([good.as_slice(), b" "].concat(), "guard/pae"),
        (other_type.into_bytes(), "guard/payload-type"),
        (pae("application/vnd.in-toto+json", b"{}"), "guard/statement"),
        (
            bent(&world, "https://slsa.dev/provenance/v1", "https://example.com/other/v1"),
            "guard/predicate-type",
        ),
        (bent(&world, SHA256, &"0".repeat(64)), "guard/subject"),
        (bent(&world, "release.yml@refs/tags/v1.2.3\"}", "other.yml@refs/tags/v1.2.3\"}"), "guard/claims"),
        (bent(&world, "/attempts/1", "/attempts/2"), "guard/claims"),
        (b"anything".to_vec(), "guard/unknown-message"),
        (Vec::new(), "guard/unknown-message"),
    ] {
        let shown = String::from_utf8_lossy(&message).into_owned();
        assert_eq!(asked(&world, "managed", &[message]), Err(code.to_owned()), "{shown}");
    }
    assert_eq!(world.keys.signatures.load(Ordering::SeqCst), before, "nothing was signed");
    assert_eq!(world.denied().len(), 10, "each refusal has its line");
}

#[test]
fn a_hostile_module_gets_no_other_key_and_no_more_signatures() {
    let world = World::new("managed");
    let good = honest(&world);
    assert_eq!(
        asked(&world, "authority", std::slice::from_ref(&good)),
        Err("denied".to_owned()),
        "not granted"
    );
    assert_eq!(asked(&world, "ephemeral", std::slice::from_ref(&good)), Err("denied".to_owned()));
    assert_eq!(asked(&world, "nobody", std::slice::from_ref(&good)), Err("denied".to_owned()));
    let many = vec![good; 3];
    assert_eq!(asked(&world, "managed", &many), Err("guard/count".to_owned()));
    assert_eq!(world.keys.signatures.load(Ordering::SeqCst), 2, "one, and one again after a conflict");
}

#[test]
fn an_ephemeral_key_proves_itself_once_and_signs_once() {
    let world = World::new("public-v2");
    let good = honest(&world);
    assert_eq!(asked(&world, "ephemeral", std::slice::from_ref(&good)), Ok(()));
    assert_eq!(asked(&world, "ephemeral", &[good.clone(), good]), Err("guard/count".to_owned()));
    let foreign = cretula_attest::exchange::fulcio::certification_request_info(&world.keys.key.spki());
    assert_eq!(asked(&world, "ephemeral", &[foreign]), Err("guard/csr".to_owned()));
}

#[test]
fn without_an_audit_line_there_is_no_signature() {
    let world = World::new("managed");
    world.audit.0.fail(true);
    let failure = block_on(world.attestor().attest(&world.order())).unwrap_err();
    assert_eq!(failure.code, "audit/unavailable");
    assert_eq!(world.keys.signatures.load(Ordering::SeqCst), 0);
}
