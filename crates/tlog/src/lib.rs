#![no_std]
#![doc = include_str!("../README.md")]
extern crate alloc;

mod body_reader;
mod checkpoint;
mod checkpoint_verify;
mod cosignature;
mod entry;
mod entry_v1;
mod entry_v2;
mod error;
mod log_id;
mod merkle;
mod note;
mod note_verify;
mod set;
mod vkey;

pub use checkpoint::{Checkpoint, CheckpointBody};
pub use checkpoint_verify::{CheckpointLog, CheckpointSigner, verify_checkpoint};
pub use cosignature::{Cosignature, cosigned_message};
pub use entry::{EntryBody, EntryKind, EntryVerifier, Generation};
pub use entry_v1::{Dsse, DsseSignature, HashedRekord, Intoto, IntotoSignature, IntotoV001};
pub use entry_v2::{DsseV002, HashedRekordV002, VerifierRef, rebuild_hashedrekord_v002};
pub use error::{Error, NoteDefect};
pub use log_id::{LogIdentity, c2sp_id, spki_id, witness_id};
pub use merkle::{
    LeafHash, NodeHash, RootHash, leaf_hash, root_from_inclusion_proof, verify_consistency, verify_inclusion,
};
pub use note::{NoteSignature, SignedNote};
pub use note_verify::{NoteSigner, note_scheme, verify_note};
pub use set::{SignedEntryTimestamp, signed_entry_timestamp_payload, verify_signed_entry_timestamp};
pub use vkey::{SignatureType, VerifierKey};
