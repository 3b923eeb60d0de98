// Package cretula verifies Sigstore bundles and seals SLSA provenance from Go, without cgo.
//
// The Cretula module, one WebAssembly module with zero imports, is embedded and runs in wazero with a memory
// limit and a deadline. Keys, tokens, time and the network stay in Go.
//
// A [Verifier] holds a policy and trusted roots and answers with a [Report]; "not verified" is a value, an
// error means that the call itself was wrong or that the sandbox ended it, and both are denials. An
// [Attestor] holds the configuration of a control plane and makes bundles: before every signature the guard
// of the module reads, in an instance of its own, what is to be signed, and an audit line is written. No
// function of this package signs around them.
package cretula
