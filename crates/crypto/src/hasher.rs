//! Hashing in pieces, with a state that can be stored between two pieces.

use alloc::vec::Vec;

use sha2::{
    Digest as _, Sha256, Sha384, Sha512,
    digest::common::hazmat::{SerializableState, SerializedState},
};

use crate::{Digest, DigestError, HashAlgorithm};

/// First byte of a saved state.
const STATE_VERSION: u8 = 1;

/// Most bytes that a restored state may have hashed: 2^60, so that no counter of SHA-2 can overflow after it.
const MAX_RESTORED_BYTES: u64 = 1 << 60;

/// Streaming hash over several algorithms at once whose state can be stored between calls.
///
/// A state is: version 1 ‖ u64 bytes hashed, big-endian ‖ for each algorithm its number (1 SHA-256, 2 SHA-384,
/// 3 SHA-512) and the state of that function. It is at most 532 bytes long.
#[derive(Clone)]
pub struct Hasher {
    functions: Vec<Function>,
    hashed_bytes: u64,
}

#[derive(Clone)]
enum Function {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// Starts; an algorithm given twice counts once.
    #[must_use]
    pub fn new(algorithms: &[HashAlgorithm]) -> Self {
        let mut functions: Vec<Function> = Vec::new();
        for algorithm in algorithms {
            if !contains(&functions, *algorithm) {
                functions.push(Function::new(*algorithm));
            }
        }
        Self { functions, hashed_bytes: 0 }
    }

    /// Continues from [`Self::save`].
    ///
    /// # Errors
    /// [`DigestError::State`] for bytes that [`Self::save`] does not write: another version, an unknown or repeated
    /// algorithm, a function whose counters differ from the number of bytes hashed, cut or trailing bytes.
    pub fn restore(state: &[u8]) -> Result<Self, DigestError> {
        Self::parse(state).ok_or(DigestError::State)
    }

    fn parse(state: &[u8]) -> Option<Self> {
        let (&version, rest) = state.split_first()?;
        let (count, mut rest) = rest.split_first_chunk::<8>()?;
        let hashed_bytes = u64::from_be_bytes(*count);
        if version != STATE_VERSION || hashed_bytes > MAX_RESTORED_BYTES {
            return None;
        }
        let mut functions = Vec::new();
        while let Some((&number, after)) = rest.split_first() {
            let algorithm = from_number(number)?;
            if contains(&functions, algorithm) {
                return None;
            }
            let (function, after) = Function::restore(algorithm, hashed_bytes, after)?;
            functions.push(function);
            rest = after;
        }
        Some(Self { functions, hashed_bytes })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for function in &mut self.functions {
            function.update(bytes);
        }
        let added = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.hashed_bytes = self.hashed_bytes.saturating_add(added);
    }

    /// The state as bytes. It reveals up to 127 of the last bytes hashed.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut state = Vec::new();
        state.push(STATE_VERSION);
        state.extend_from_slice(&self.hashed_bytes.to_be_bytes());
        for function in &self.functions {
            state.push(number(function.algorithm()));
            function.save(&mut state);
        }
        state
    }

    /// The digests so far, in the order of the algorithms given to [`Self::new`].
    #[must_use]
    pub fn digests(&self) -> Vec<Digest> {
        self.functions.iter().map(Function::digest).collect()
    }
}

fn contains(functions: &[Function], algorithm: HashAlgorithm) -> bool {
    functions.iter().any(|function| function.algorithm() == algorithm)
}

const fn number(algorithm: HashAlgorithm) -> u8 {
    match algorithm {
        HashAlgorithm::Sha256 => 1,
        HashAlgorithm::Sha384 => 2,
        HashAlgorithm::Sha512 => 3,
    }
}

fn from_number(wanted: u8) -> Option<HashAlgorithm> {
    HashAlgorithm::ALL.iter().copied().find(|algorithm| number(*algorithm) == wanted)
}

impl Function {
    fn new(algorithm: HashAlgorithm) -> Self {
        match algorithm {
            HashAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
            HashAlgorithm::Sha384 => Self::Sha384(Sha384::new()),
            HashAlgorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    const fn algorithm(&self) -> HashAlgorithm {
        match self {
            Self::Sha256(_) => HashAlgorithm::Sha256,
            Self::Sha384(_) => HashAlgorithm::Sha384,
            Self::Sha512(_) => HashAlgorithm::Sha512,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(bytes),
            Self::Sha384(state) => state.update(bytes),
            Self::Sha512(state) => state.update(bytes),
        }
    }

    fn digest(&self) -> Digest {
        match self {
            Self::Sha256(state) => Digest::padded(self.algorithm(), &state.clone().finalize()),
            Self::Sha384(state) => Digest::padded(self.algorithm(), &state.clone().finalize()),
            Self::Sha512(state) => Digest::padded(self.algorithm(), &state.clone().finalize()),
        }
    }

    fn save(&self, to: &mut Vec<u8>) {
        match self {
            Self::Sha256(state) => to.extend_from_slice(&state.serialize()),
            Self::Sha384(state) => to.extend_from_slice(&state.serialize()),
            Self::Sha512(state) => to.extend_from_slice(&state.serialize()),
        }
    }

    /// Reads one function from the front of `bytes`; also returns what follows.
    fn restore(algorithm: HashAlgorithm, hashed_bytes: u64, bytes: &[u8]) -> Option<(Self, &[u8])> {
        let counters = Counters::new(algorithm, hashed_bytes);
        match algorithm {
            HashAlgorithm::Sha256 => restore::<Sha256>(&counters, bytes).map(|(s, r)| (Self::Sha256(s), r)),
            HashAlgorithm::Sha384 => restore::<Sha384>(&counters, bytes).map(|(s, r)| (Self::Sha384(s), r)),
            HashAlgorithm::Sha512 => restore::<Sha512>(&counters, bytes).map(|(s, r)| (Self::Sha512(s), r)),
        }
    }
}

fn restore<'a, D: SerializableState>(counters: &Counters, bytes: &'a [u8]) -> Option<(D, &'a [u8])> {
    let size = SerializedState::<D>::default().len();
    let (own, rest) = bytes.split_at_checked(size)?;
    if !counters.stand_in(own) {
        return None;
    }
    let serialized = SerializedState::<D>::try_from(own).ok()?;
    Some((D::deserialize(&serialized).ok()?, rest))
}

/// The two counters inside a serialized function: whole blocks (little-endian, after the chaining value) and
/// bytes in the open block (the octet after it). Both follow from the number of bytes hashed.
struct Counters {
    /// Length of the chaining value.
    offset: usize,
    expected: Vec<u8>,
}

impl Counters {
    fn new(algorithm: HashAlgorithm, hashed_bytes: u64) -> Self {
        let mut expected = Vec::new();
        let (offset, open) = match algorithm {
            HashAlgorithm::Sha256 => {
                expected.extend_from_slice(&(hashed_bytes / 64).to_le_bytes());
                (32, hashed_bytes % 64)
            }
            HashAlgorithm::Sha384 | HashAlgorithm::Sha512 => {
                expected.extend_from_slice(&u128::from(hashed_bytes / 128).to_le_bytes());
                (64, hashed_bytes % 128)
            }
        };
        expected.extend(u8::try_from(open));
        Self { offset, expected }
    }

