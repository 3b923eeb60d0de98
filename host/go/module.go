package cretula

import (
	"embed"
	"regexp"
	"strings"
)

// The folder is embedded and not the file, so that the package compiles without it and can say what to do.
//
//go:embed module
var embedded embed.FS

const missingModule = "host/go/module/%s is missing: run `cargo xtask build` in the repository of Cretula, " +
	"or take a release of this package"

var hexDigest = regexp.MustCompile(`\A[0-9a-f]{64}\z`)

// embeddedModule returns the core module.
func embeddedModule() ([]byte, error) { return embeddedFile("cretula.core.wasm") }

// ModuleSHA256 returns the SHA-256 of the component whose core module is embedded, in lower-case hex: what
// provenance names as a dependency of the builder, and what `cretula --version` prints.
//
// The error is a [Failure] with [CodeModule] where `cargo xtask build` has not put the files in place.
func ModuleSHA256() (string, error) {
	text, err := embeddedFile("cretula.wasm.sha256")
	if err != nil {
		return "", err
	}
	digest := strings.TrimSpace(string(text))
	if !hexDigest.MatchString(digest) {
		return "", failure(CodeModule, "host/go/module/cretula.wasm.sha256 holds no SHA-256")
	}
	return digest, nil
}

func embeddedFile(name string) ([]byte, error) {
	content, err := embedded.ReadFile("module/" + name)
	if err != nil {
		return nil, failure(CodeModule, strings.Replace(missingModule, "%s", name, 1))
	}
	return content, nil
}
