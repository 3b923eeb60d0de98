package cretula

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestOnlyHTTPSAndLoopback(t *testing.T) {
	for _, good := range []string{
		"https://a.example", "https://a.example/", "https://a.example:8443/x/y", "https://[::1]/x", "https://10.0.0.1/",
	} {
		if admitted(good, false) == nil {
			t.Error(good)
		}
	}
	for _, wrong := range []string{
		"http://a.example", "http://127.0.0.1:1", "ftp://a.example", "file:///etc/passwd", "https://",
		"https://user@a.example", "https://user:word@a.example/", "https://a.example/x/../y", "https://a.example/x/%2E%2e/y",
		"https://a.example/.", "https://a.example/#x", "https://A.example/", "https://a.example:443/", `https://a.example\x`,
		"https://a.example/ x", "https://2130706433/", "https://127.1/", "https://0x7f.1/", "https://0177.0.0.1/",
		"https://[0:0:0:0:0:0:0:1]/", "https://a.example:0/", "https://a.example/\n", "a.example", "",
	} {
		if admitted(wrong, false) != nil {
			t.Error(wrong)
		}
	}
	for _, good := range []string{"http://127.0.0.1:8088", "http://[::1]:8080/x", "http://localhost:1/"} {
		if admitted(good, true) == nil {
			t.Error(good)
		}
	}
	for _, wrong := range []string{
		"http://a.example", "http://127.0.0.1.a.example/", "http://10.0.0.1/", "http://localhost.a/", "http://127.0.0.1:80/",
	} {
		if admitted(wrong, true) != nil {
			t.Error(wrong)
		}
	}
}

func TestALocationStaysWhereItIs(t *testing.T) {
	base, err := url.Parse("https://a.example/api/v1/log/entries")
	if err != nil {
		t.Fatal(err)
	}
	entry := "/api/v1/log/entries/00ff"
	for location, path := range map[string]string{
		entry: entry, "https://a.example" + entry: entry, "entries/00ff": entry, "/x?y": "/x?y",
		"https://b.example/x": "", "http://a.example/x": "", "https://a.example:8443/x": "", "//b.example/x": "",
		"https://u@a.example/x": "", `\\b.example/x`: "", "/x y": "", "javascript:alert(1)": "", "": "",
		"/" + strings.Repeat("x", 1024): "",
	} {
		if found := sameOriginPath(base, location); found != path {
			t.Errorf("%q: %q", location, found)
		}
	}
}

