package cretula

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

const maxLocationBytes = 1024

var (
	// What was written is what is called: no other spelling of a host, no user, no fragment.
	plainURL = regexp.MustCompile(`\A(https?)://((?:[a-z0-9-]+\.)*[a-z0-9-]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?` +
		`(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:%/?-]*)?\z`)
	dotSegment = regexp.MustCompile(`(?i)/(?:\.|%2e){1,2}(?:/|\z)`)
	numberLike = regexp.MustCompile(`\A(?:[0-9]+|0x[0-9a-f]*)\z`)
	plainText  = regexp.MustCompile(`\A[!-\[\]-~]+\z`)
)

// admitted reads a URL that a run may call: HTTPS, or HTTP to this machine where that is allowed. nil is
// none.
func admitted(text string, loopback bool) *url.URL {
	parts := plainURL.FindStringSubmatch(text)
	if parts == nil || dotSegment.MatchString(parts[4]) {
		return nil
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return nil
	}
	scheme, host, port := parts[1], strings.Trim(parts[2], "[]"), parts[3]
	address, addressErr := netip.ParseAddr(host)
	labels := strings.Split(host, ".")
	switch {
	case scheme == "https" && port == "443", scheme == "http" && port == "80":
		return nil
	case addressErr == nil && address.String() != host:
		return nil
	case addressErr != nil && (strings.Contains(parts[2], "[") || numberLike.MatchString(labels[len(labels)-1])):
		return nil
	case scheme == "https":
		return parsed
	case loopback && (host == "localhost" || addressErr == nil && address.IsLoopback()):
		return parsed
	}
	return nil
}

// sameOriginPath returns path and query of a Location, if it is on the server of base (RFC 9110 §10.2.2);
// else "".
func sameOriginPath(base *url.URL, location string) string {
	if len(location) > maxLocationBytes || !plainText.MatchString(location) {
		return ""
	}
	reference, err := url.Parse(location)
	if err != nil {
		return ""
	}
	target := base.ResolveReference(reference)
	if target.Scheme != base.Scheme || target.Host != base.Host || target.User != nil || target.Opaque != "" {
		return ""
	}
	path := target.EscapedPath()
	if target.RawQuery != "" {
		path += "?" + target.RawQuery
	}
	return path
}
