package cretula

import (
	"encoding/json/jsontext"
	"regexp"
	"strings"
)

const maxEndpoints = 256

// endpoint is one service of the signing configuration.
type endpoint struct {
	service string
	url     string
	version uint64
}

// allowList has the services that a run may call, and the few paths below them. The zero value allows none.
type allowList struct{ endpoints []endpoint }

// readAllowList reads the services of a ClientTrustConfig.
//
// The error is config/format for no such document, more than 256 services, or one that is not at a plain
// HTTPS URL (or HTTP to this machine, where that is allowed) without user, query and fragment.
func readAllowList(trust jsontext.Value, loopback bool) (allowList, error) {
	type service struct {
		URL             string `json:"url"`
		MajorAPIVersion uint64 `json:"majorApiVersion"`
	}
	var document struct {
		SigningConfig struct {
			CA    []service `json:"caUrls"`
			Rekor []service `json:"rekorTlogUrls"`
			TSA   []service `json:"tsaUrls"`
		} `json:"signingConfig"`
	}
	if unmarshal(trust, &document) != nil {
		return allowList{}, hostError("config/format", "not a trust configuration with a signing configuration")
	}
	var list allowList
	add := func(kind string, services []service) {
		for _, found := range services {
			list.endpoints = append(list.endpoints, endpoint{kind, found.URL, found.MajorAPIVersion})
		}
	}
	add("fulcio", document.SigningConfig.CA)
	add("rekor", document.SigningConfig.Rekor)
	add("tsa", document.SigningConfig.TSA)
	if len(list.endpoints) == 0 || len(list.endpoints) > maxEndpoints {
		return allowList{}, hostError("config/format", "not a signing configuration with 1 to 256 services")
	}
	for _, endpoint := range list.endpoints {
		url := admitted(endpoint.url, loopback)
		if url == nil || url.RawQuery != "" && endpoint.service != "tsa" {
			return allowList{}, hostError("config/format", "a service of the signing configuration is not at a plain HTTPS URL")
		}
	}
	return list, nil
}

// admits says whether a request goes to one of the services, by a path of that service, and whether a token
// goes to a certificate authority only.
func (l allowList) admits(request exchangeRequest) bool {
	if request.withToken() && (request.Service != "fulcio" || request.Method != "POST") {
		return false
	}
	if request.Auth != "none" && !request.withToken() || request.Method == "GET" && len(request.Body) > 0 {
		return false
	}
	for _, endpoint := range l.endpoints {
		isSame := endpoint.service == request.Service && endpoint.url == request.ServiceURL &&
			endpoint.version == request.MajorAPIVersion
		if isSame {
			return endpoint.hasPath(request.Method, request.URL)
		}
	}
	return false
}

var (
	// An entry of Rekor v1 by its id: 64 hex digits, with those of its tree 80.
	entryPath = regexp.MustCompile(`\A/api/v1/log/entries/[0-9a-f]{64,80}\z`)
	// Checkpoint, tiles and entry bundles (C2SP tlog-tiles): levels below 64, N in groups of three digits,
	// and the width of a partial tile.
	readPath = regexp.MustCompile(`\A/api/v2/(?:checkpoint|tile/(?:entries|[0-9]|[1-5][0-9]|6[0-3])/` +
		`(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)\z`)
)

// hasPath knows the paths of each service. Fulcio and Rekor have bases, of which one trailing slash is
// ignored; timestamp authorities have complete URLs.
func (e endpoint) hasPath(method, url string) bool {
	base := strings.TrimSuffix(e.url, "/")
	below, isBelow := strings.CutPrefix(url, base)
	switch {
	case e.service == "tsa":
		return method == "POST" && url == e.url
	case e.service == "fulcio":
		return e.version == 1 && method == "POST" && isBelow && below == "/api/v2/signingCert"
	case e.version == 1 && method == "POST":
		return isBelow && below == "/api/v1/log/entries"
	case e.version == 1 && method == "GET":
		if !isBelow {
			// A Location is a path on the server of the log.
			below, isBelow = strings.CutPrefix(url, originOf(base))
		}
		return isBelow && entryPath.MatchString(below)
	case e.version == 2 && method == "POST":
		return isBelow && below == "/api/v2/log/entries"
	case e.version == 2 && method == "GET":
		return isBelow && readPath.MatchString(below)
	}
	return false
}

// originOf returns scheme, host and port of a URL that was admitted.
func originOf(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
