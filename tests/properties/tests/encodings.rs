//! Parse ∘ encode is the identity.

use cretula_attestation::pae;
use cretula_encoding::der::{self, Reader, Tag};
use cretula_encoding::{base64, hex, pem, time::Time};
use cretula_encoding::{jcs, json, limits::Limits};
use cretula_properties::repeatable;
use cretula_testkit::{CheckpointText, Json, Note, NoteLine};
use cretula_tlog::{Checkpoint, SignedNote};
use proptest::prelude::*;

/// An element of DER, primitive or constructed.
#[derive(Debug, Clone)]
enum Node {
    Primitive(u8, Vec<u8>),
    Constructed(u8, Vec<Node>),
}

impl Node {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Primitive(tag, content) => der::encode(Tag(*tag), &[content]),
            Self::Constructed(tag, children) => {
                let parts: Vec<Vec<u8>> = children.iter().map(Self::encode).collect();
                der::encode(Tag(*tag), &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
            }
        }
    }

    /// Reads the next element as this one.
    fn is_next(&self, reader: &mut Reader<'_>) -> bool {
        let Ok(element) = reader.any() else { return false };
        match self {
            Self::Primitive(tag, content) => element.tag() == Tag(*tag) && element.content() == content,
            Self::Constructed(tag, children) => {
                let mut inside = element.reader();
                let same = children.iter().all(|child| child.is_next(&mut inside));
                same && element.tag() == Tag(*tag) && inside.is_empty()
            }
        }
    }
}

fn node() -> impl Strategy<Value = Node> {
    let tags = prop::sample::select(vec![4_u8, 0x0c, 0x13, 0x80, 0x81, 0x9e]);
    let primitive = (tags, prop::collection::vec(any::<u8>(), 0..200))
        .prop_map(|(tag, content)| Node::Primitive(tag, content));
    primitive.prop_recursive(6, 40, 5, |inner| {
        let tags = prop::sample::select(vec![0x30_u8, 0x31, 0xa0, 0xa3, 0xbe]);
        (tags, prop::collection::vec(inner, 0..5))
            .prop_map(|(tag, children)| Node::Constructed(tag, children))
    })
}

/// Names of signers and logs: no space, no `+`.
const NAME: &str = "[a-zA-Z0-9./*?_-]{1,20}";
/// Lines of a checkpoint: printable, not empty.
const LINE: &str = "[ -~äöü€]{1,30}";

fn note_line() -> impl Strategy<Value = NoteLine> {
    (NAME, any::<[u8; 4]>(), prop::collection::vec(any::<u8>(), 1..100))
        .prop_map(|(name, key_id, signature)| NoteLine { name, key_id, signature })
}

