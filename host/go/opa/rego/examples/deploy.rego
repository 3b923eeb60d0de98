# METADATA
# title: Deployments
# description: |
#   Grants the deployment of an artifact that the release workflow of its repository signed.
#
#   Input: {"artifacts": ["sha256:HEX"], "bundle": the bundle, as text or as a value}.
package deploy

import data.cretula

default allow := false

allow if report.verdict == "verified"

# What was verified, for those who ask why.
report := cretula.by_signer(input, signer)

signer := {
	"issuer": "https://token.actions.githubusercontent.com",
	"san": "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main",
}
