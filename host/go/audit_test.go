package cretula

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnAuditLogInAFileGoesOnWhereItEnded(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	write := func(requestID string) {
		t.Helper()
		log, err := OpenFileAudit(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Append(ctx, AuditEvent{RequestID: requestID, Allowed: true}); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if log.Append(ctx, AuditEvent{}) == nil {
			t.Error("a closed log takes a line")
		}
	}
	write("a")
	write("b")
	// A crash cuts a line off.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"cut`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	write("c")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
	if len(lines) != 4 {
		t.Fatalf("%s", content)
	}
	previous := strings.Repeat("0", 64)
	for _, line := range lines {
		if !bytes.Contains(line, []byte(`"previous":"`+previous+`"`)) && string(line) != `{"cut` {
			t.Errorf("%s does not follow %s", line, previous)
		}
		previous = hexSHA256(line)
	}
}

func TestAnAuditLogHasOneWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	first, err := OpenFileAudit(path)
	if err != nil {
		t.Fatal(err)
	}
	if canSyncFolders {
		if _, err := OpenFileAudit(path); Code(err) != CodeAudit {
			t.Errorf("a second one: %v", err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFileAudit(t.TempDir()); Code(err) != CodeAudit {
		t.Error(err)
	}
	long := filepath.Join(t.TempDir(), "long.jsonl")
	if err := os.WriteFile(long, bytes.Repeat([]byte("x"), maxAuditLine+3), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFileAudit(long); Code(err) != CodeAudit {
		t.Error(err)
	}
}
