package provider

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cretula "cretula.example/go"
	"cretula.example/go/opa/internal/demo"
)

func writeFile(t testing.TB, path string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func marshal(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// demoProvider knows the policy "demo", the public-good root and the bundle of the demo.
func demoProvider(t testing.TB) (*Provider, Options) {
	t.Helper()
	folder := t.TempDir()
	digest := strings.Replace(demo.Artifact(t), ":", "-", 1)
	writeFile(t, filepath.Join(folder, digest+".sigstore.json"), []byte(demo.Bundle(t)))
	options := Options{
		Trust:  writeFile(t, filepath.Join(t.TempDir(), "trust.json"), marshal(t, demo.Trust(t))),
		Policy: "demo", Bundles: folder, Inline: true, Runtime: demo.Patient, Timeout: time.Minute,
	}
	made, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return made, options
}

// answer is what a caller reads.
type answer struct {
	APIVersion, Kind string
	Response         struct {
		Idempotent bool
		Items      []struct {
			Key, Error string
			Value      map[string]any
		}
		SystemError string
	}
}

func ask(t testing.TB, handler http.Handler, body []byte) (int, answer) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/validate", bytes.NewReader(body)))
	var found answer
	if err := json.Unmarshal(recorder.Body.Bytes(), &found); err != nil {
		t.Fatalf("%v: %s", err, recorder.Body)
	}
	if found.APIVersion != Version || found.Kind != "ProviderResponse" {
		t.Errorf("%+v", found)
	}
	return recorder.Code, found
}

func questions(t testing.TB, keys ...string) []byte {
	return marshal(t, map[string]any{
		"apiVersion": Version, "kind": "ProviderRequest", "request": map[string]any{"keys": keys},
	})
}

func TestEachKeyHasAValueOrAnError(t *testing.T) {
	handler, _ := demoProvider(t)
	other := "sha256:" + strings.Repeat("0", 64)
	inline := func(members map[string]any) string { return string(marshal(t, members)) }
	rows := []struct{ key, failure string }{
		{"registry.example/app@" + demo.Artifact(t), ""},
		{inline(map[string]any{"artifacts": []string{demo.Artifact(t)}, "policy": "demo"}), ""},
		{inline(map[string]any{"artifacts": []string{demo.Artifact(t)}, "bundle": demo.Bundle(t)}), ""},
		{inline(map[string]any{"artifacts": []string{demo.Artifact(t)}, "bundle": demo.Decoded(t, demo.Bundle(t))}), ""},
		{inline(map[string]any{"artifacts": []string{other}, "bundle": demo.Bundle(t)}), "artifact/mismatch"},
		{inline(map[string]any{"bundle": demo.Bundle(t)}), "artifact/"},
		{inline(map[string]any{"artifacts": []string{demo.Artifact(t)}, "bundle": "garbage"}), "bundle-shape/"},
		{inline(map[string]any{"artifacts": []string{"x"}, "bundle": "{}"}), "input/digest"},
		{inline(map[string]any{"artifacts": []string{demo.Artifact(t)}, "policy": "release"}), "input/missing"},
		{inline(map[string]any{"artifacts": []string{demo.Artifact(t)}, "roots": []string{"{}"}}), "input/type"},
		{"registry.example/app@" + other, "input/missing"},
		{"registry.example/app:latest", "input/type"},
		{"../../secret@sha256:" + strings.Repeat("/", 64), "input/type"},
		{"{", "input/type"},
		{"", "input/type"},
	}
	var keys []string
	for _, row := range rows {
		keys = append(keys, row.key)
	}
	status, found := ask(t, handler, questions(t, keys...))
	if status != http.StatusOK || len(found.Response.Items) != len(rows) || !found.Response.Idempotent {
		t.Fatalf("%d %+v", status, found)
	}
	for n, item := range found.Response.Items {
		isVerified := item.Value["verdict"] == "verified"
		if item.Key != rows[n].key || isVerified != (rows[n].failure == "") || isVerified != (item.Error == "") ||
			!isVerified && item.Value != nil || !strings.HasPrefix(item.Error, rows[n].failure) {
			t.Errorf("%.80s: %+v", rows[n].key, item)
		}
	}
}

// An image of a pod is a text of who is judged: it must not choose what is demanded of it.
func TestKeysAreNotInlineUnlessAskedFor(t *testing.T) {
	_, options := demoProvider(t)
	options.Inline = false
	handler, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	inline := string(marshal(t, map[string]any{"artifacts": []string{demo.Artifact(t)}, "policy": "demo"}))
	_, found := ask(t, handler, questions(t, inline, "app@"+demo.Artifact(t)))
	items := found.Response.Items
	if items[0].Value != nil || !strings.HasPrefix(items[0].Error, "input/type") {
		t.Errorf("%+v", items[0])
	}
	if items[1].Value["verdict"] != "verified" {
		t.Errorf("%+v", items[1])
	}
}

func TestWhatIsNoRequestIsASystemError(t *testing.T) {
	handler, _ := demoProvider(t)
	keys := make([]string, maxKeys+1)
	for name, row := range map[string]struct {
		body   []byte
		status int
	}{
		"nothing":       {nil, http.StatusBadRequest},
		"garbage":       {[]byte("garbage"), http.StatusBadRequest},
		"no request":    {[]byte("{}"), http.StatusBadRequest},
		"twice":         {[]byte(`{"kind":"ProviderRequest","kind":"ProviderRequest"}`), http.StatusBadRequest},
		"other version": {bytes.Replace(questions(t), []byte("v1beta1"), []byte("v9"), 1), http.StatusBadRequest},
		"many keys":     {questions(t, keys...), http.StatusBadRequest},
		"long":          {questions(t, strings.Repeat("x", maxRequestBytes)), http.StatusRequestEntityTooLarge},
	} {
		status, found := ask(t, handler, row.body)
		if status != row.status || found.Response.SystemError == "" || len(found.Response.Items) > 0 {
			t.Errorf("%s: %d %+v", name, status, found)
		}
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/validate", nil))
	if recorder.Code != http.StatusMethodNotAllowed {
		t.Error(recorder.Code)
	}
	if status, found := ask(t, handler, questions(t)); status != http.StatusOK || len(found.Response.Items) != 0 {
		t.Errorf("%d %+v", status, found)
	}
}

func TestTrustIsReadForEachRequest(t *testing.T) {
	handler, options := demoProvider(t)
	key := "app@" + demo.Artifact(t)
	isVerified := func() bool {
		_, found := ask(t, handler, questions(t, key))
		return len(found.Response.Items) == 1 && found.Response.Items[0].Value["verdict"] == "verified"
	}
	if !isVerified() {
		t.Fatal("not verified to begin with")
	}
	without := demo.Trust(t)
	without["roots"] = map[string]any{}
	writeFile(t, options.Trust, marshal(t, without))
	if isVerified() {
		t.Error("a trusted root that was taken away is still used")
	}
	writeFile(t, options.Trust, []byte("garbage"))
	if status, found := ask(t, handler, questions(t, key)); status != http.StatusInternalServerError ||
		found.Response.SystemError == "" {
		t.Errorf("%d %+v", status, found)
	}
	writeFile(t, options.Trust, marshal(t, demo.Trust(t)))
	if !isVerified() {
		t.Error("trust was not read again")
	}
	options.Trust = filepath.Join(t.TempDir(), "missing")
	if _, err := New(options); err == nil {
		t.Error("a provider without trust")
	}
	options.Trust = writeFile(t, filepath.Join(t.TempDir(), "trust.json"), []byte(`{"root":{}}`))
	if _, err := New(options); err == nil {
		t.Error("a misspelt member of the trust file was ignored")
	}
	options.Trust = writeFile(t, filepath.Join(t.TempDir(), "trust.json"), marshal(t, demo.Trust(t)))
	missing := errors.New("no module")
	options.Runtime = func() (*cretula.Runtime, error) { return nil, missing }
	if _, err := New(options); !errors.Is(err, missing) {
		t.Error(err)
	}
}

func TestBoundsOfTheRuntimeAreErrors(t *testing.T) {
	_, options := demoProvider(t)
	options.Runtime = func() (*cretula.Runtime, error) {
		return cretula.NewRuntime(context.Background(), cretula.RuntimeOptions{Deadline: 1})
	}
	slow, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	options.Runtime, options.Timeout = demo.Patient, 1
	late, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, handler := range []http.Handler{slow, late} {
		_, found := ask(t, handler, questions(t, "app@"+demo.Artifact(t)))
		if item := found.Response.Items[0]; item.Value != nil || !strings.HasPrefix(item.Error, cretula.CodeSandbox) {
			t.Errorf("%+v", item)
		}
	}
}

// authority makes certificates for one run.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate: certificate, key: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue writes a certificate and its key as PEM.
func (a authority) issue(t *testing.T, usage x509.ExtKeyUsage) (certificate, key []byte) {
	t.Helper()
	private := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, a.certificate, private.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encoded}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func (a authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// client trusts the server's authority and shows a certificate of another, or none.
func client(t *testing.T, server authority, shows *authority, usage x509.ExtKeyUsage) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(server.certificate)
	config := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if shows != nil {
		certificate, err := tls.X509KeyPair(shows.issue(t, usage))
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}, Timeout: time.Minute}
}

func TestOnlyClientsOfTheAuthorityAreAnswered(t *testing.T) {
	handler, _ := demoProvider(t)
	server, gatekeeper, stranger := newAuthority(t), newAuthority(t), newAuthority(t)
	folder := t.TempDir()
	certificate, key := server.issue(t, x509.ExtKeyUsageServerAuth)
	files := Files{
		Certificate: writeFile(t, filepath.Join(folder, "tls.crt"), certificate),
		Key:         writeFile(t, filepath.Join(folder, "tls.key"), key),
		ClientCA:    writeFile(t, filepath.Join(folder, "ca.crt"), gatekeeper.pem()),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- handler.Serve(ctx, listener, files) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	post := func(client *http.Client) (string, error) {
		reply, err := client.Post("https://"+listener.Addr().String()+"/validate", "application/json",
			bytes.NewReader(questions(t, "app@"+demo.Artifact(t))))
		if err != nil {
			return "", err
		}
		defer reply.Body.Close()
		if reply.TLS.Version != tls.VersionTLS13 {
			t.Errorf("TLS %x", reply.TLS.Version)
		}
		body, err := io.ReadAll(reply.Body)
		return string(body), err
	}
	if body, err := post(client(t, server, &gatekeeper, x509.ExtKeyUsageClientAuth)); err != nil ||
		!strings.Contains(body, `"verdict":"verified"`) {
		t.Fatalf("%v %s", err, body)
	}
	old := client(t, server, &gatekeeper, x509.ExtKeyUsageClientAuth)
	old.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS12
	for name, refused := range map[string]*http.Client{
		"no certificate":       client(t, server, nil, 0),
		"another authority":    client(t, server, &stranger, x509.ExtKeyUsageClientAuth),
		"a server certificate": client(t, server, &gatekeeper, x509.ExtKeyUsageServerAuth),
		"TLS 1.2":              old,
	} {
		if body, err := post(refused); err == nil {
			t.Errorf("%s was answered: %s", name, body)
		}
	}
	// The authority of the clients is replaced while the server runs.
	writeFile(t, files.ClientCA, stranger.pem())
	if _, err := post(client(t, server, &stranger, x509.ExtKeyUsageClientAuth)); err != nil {
		t.Error(err)
	}
	if body, err := post(client(t, server, &gatekeeper, x509.ExtKeyUsageClientAuth)); err == nil {
		t.Errorf("a client of the old authority was answered: %s", body)
	}
}

func TestFilesThatCannotBeUsedAreNotServed(t *testing.T) {
	handler, _ := demoProvider(t)
	folder := t.TempDir()
	server := newAuthority(t)
	certificate, key := server.issue(t, x509.ExtKeyUsageServerAuth)
	files := Files{
		Certificate: writeFile(t, filepath.Join(folder, "tls.crt"), certificate),
		Key:         writeFile(t, filepath.Join(folder, "tls.key"), key),
		ClientCA:    writeFile(t, filepath.Join(folder, "ca.crt"), []byte("no certificate")),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := handler.Serve(t.Context(), listener, files); err == nil {
		t.Error("served without an authority of clients")
	}
	files.Key = filepath.Join(folder, "missing")
	if err := handler.Serve(t.Context(), listener, files); err == nil {
		t.Error("served without a key")
	}
}
