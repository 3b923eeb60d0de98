package cretula

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"sync"
)

// Longest line that a log can end with: every member at its limit is far below.
const maxAuditLine = 64 << 10

// FileAudit is an audit log in a file: append only, one process, synced line by line, each line chained to
// the one before by SHA-256. `verify_chain` of the wasmtime host reads it.
type FileAudit struct {
	mutex    sync.Mutex
	file     *os.File
	previous LineDigest
}

// OpenFileAudit opens a log, or begins one, and locks it against other processes where the system can. The
// chain goes on where it ended; a line that was cut off by a crash stays and is closed, and no signature was
// given out for it.
//
// The error is an [AttestError] with [CodeAudit].
func OpenFileAudit(path string) (*FileAudit, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &AttestError{code: CodeAudit, detail: "the audit log cannot be opened", wrapped: err}
	}
	log := &FileAudit{file: file}
	if err := errors.Join(lockFile(file), log.continueChain(), file.Sync(), syncFolder(path)); err != nil {
		_ = file.Close()
		return nil, &AttestError{code: CodeAudit, detail: "the audit log cannot be continued", wrapped: err}
	}
	return log, nil
}

// continueChain takes the digest of the last line, which ends with a line feed afterwards.
func (l *FileAudit) continueChain() error {
	state, err := l.file.Stat()
	if err != nil {
		return err
	}
	if !state.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	const most = maxAuditLine + 2
	start := max(0, state.Size()-most)
	tail := make([]byte, state.Size()-start)
	if _, err := l.file.ReadAt(tail, start); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(tail) == 0 {
		return nil
	}
	line, isClosed := bytes.CutSuffix(tail, []byte("\n"))
	if !isClosed {
		if _, err := l.file.WriteString("\n"); err != nil {
			return err
		}
	}
	at := bytes.LastIndexByte(line, '\n')
	if at < 0 && start > 0 {
		return errors.New("the last line is too long")
	}
	l.previous = sha256.Sum256(line[at+1:])
	return nil
}

// Append implements [AuditSink]. After a failure nobody knows what is in the file, and the log stays closed.
func (l *FileAudit) Append(_ context.Context, event AuditEvent) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.file == nil {
		return errors.New("the audit log is closed, or failed before")
	}
	line, digest := event.Line(l.previous)
	if line == nil {
		return errors.New("the event cannot be written as JSON")
	}
	_, err := l.file.Write(append(line, '\n'))
	if err = errors.Join(err, l.file.Sync()); err != nil {
		_ = l.file.Close()
		l.file = nil
		return err
	}
	l.previous = digest
	return nil
}

// Close closes the log; nothing is signed afterwards.
func (l *FileAudit) Close() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
