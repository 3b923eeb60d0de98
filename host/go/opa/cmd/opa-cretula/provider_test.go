package main

import (
	"bufio"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cretula.example/go/opa/internal/demo"
)

// selfSigned writes a certificate and its key, made for this run.
func selfSigned(t *testing.T, folder string) (certificate, key string) {
	t.Helper()
	private := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, content []byte) string {
		path := filepath.Join(folder, name)
		block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
		if err := os.WriteFile(path, block, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("tls.crt", "CERTIFICATE", encoded), write("tls.key", "PRIVATE KEY", secret)
}

func TestTheProviderIsServedUntilItIsStopped(t *testing.T) {
	folder := t.TempDir()
	certificate, key := selfSigned(t, folder)
	trust := writeJSON(t, filepath.Join(folder, "trust.json"), demo.Trust(t))
	arguments := []string{
		"provider", "--addr", "127.0.0.1:0", "--trust", trust, "--tls-cert-file", certificate,
		"--tls-private-key-file", key, "--tls-ca-cert-file", certificate,
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, arguments...)
	command.Env = append(os.Environ(), asCommand+"=1")
	errors, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(errors).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "listening on 127.0.0.1:") {
		t.Errorf("%v %q", err, line)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("not stopped in order: %v", err)
	}
	missing := slices.Clone(arguments)
	missing[4] = filepath.Join(folder, "missing")
	for name, wrong := range map[string][]string{
		"no flags": {"provider"}, "no such trust": missing, "a word": append(arguments, "word"),
	} {
		if output, err := opaCretula(t, wrong...); err == nil {
			t.Errorf("%s: %s", name, output)
		}
	}
}