/// JSON without numbers that are no integers; members may stand in any order.
fn canonical_json() -> impl Strategy<Value = Json> {
    let number =
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(|number| Json::Raw(number.to_string()));
    let scalar = prop_oneof![
        Just(Json::null()),
        any::<bool>().prop_map(Json::bool),
        number,
        any::<String>().prop_map(Json::Text),
    ];
    scalar.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(|members| {
                let mut members: Vec<(String, Json)> = members.into_iter().collect();
                members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<u16>>());
                Json::Object(members)
            }),
        ]
    })
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn base64_and_hex(bytes: Vec<u8>) {
        let coded = base64::encode(&bytes);
        prop_assert_eq!(base64::decode(&coded), Ok(bytes.clone()));
        prop_assert_eq!(base64::decode_lenient(coded.trim_end_matches('=')), Ok(bytes.clone()));
        prop_assert_eq!(hex::decode(&hex::encode(&bytes)), Ok(bytes));
    }

    #[test]
    fn base64_that_is_read_is_written_as_it_was(text in "[A-Da-d0-3+/=_-]{0,12}") {
        if let Ok(bytes) = base64::decode(&text) {
            prop_assert_eq!(base64::encode(&bytes), text);
        }
    }

    #[test]
    fn pem_blocks(bytes in prop::collection::vec(any::<u8>(), 1..300)) {
        let block = pem::parse_block(pem::encode("PUBLIC KEY", &bytes).as_bytes(), &["PUBLIC KEY"]).unwrap();
        prop_assert_eq!(block.der, bytes);
    }

    #[test]
    fn der_elements(node in node()) {
        let encoded = node.encode();
        prop_assert_eq!(der::check(&encoded, 8), Ok(()));
        let mut reader = Reader::new(&encoded);
        prop_assert!(node.is_next(&mut reader) && reader.is_empty());
    }

    #[test]
    fn der_has_one_form(node in node(), at: prop::sample::Index, byte: u8) {
        let mut encoded = node.encode();
        let index = at.index(encoded.len());
        encoded[index] = byte;
        // Whatever is accepted is what its own content and tag encode to.
        if der::check(&encoded, 8).is_ok() {
            let element = Reader::new(&encoded).any().unwrap();
            prop_assert_eq!(der::encode(element.tag(), &[element.content()]), encoded);
        }
    }

    #[test]
    fn canonical_json_is_its_own_form(value in canonical_json()) {
        let text = value.encode();
        let limits = Limits::default().predicate_json();
        let parsed = json::parse(&text, &limits).unwrap();
        let canonical = jcs::canonicalize(&parsed).unwrap();
        prop_assert_eq!(String::from_utf8(canonical), String::from_utf8(text));
    }

    #[test]
    fn times(secs in 0_u64..253_402_300_800, nanos in 0_u32..1_000_000_000) {
        let time = Time::from_secs(secs).unwrap();
        prop_assert_eq!(Time::parse_rfc3339(&time.to_rfc3339()), Ok(time));
        let text = format!("{}.{nanos:09}Z", time.to_rfc3339().trim_end_matches('Z'));
        let exact = Time::parse_rfc3339(&text).unwrap();
        prop_assert_eq!((exact.secs(), exact.nanos()), (secs, nanos));
        prop_assert_eq!(Time::parse_rfc3339(&exact.to_rfc3339()), Ok(exact));
    }

    #[test]
    fn pre_auth_encoding_is_injective(
        left in ("[ a-c0-9é]{0,6}", "[ a-c0-9]{0,8}"),
        right in ("[ a-c0-9é]{0,6}", "[ a-c0-9]{0,8}"),
        shift in 0_usize..8,
    ) {
        let encode = |(payload_type, payload): &(String, String)| pae(payload_type, payload.as_bytes());
        prop_assert_eq!(left == right, encode(&left) == encode(&right));
        // The same characters with the border elsewhere.
        let joined = format!("{}{}", left.0, left.1);
        let border = joined.floor_char_boundary(shift.min(joined.len()));
        let moved = (joined[..border].to_owned(), joined[border..].to_owned());
        prop_assert_eq!(left == moved, encode(&left) == encode(&moved));
    }

    #[test]
    fn checkpoints_and_notes(
        origin in LINE,
        size in 0_u64..1 << 63,
        root: [u8; 32],
        extensions in prop::collection::vec(LINE, 0..5),
        lines in prop::collection::vec(note_line(), 1..5),
    ) {
        let text = CheckpointText { extensions: extensions.clone(), ..CheckpointText::new(&origin, size, &root) };
        let note = Note { text: text.encode(), lines: lines.clone() }.encode();
        let limits = Limits::default();
        let checkpoint = Checkpoint::parse(note.as_bytes(), &limits).unwrap();
        prop_assert_eq!(checkpoint.body().origin(), origin);
        prop_assert_eq!(checkpoint.body().tree_size(), size);
        prop_assert_eq!(checkpoint.body().root(), root);
        prop_assert_eq!(checkpoint.body().extensions(), extensions);
        prop_assert_eq!(checkpoint.note().signed_text(), text.encode());
        prop_assert_eq!(checkpoint.note().encode(), note.clone());
        prop_assert_eq!(SignedNote::parse(note.as_bytes(), &limits), Ok(checkpoint.note().clone()));
        for (read, line) in checkpoint.note().signatures().iter().zip(&lines) {
            prop_assert_eq!((&read.name, read.key_id), (&line.name, line.key_id));
        }
    }
}