func TestRequestsGoToServicesOfTheConfigurationOnly(t *testing.T) {
	const base = "https://rekor.example/base"
	list, err := readAllowList([]byte(`{"signingConfig":{
		"caUrls":[{"url":"https://ca.example/","majorApiVersion":1}],
		"rekorTlogUrls":[{"url":"`+base+`","majorApiVersion":1},{"url":"https://log.example","majorApiVersion":2}],
		"tsaUrls":[{"url":"https://tsa.example/api?x=1","majorApiVersion":1}]}}`), false)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.Repeat("0f", 32)
	rows := []struct {
		service, at, method, url, auth string
		version                        uint64
		admitted                       bool
	}{
		{"fulcio", "https://ca.example/", "POST", "https://ca.example/api/v2/signingCert", authToken, 1, true},
		{"fulcio", "https://ca.example/", "GET", "https://ca.example/api/v2/signingCert", "none", 1, false},
		{"fulcio", "https://ca.example/", "POST", "https://ca.example/api/v2/other", authToken, 1, false},
		{"fulcio", "https://ca.example/", "POST", "https://ca.example/api/v2/signingCert", authToken, 2, false},
		{"fulcio", "https://other.example/", "POST", "https://other.example/api/v2/signingCert", authToken, 1, false},
		{"rekor", base, "POST", base + "/api/v1/log/entries", "none", 1, true},
		{"rekor", base, "POST", base + "/api/v1/log/entries", authToken, 1, false},
		{"rekor", base, "POST", base + "/api/v1/log/entries", "other", 1, false},
		{"rekor", base, "GET", base + "/api/v1/log/entries/" + id, "none", 1, true},
		{"rekor", base, "GET", "https://rekor.example/api/v1/log/entries/" + id, "none", 1, true},
		{"rekor", base, "GET", "https://rekor.example.b/api/v1/log/entries/" + id, "none", 1, false},
		{"rekor", base, "GET", base + "/api/v1/log/entries/../x", "none", 1, false},
		{"rekor", "https://log.example", "POST", "https://log.example/api/v2/log/entries", "none", 2, true},
		{"rekor", "https://log.example", "GET", "https://log.example/api/v2/checkpoint", "none", 2, true},
		{"rekor", "https://log.example", "GET", "https://log.example/api/v2/tile/0/x001/234.p/8", "none", 2, true},
		{"rekor", "https://log.example", "GET", "https://log.example/api/v2/tile/entries/067", "none", 2, true},
		{"rekor", "https://log.example", "GET", "https://log.example/api/v2/tile/64/067", "none", 2, false},
		{"rekor", "https://log.example", "GET", "https://log.example/api/v2/tile/0/067.p/256", "none", 2, false},
		{"rekor", "https://log.example", "GET", "https://log.example/api/v2/tile/0/67", "none", 2, false},
		{"tsa", "https://tsa.example/api?x=1", "POST", "https://tsa.example/api?x=1", "none", 1, true},
		{"tsa", "https://tsa.example/api?x=1", "POST", "https://tsa.example/api?x=2", "none", 1, false},
	}
	for _, row := range rows {
		request := exchangeRequest{
			Service: row.service, ServiceURL: row.at, MajorAPIVersion: row.version, Method: row.method, URL: row.url, Auth: row.auth,
		}
		if list.admits(request) != row.admitted {
			t.Errorf("%+v", row)
		}
	}
	if (allowList{}).admits(exchangeRequest{Auth: "none"}) {
		t.Error("a list of nothing admits something")
	}
	for _, wrong := range []string{
		"", "{}", `{"signingConfig":{}}`, `{"signingConfig":{"caUrls":[{"url":"http://ca.example","majorApiVersion":1}]}}`,
		`{"signingConfig":{"caUrls":[{"url":"https://ca.example/?x","majorApiVersion":1}]}}`,
	} {
		if _, err := readAllowList([]byte(wrong), false); Code(err) != "config/format" {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// exchangeWith sends one request of a module to a server.
func exchangeWith(t *testing.T, server *httptest.Server, transport http.RoundTripper, timeout uint32) serviceReply {
	t.Helper()
	run := &run{
		attestor: &Attestor{clock: clock{now: time.Now, sleep: sleep}},
		services: Services{Transport: transport, Limits: ExchangeLimits{Idle: 200 * time.Millisecond, BodyBytes: 1000}},
		allowed:  allowList{[]endpoint{{"tsa", server.URL, 1}}},
	}
	request := exchangeRequest{
		Service: "tsa", ServiceURL: server.URL, MajorAPIVersion: 1, Method: "POST", URL: server.URL, Auth: "none",
		Body: []byte("body"), TimeoutMS: timeout, DelayMS: 2,
	}
	request.Headers.ContentType, request.Headers.Accept = "application/timestamp-query", "application/timestamp-reply"
	replies, err := run.exchange(context.Background(), []exchangeRequest{request})
	if err != nil || len(replies) != 1 {
		t.Fatal(err)
	}
	return replies[0]
}

func TestBoundsOfAnExchange(t *testing.T) {
	over := make(chan struct{})
	var servers []*httptest.Server
	defer func() {
		close(over)
		for _, server := range servers {
			server.Close()
		}
	}()
	for name, row := range map[string]struct {
		handle http.HandlerFunc
		kind   string
	}{
		"an answer": {func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			isAsAsked := err == nil && string(body) == "body" && r.Header.Get("Accept-Encoding") == "identity" &&
				r.Header.Get("Content-Type") == "application/timestamp-query" && r.Header.Get("Authorization") == ""
			if !isAsAsked {
				w.WriteHeader(http.StatusTeapot)
			}
			w.Header().Set("Content-Type", "Application/JSON; charset=utf-8")
			w.Header().Set("Retry-After", " 7")
			w.Header().Set("X-Log-Index", "9007199254740992")
			_, _ = io.WriteString(w, "hello")
		}, ""},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, redirected},
		"too long":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1001)) }, bodyTooLarge},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "gzip") }, bodyTooLarge},
		"broken off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, notReached},
		"too late":   {func(http.ResponseWriter, *http.Request) { <-over }, timedOut},
		"stands still": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			_ = http.NewResponseController(w).Flush()
			<-over
		}, timedOut},
	} {
		var requests atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			row.handle(w, r)
		}))
		timeout := uint32(60_000)
		if row.kind == timedOut {
			timeout = 500
		}
		reply := exchangeWith(t, server, http.DefaultTransport, timeout)
		servers = append(servers, server)
		kind := ""
		if reply.Error != nil {
			kind = reply.Error.Kind
		}
		if kind != row.kind || requests.Load() != 1 {
			t.Errorf("%s: %q after %d requests", name, kind, requests.Load())
		}
		if row.kind != "" {
			continue
		}
		if reply.Status != 200 || reply.ContentType != "application/json" || string(*reply.Body) != "hello" ||
			*reply.RetryAfter != 7 || reply.LogIndex != nil {
			t.Errorf("%+v", reply)
		}
	}
}

func TestServersProveWhoTheyAre(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }
	server := httptest.NewUnstartedServer(http.HandlerFunc(answer))
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	if reply := exchangeWith(t, server, nil, 5000); reply.Error == nil || reply.Error.Kind != notReached {
		t.Errorf("a server of unknown authority: %+v", reply)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	if reply := exchangeWith(t, server, trusting, 5000); reply.Error != nil || reply.Status != 200 {
		t.Errorf("%+v", reply)
	}
}

func TestTextsOfOthersAreEscapedAndCut(t *testing.T) {
	for text, shown := range map[string]string{
		"a\nb\u202ec\"d":         `a\u{a}b\u{202e}c\"d`,
		strings.Repeat("x", 256): strings.Repeat("x", 256),
		strings.Repeat("x", 257): strings.Repeat("x", 253) + "…",
	} {
		if found := foreign(text); found != shown {
			t.Errorf("%q: %q", text, found)
		}
	}
	if found := foreign(strings.Repeat("\n€\xff", 300)); len(found) > foreignBytes {
		t.Error(len(found))
	}
	if clip(strings.Repeat("€", 100)) != strings.Repeat("€", 85) {
		t.Error("a detail is cut inside of a letter, or not at all")
	}
}
