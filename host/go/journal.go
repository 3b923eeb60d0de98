package cretula

import (
	"context"
	json "encoding/json/v2"
	"errors"
	"io"
	"os"
	"path/filepath"
)

const (
	recordSchema = "cretula/run/v1"
	// A state of 18 MiB in base64, and the rest.
	maxRecordBytes = 32 << 20
)

// Record is what is kept of a run: the state of the module, and what was signed already. It holds no secret,
// but is as good as the place where it lies: a host that keeps it where others can write seals it first
// (generation.md §6.2).
type Record struct {
	state  []byte
	signed []signedMessage
}

// signedMessage is one entry of `signed` in an authorisation.
type signedMessage struct {
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Key    string `json:"key"`
}

type recordDocument struct {
	Schema string          `json:"schema"`
	State  []byte          `json:"state"`
	Signed []signedMessage `json:"signed"`
}

// Journal keeps the record of one run.
type Journal interface {
	// Keep writes a record durably, in place of the one before. After an error the run stops with
	// [CodeJournal]: an action that is not on record is not performed.
	Keep(ctx context.Context, record Record) error
	// Forget is told that the run has ended with a bundle or for good.
	Forget(ctx context.Context)
}

// Encode writes the record as JSON, a cretula/run/v1 document.
func (r Record) Encode() []byte {
	signed := r.signed
	if signed == nil {
		signed = []signedMessage{}
	}
	document, err := json.Marshal(recordDocument{Schema: recordSchema, State: r.state, Signed: signed})
	if err != nil {
		// Texts of the module in a document of ours: only invalid UTF-8 could fail, and was refused when it
		// was read.
		return nil
	}
	return document
}

// ParseRecord reads what [Record.Encode] wrote.
//
// The error is an [AttestError] with [CodeJournal].
func ParseRecord(text []byte) (Record, error) {
	var document recordDocument
	if len(text) > maxRecordBytes {
		return Record{}, hostError(CodeJournal, "the record of the run is longer than 32 MiB")
	}
	err := json.Unmarshal(text, &document, json.RejectUnknownMembers(true))
	if err != nil || document.Schema != recordSchema {
		return Record{}, hostError(CodeJournal, "the record of the run is none")
	}
	return Record{state: document.State, signed: document.Signed}, nil
}

// FileJournal keeps a record in a file: written to a temporary file beside it, synced, and renamed. The
// folder must be there and must be writable for this host only.
type FileJournal struct{ path string }

// NewFileJournal is a record at this path.
func NewFileJournal(path string) *FileJournal { return &FileJournal{path: path} }

// Read returns the record that was kept. The error is an [AttestError] with [CodeJournal].
func (j *FileJournal) Read() (Record, error) {
	file, err := os.Open(j.path)
	if err != nil {
		return Record{}, hostError(CodeJournal, "the record of the run cannot be opened")
	}
	text, err := io.ReadAll(io.LimitReader(file, maxRecordBytes+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return Record{}, hostError(CodeJournal, "the record of the run cannot be read")
	}
	return ParseRecord(text)
}

// Keep implements [Journal].
func (j *FileJournal) Keep(_ context.Context, record Record) error {
	temporary := j.path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(record.Encode())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, j.path); err != nil {
		return err
	}
	return syncFolder(j.path)
}

// Forget implements [Journal]. A record that stays is harmless: it leads to the same bundle.
func (j *FileJournal) Forget(context.Context) { _ = os.Remove(j.path) }

// syncFolder makes a new name survive a loss of power. Windows cannot sync folders and needs no such step.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = folder.Sync()
	if err != nil && !canSyncFolders {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
