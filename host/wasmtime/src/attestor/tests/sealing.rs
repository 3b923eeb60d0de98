//! Every profile, over HTTP.

use async_trait::async_trait;
use cretula_testkit::serve::{Place, RekorV2Lie};
use serde_json::Value;

use super::world::*;
use crate::attestor::TrustSource;

#[test]
fn every_profile_seals_over_http() {
    for profile in ["public-v1", "public-v2", "tsa", "private-ca", "managed", "managed-offline"] {
        let world = World::new(profile);
        let sealed = block_on(world.attestor().attest(&world.order()))
            .unwrap_or_else(|error| panic!("{profile}: {error}"));
        let bundle: Value = serde_json::from_slice(sealed.bundle()).unwrap();
        assert_eq!(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
        assert!(world.verifies(sealed.bundle()), "{profile}");
        let lines = world.audit.0.lines();
        let of_certificate = usize::from(!profile.starts_with("managed"));
        assert_eq!(lines.len(), 1 + of_certificate, "{profile}: one line a signature");
        assert!(world.denied().is_empty());
        let log: Vec<u8> = lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
        crate::audit::verify_chain(log.as_slice()).unwrap();
    }
}

#[test]
fn the_token_goes_to_the_certificate_authority_and_nowhere_else() {
    let world = World::new("public-v2");
    let order = world.order();
    block_on(world.attestor().attest(&order)).unwrap();
    let services = world.served.services();
    let with_token =
        services.exchanges().iter().filter(|exchange| exchange.request.header("authorization").is_some());
    let places: Vec<Place> = with_token.map(|exchange| exchange.place).collect();
    assert!(!places.is_empty() && places.iter().all(|place| matches!(place, Place::Fulcio(_))), "{places:?}");
    assert!(!order.token.is_filled(), "dropped after the reply");
}

#[test]
fn a_frozen_log_gives_way_to_a_fresh_configuration() {
    struct Fresh(Vec<u8>);
    #[async_trait]
    impl TrustSource for Fresh {
        async fn current(&self, _after: Option<&[u8]>) -> Result<Vec<u8>, String> {
            Ok(self.0.clone())
        }
    }
    let world = World::new("public-v2");
    world.served.lie(Place::RekorV2(0), RekorV2Lie::Frozen, u32::MAX);
    let fixed = block_on(world.attestor().attest(&world.order())).unwrap_err();
    assert_eq!((fixed.code.as_str(), fixed.resumable), ("rekor/frozen", true));
    let attestor = world.attestor_over(Fresh(world.trust.clone()));
    let sealed = block_on(attestor.attest(&world.order())).unwrap();
    assert!(world.verifies(sealed.bundle()));
}
