// Command opa-cretula is OPA with the builtin cretula.verify, and a Gatekeeper external-data provider.
//
// Every command of OPA is there, unchanged: run, eval, test, check, build. `opa-cretula provider` serves
// Gatekeeper.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	opacmd "github.com/open-policy-agent/opa/cmd"

	cretula "cretula.example/go"
	"cretula.example/go/opa"
)

func main() { os.Exit(run()) }

func run() int {
	var bounds cretula.RuntimeOptions
	open := func() (*cretula.Runtime, error) { return cretula.NewRuntime(context.Background(), bounds) }
	opa.Register(open)
	command := opacmd.Command(nil, "OPA")
	command.PersistentFlags().DurationVar(
		&bounds.Deadline, "cretula-deadline", time.Second, "longest time of one verification by cretula.verify")
	command.AddCommand(providerCommand(open))
	err := command.Execute()
	if exit, ok := errors.AsType[*opacmd.ExitError](err); ok {
		return exit.Exit
	}
	if err != nil {
		return 1
	}
	return 0
}
