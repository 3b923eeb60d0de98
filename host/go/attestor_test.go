package cretula

import (
	"context"
	"testing"
)

func TestEveryProfileSealsOverHTTP(t *testing.T) {
	for _, profile := range []string{"public-v1", "public-v2", "tsa", "managed", "managed-offline"} {
		t.Run(profile, func(t *testing.T) {
			world := newWorld(t, profile)
			sealed, err := world.attest(context.Background(), Job{})
			if err != nil {
				t.Fatal(err)
			}
			world.verify(sealed.Bundle)
			if !sealed.Report.Verified() {
				t.Error("the report of the run is no success")
			}
			lines := 2
			if world.signer() != nil {
				lines = 1
			}
			if len(world.audit.lines) != lines || len(world.audit.denied()) != 0 {
				t.Errorf("%d audit lines, %v denied", len(world.audit.lines), world.audit.denied())
			}
		})
	}
}
