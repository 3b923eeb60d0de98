//! One case with all its bytes, and its form on the way into WebAssembly.
use std::collections::BTreeMap;
use std::fmt;

use crate::verdict::Judgement;

/// A judge of one kind.
pub(crate) type Judge = fn(&FormatCase) -> Judgement;

/// One entry of a manifest with the content of every file that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormatCase {
    /// Kind, as the manifest names it.
    pub kind: String,
    /// Content of the file under test.
    pub file: Vec<u8>,
    /// The member `expects` of the entry, JSON.
    pub expects: Vec<u8>,
    /// Content of the files that `expects` names, by path.
    pub others: BTreeMap<String, Vec<u8>>,
}

/// Bytes that are not the frames of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignFrames;

impl fmt::Display for ForeignFrames {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not the frames of a case")
    }
}

impl std::error::Error for ForeignFrames {}

impl FormatCase {
    /// The case as frames, each a u32 length, little-endian, and its bytes: kind, file, expects, then path and content
    /// of each other file.
    ///
    /// # Errors
    /// [`ForeignFrames`] if a part is longer than a u32 can say.
    pub fn to_frames(&self) -> Result<Vec<u8>, ForeignFrames> {
        let mut frames = Vec::new();
        for part in [self.kind.as_bytes(), &self.file, &self.expects] {
            push_frame(&mut frames, part)?;
        }
        for (path, content) in &self.others {
            push_frame(&mut frames, path.as_bytes())?;
            push_frame(&mut frames, content)?;
        }
        Ok(frames)
    }

    /// The inverse of [`Self::to_frames`].
    ///
    /// # Errors
    /// [`ForeignFrames`] for anything else.
    pub fn from_frames(mut frames: &[u8]) -> Result<Self, ForeignFrames> {
        let mut case = Self {
            kind: text(take_frame(&mut frames)?)?,
            file: take_frame(&mut frames)?.to_vec(),
            expects: take_frame(&mut frames)?.to_vec(),
            others: BTreeMap::new(),
        };
        while !frames.is_empty() {
            let path = text(take_frame(&mut frames)?)?;
            case.others.insert(path, take_frame(&mut frames)?.to_vec());
        }
        Ok(case)
    }

    /// Content of a file that `expects` names.
    pub(crate) fn other(&self, path: &str) -> Result<&[u8], String> {
        self.others.get(path).map(Vec::as_slice).ok_or_else(|| format!("{path} is not in the case"))
    }
}

fn push_frame(frames: &mut Vec<u8>, part: &[u8]) -> Result<(), ForeignFrames> {
    let length = u32::try_from(part.len()).map_err(|_| ForeignFrames)?;
    frames.extend_from_slice(&length.to_le_bytes());
    frames.extend_from_slice(part);
    Ok(())
}

fn take_frame<'a>(frames: &mut &'a [u8]) -> Result<&'a [u8], ForeignFrames> {
    let (length, rest) = frames.split_first_chunk::<4>().ok_or(ForeignFrames)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| ForeignFrames)?;
    let (part, rest) = rest.split_at_checked(length).ok_or(ForeignFrames)?;
    *frames = rest;
    Ok(part)
}

fn text(bytes: &[u8]) -> Result<String, ForeignFrames> {
    String::from_utf8(bytes.to_vec()).map_err(|_| ForeignFrames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_hold_the_whole_case() {
        let case = FormatCase {
            kind: "jcs".into(),
            file: vec![0, 1, 2],
            expects: b"{}".to_vec(),
            others: BTreeMap::from([("a".into(), vec![9]), ("b/c".into(), vec![])]),
        };
        let frames = case.to_frames().unwrap();
        assert_eq!(FormatCase::from_frames(&frames), Ok(case));
        for cut in 0..11 {
            assert_eq!(FormatCase::from_frames(&frames[..cut]), Err(ForeignFrames), "{cut}");
        }
    }
}