    fn stand_in(&self, serialized: &[u8]) -> bool {
        serialized.get(self.offset..).is_some_and(|tail| tail.starts_with(&self.expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn whole(bytes: &[u8]) -> Vec<Digest> {
        HashAlgorithm::ALL.iter().map(|algorithm| algorithm.digest(&[bytes])).collect()
    }

    #[test]
    fn nothing_hashed() {
        assert_eq!(Hasher::new(HashAlgorithm::ALL).digests(), whole(b""));
        assert_eq!(Hasher::restore(&Hasher::new(&[]).save()).unwrap().digests(), vec![]);
    }

    #[test]
    fn repeated_algorithm_counts_once() {
        let hasher = Hasher::new(&[HashAlgorithm::Sha512, HashAlgorithm::Sha256, HashAlgorithm::Sha512]);
        let algorithms: Vec<_> = hasher.digests().iter().map(Digest::algorithm).collect();
        assert_eq!(algorithms, [HashAlgorithm::Sha512, HashAlgorithm::Sha256]);
    }

    #[test]
    fn state_is_small_and_every_prefix_is_refused() {
        for length in [0, 1, 63, 64, 127, 128, 200] {
            let mut hasher = Hasher::new(HashAlgorithm::ALL);
            hasher.update(&vec![3; length]);
            let state = hasher.save();
            assert_eq!(state.len(), 532);
            for cut in 0..state.len() {
                // A state that ends between two functions is a state of fewer functions.
                match Hasher::restore(&state[..cut]) {
                    Ok(fewer) => assert_eq!(fewer.save(), &state[..cut]),
                    Err(error) => assert_eq!(error, DigestError::State),
                }
            }
            let longer = [&state[..], &[0]].concat();
            assert!(Hasher::restore(&longer).is_err());
        }
    }

    #[test]
    fn foreign_states_are_refused() {
        let mut hasher = Hasher::new(&[HashAlgorithm::Sha256]);
        hasher.update(b"abc");
        let state = hasher.save();
        assert!(Hasher::restore(&state).is_ok());
        // version, high octet of the length, low octet of the length, algorithm, counters of the function
        for place in [0, 1, 8, 9, 10 + 32, 10 + 39, 10 + 40, 10 + 44] {
            let mut changed = state.clone();
            changed[place] ^= 0x40;
            assert_eq!(Hasher::restore(&changed).err(), Some(DigestError::State), "place {place}");
        }
        let twice = [&state[..], &state[9..]].concat();
        assert!(Hasher::restore(&twice).is_err());
    }

    #[test]
    fn longest_restored_state_can_go_on() {
        let mut state = Hasher::new(&[HashAlgorithm::Sha256]).save();
        state[1..9].copy_from_slice(&MAX_RESTORED_BYTES.to_be_bytes());
        state[42..50].copy_from_slice(&(MAX_RESTORED_BYTES / 64).to_le_bytes());
        let mut hasher = Hasher::restore(&state).unwrap();
        hasher.update(&[0; 1000]);
        assert_eq!(hasher.digests().len(), 1);
        assert!(Hasher::restore(&hasher.save()).is_err());
    }

    proptest! {
        #[test]
        fn in_pieces_as_in_one(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..8)) {
            let mut hasher = Hasher::new(HashAlgorithm::ALL);
            for piece in &pieces {
                hasher.update(piece);
                let state = hasher.save();
                hasher = Hasher::restore(&state).unwrap();
                prop_assert_eq!(hasher.save(), state);
            }
            prop_assert_eq!(hasher.digests(), whole(&pieces.concat()));
        }

        #[test]
        fn any_bytes_are_answered(mut state in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(first) = state.first_mut() {
                *first = STATE_VERSION;
            }
            if let Ok(mut hasher) = Hasher::restore(&state) {
                prop_assert_eq!(hasher.save(), state);
                hasher.update(&[1; 200]);
                prop_assert!(hasher.digests().len() <= 3);
            }
        }
    }
}
