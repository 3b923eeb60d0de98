package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	cretula "cretula.example/go"
	"cretula.example/go/opa/provider"
)

const providerHelp = `Answers Gatekeeper's external-data requests over mutual TLS.

The trust file is the document that policies of OPA find at data.cretula_trust:

  {"roots": {NAME: TrustedRoot}, "keys": {ID: {"key": PEM}}, "policies": {NAME: policy}}

A key of a request is NAME@sha256:HEX, whose bundle is the file sha256-HEX.sigstore.json of --bundles. With --inline,
for constraints that build their keys, it may also be

  {"artifacts": ["sha256:HEX"], "bundle": BUNDLE, "policy": NAME}

Trust, bundles and certificates are read again when they are replaced.`

func providerCommand(open func() (*cretula.Runtime, error)) *cobra.Command {
	var address string
	var files provider.Files
	options := provider.Options{Runtime: open}
	command := &cobra.Command{
		Use:   "provider",
		Short: "Serve as an external-data provider of Gatekeeper",
		Long:  providerHelp,
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			command.SilenceUsage = true
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serveProvider(ctx, address, files, options)
		},
	}
	flags := command.Flags()
	flags.StringVar(&address, "addr", ":8090", "address to listen on")
	flags.StringVar(&options.Trust, "trust", "", "file with roots, keys and policies")
	flags.StringVar(&options.Policy, "policy", "", "name of the policy for keys that name none")
	flags.StringVar(&options.Bundles, "bundles", "", "folder with bundles")
	flags.BoolVar(&options.Inline, "inline", false, "accept keys that are JSON documents")
	flags.DurationVar(&options.Timeout, "timeout", 0, "longest time of a request (default 2s)")
	flags.StringVar(&files.Certificate, "tls-cert-file", "", "certificate of this server, PEM")
	flags.StringVar(&files.Key, "tls-private-key-file", "", "its private key, PEM")
	flags.StringVar(&files.ClientCA, "tls-ca-cert-file", "", "authority of Gatekeeper's client certificate, PEM")
	for _, name := range []string{"trust", "tls-cert-file", "tls-private-key-file", "tls-ca-cert-file"} {
		// Only names that no flag has are errors.
		_ = command.MarkFlagRequired(name)
	}
	return command
}

func serveProvider(
	ctx context.Context, address string, files provider.Files, options provider.Options,
) error {
	handler, err := provider.New(options)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "listening on", listener.Addr())
	return handler.Serve(ctx, listener, files)
}
