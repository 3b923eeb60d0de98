// Command controlplane is a small control plane that seals what its jobs made: facts from its own store,
// digests from the caller, a key in OpenBao transit. See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	cretula "cretula.example/go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	jobs := flag.String("jobs", "jobs.json", "the store of jobs")
	audit := flag.String("audit", "audit.jsonl", "the audit log")
	trust := flag.String("trust", "", "ClientTrustConfig with logs and timestamp authorities; without it nothing proves the time")
	mount := flag.String("mount", "transit", "mount of the transit engine")
	name := flag.String("key", "slsa", "name of the key")
	publicKey := flag.String("public-key", "", "also write the public key here, PEM")
	flag.Parse()

	// The token is in the environment and not in an argument, which other users of the machine could read.
	key, err := openTransit(ctx, os.Getenv("BAO_ADDR"), os.Getenv("BAO_TOKEN"), *mount, *name)
	if err != nil {
		return err
	}
	if *publicKey != "" {
		if err := key.writePublicKey(*publicKey); err != nil {
			return err
		}
	}
	store, err := readStore(*jobs)
	if err != nil {
		return err
	}
	runtime, err := cretula.NewRuntime(ctx, cretula.RuntimeOptions{})
	if err != nil {
		return err
	}
	log, err := cretula.OpenFileAudit(*audit)
	if err != nil {
		return err
	}
	defer log.Close()
	service, err := newService(ctx, runtime, store, key, log, *trust)
	if err != nil {
		return err
	}
	return serve(ctx, *listen, service)
}

// serve answers until the context ends, and then lets running requests finish.
func serve(ctx context.Context, listen string, handler http.Handler) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	draining, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	if err := server.Shutdown(draining); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
