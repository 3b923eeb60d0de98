//! The log in a file.

use std::fs;
use std::io::{BufReader, Write as _};
use std::path::PathBuf;

use super::events::event;
use crate::audit::{AuditError, AuditSink as _, FileAudit, LineDigest, verify_chain};

/// A file of this test alone, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cretula-audit-{name}-{}", std::process::id()));
        drop(fs::remove_file(&path));
        Self(path)
    }

    fn open(&self) -> Result<FileAudit, AuditError> {
        FileAudit::open(&self.0)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

#[test]
fn a_log_goes_on_where_it_ended() {
    let place = Place::new("goes-on");
    let first = place.open().unwrap();
    first.append(&event("r1")).unwrap();
    let last = first.append(&event("r2")).unwrap();
    drop(first);
    let second = place.open().unwrap();
    let newest = second.append(&event("r3")).unwrap();
    let text = fs::read_to_string(&place.0).unwrap();
    assert!(text.lines().nth(2).unwrap().contains(&last.to_hex()));
    let summary = verify_chain(BufReader::new(fs::File::open(&place.0).unwrap())).unwrap();
    assert_eq!((summary.lines, summary.cut_off, summary.last), (3, 0, newest));
}

#[test]
fn a_line_that_a_crash_cut_off_is_closed() {
    let place = Place::new("cut-off");
    let first = place.open().unwrap();
    first.append(&event("r1")).unwrap();
    drop(first);
    let mut file = fs::OpenOptions::new().append(true).open(&place.0).unwrap();
    file.write_all(br#"{"builderId":"x"#).unwrap();
    drop(file);
    let second = place.open().unwrap();
    second.append(&event("r2")).unwrap();
    let text = fs::read_to_string(&place.0).unwrap();
    assert_eq!(text.lines().nth(1), Some(r#"{"builderId":"x"#));
    let summary = verify_chain(text.as_bytes()).unwrap();
    assert_eq!((summary.lines, summary.cut_off), (3, 1));
}

#[test]
fn one_process_writes() {
    let place = Place::new("locked");
    let first = place.open().unwrap();
    let error = place.open().unwrap_err();
    assert_eq!(error.detail(), "another process writes to the audit log");
    drop(first);
    assert!(place.open().is_ok());
}

#[test]
fn what_cannot_be_a_log_is_refused() {
    assert!(FileAudit::open(&std::env::temp_dir()).is_err());
    assert!(FileAudit::open(&std::env::temp_dir().join("cretula-no-such-folder").join("log")).is_err());
    let place = Place::new("long");
    fs::write(&place.0, "x".repeat(80_000)).unwrap();
    assert_eq!(place.open().unwrap_err().detail(), "the audit log ends with a line that is too long");
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new("mode");
    drop(place.open().unwrap());
    assert_eq!(fs::metadata(&place.0).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(LineDigest::START.to_hex(), "0".repeat(64));
}

/// A device on which nothing can be written.
#[cfg(target_os = "linux")]
#[test]
fn after_a_failure_the_log_stays_closed() {
    use crate::audit::file::Log;
    let full = fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    let audit = FileAudit::over(Log { out: full, previous: LineDigest::START });
    assert_eq!(audit.append(&event("r1")).unwrap_err().detail(), "the audit log cannot be written");
    assert_eq!(audit.append(&event("r1")).unwrap_err().detail(), "the audit log failed before");
    assert!(FileAudit::open(std::path::Path::new("/dev/full")).is_err());
}
