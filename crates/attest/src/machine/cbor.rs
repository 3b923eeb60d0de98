//! CBOR in the core deterministic encoding (RFC 8949 §4.2.1), read into types without a generic value.
//!
//! The form is checked by writing what was read again: whatever is not equal was not canonical.
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;

use minicbor::{Decoder, Encoder};

use crate::error::{AttestError, ErrorKind};

/// Writes items one after the other.
pub(super) struct Writer(Encoder<Sink>);

/// Grows; never fails.
struct Sink(Vec<u8>);

impl minicbor::encode::Write for Sink {
    type Error = Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// What a type writes.
pub(super) trait Write {
    fn write(&self, writer: &mut Writer);
}

impl Writer {
    /// The bytes of one value.
    pub(super) fn encode(value: &impl Write) -> Vec<u8> {
        let mut writer = Self(Encoder::new(Sink(Vec::new())));
        value.write(&mut writer);
        writer.0.into_writer().0
    }

    /// What was written so far.
    pub(super) fn written(&self) -> &[u8] {
        &self.0.writer().0
    }

    pub(super) fn map(&mut self, entries: usize) {
        self.done(|encoder| encoder.map(length(entries)).map(drop));
    }

    pub(super) fn array(&mut self, items: usize) {
        self.done(|encoder| encoder.array(length(items)).map(drop));
    }

    pub(super) fn uint(&mut self, value: impl Into<u64>) {
        let value = value.into();
        self.done(|encoder| encoder.u64(value).map(drop));
    }

    pub(super) fn flag(&mut self, value: bool) {
        self.done(|encoder| encoder.bool(value).map(drop));
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.done(|encoder| encoder.bytes(value).map(drop));
    }

    pub(super) fn text(&mut self, value: &str) {
        self.done(|encoder| encoder.str(value).map(drop));
    }

    /// A value, or null.
    pub(super) fn some<T: ?Sized>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        match value {
            Some(value) => write(self, value),
            None => self.done(|encoder| encoder.null().map(drop)),
        }
    }

    pub(super) fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.array(items.len());
        for item in items {
            write(self, item);
        }
    }

    /// The sink never fails, so neither does the encoder.
    fn done(
        &mut self,
        write: impl FnOnce(&mut Encoder<Sink>) -> Result<(), minicbor::encode::Error<Infallible>>,
    ) {
        drop(write(&mut self.0));
    }
}

fn length(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// Reads items one after the other. Every failure is `state/format`.
pub(super) struct Reader<'a>(Decoder<'a>);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Decoder::new(bytes))
    }

    /// A map of exactly this many entries.
    pub(super) fn map(&mut self, entries: u64) -> Result<(), AttestError> {
        match self.0.map() {
            Ok(Some(found)) if found == entries => Ok(()),
            _ => Err(format()),
        }
    }

    /// The next key of a map.
    pub(super) fn key(&mut self, key: u64) -> Result<(), AttestError> {
        if self.uint()? == key { Ok(()) } else { Err(format()) }
    }

    /// An array of exactly this many items.
    pub(super) fn array(&mut self, items: u64) -> Result<(), AttestError> {
        match self.0.array() {
            Ok(Some(found)) if found == items => Ok(()),
            _ => Err(format()),
        }
    }

    pub(super) fn uint(&mut self) -> Result<u64, AttestError> {
        self.0.u64().map_err(|_| format())
    }

    pub(super) fn small(&mut self) -> Result<u32, AttestError> {
        u32::try_from(self.uint()?).map_err(|_| format())
    }

    pub(super) fn flag(&mut self) -> Result<bool, AttestError> {
        self.0.bool().map_err(|_| format())
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, AttestError> {
        self.0.bytes().map(<[u8]>::to_vec).map_err(|_| format())
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], AttestError> {
        self.0.bytes().ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(format)
    }

    pub(super) fn text(&mut self) -> Result<String, AttestError> {
        self.0.str().map(String::from).map_err(|_| format())
    }

    /// Whether the next item is text.
    pub(super) fn is_text(&self) -> Result<bool, AttestError> {
        Ok(self.0.datatype().map_err(|_| format())? == minicbor::data::Type::String)
    }

    /// A value, or nothing for null.
    pub(super) fn some<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, AttestError>,
    ) -> Result<Option<T>, AttestError> {
        if self.0.datatype().map_err(|_| format())? == minicbor::data::Type::Null {
            self.0.null().map_err(|_| format())?;
            return Ok(None);
        }
        read(self).map(Some)
    }

    /// At most `max` items. Nothing is allocated for items that are not there.
    pub(super) fn list<T>(
        &mut self,
        max: u64,
        mut read: impl FnMut(&mut Self) -> Result<T, AttestError>,
    ) -> Result<Vec<T>, AttestError> {
        let items = self.0.array().ok().flatten().filter(|items| *items <= max).ok_or_else(format)?;
        let mut list = Vec::new();
        for _ in 0..items {
            list.push(read(self)?);
        }
        Ok(list)
    }

    /// Nothing is left.
    pub(super) fn finish(self) -> Result<(), AttestError> {
        if self.0.position() == self.0.input().len() { Ok(()) } else { Err(format()) }
    }
}

/// The one answer to every defect of form.
pub(super) fn format() -> AttestError {
    AttestError::new(ErrorKind::StateFormat, "expected a state that begin or resume returned, unchanged")
}
