// A Certificate Transparency log for tests: RFC 6962 submissions, tiles on disk, one accepted root file.
//
// Arguments: listen address, origin, storage folder, SEC1 key file, PEM file of accepted roots.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/transparency-dev/tessera"
	tiles "github.com/transparency-dev/tessera/storage/posix"
	antispam "github.com/transparency-dev/tessera/storage/posix/antispam"
	"github.com/transparency-dev/tesseract"
	"github.com/transparency-dev/tesseract/storage"
	"github.com/transparency-dev/tesseract/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	// A submission waits for the next checkpoint, so a short interval makes short tests.
	checkpointInterval = 100 * time.Millisecond
	batchAge           = 50 * time.Millisecond
	batchSize          = 16
	pollInterval       = 50 * time.Millisecond
	requestDeadline    = 10 * time.Second
	maxChainBytes      = 512 << 10
)

type settings struct{ address, origin, folder, keyFile, rootsFile string }

func main() {
	if len(os.Args) != 6 {
		stop(fmt.Errorf("usage: ctlog ADDRESS ORIGIN FOLDER KEY ROOTS"))
	}
	chosen := settings{os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]}
	handler, err := newHandler(context.Background(), chosen)
	if err != nil {
		stop(err)
	}
	stop(http.ListenAndServe(chosen.address, handler))
}

func stop(err error) {
	fmt.Fprintln(os.Stderr, "ctlog:", err)
	os.Exit(1)
}

func newHandler(ctx context.Context, chosen settings) (http.Handler, error) {
	key, err := readKey(chosen.keyFile)
	if err != nil {
		return nil, err
	}
	// The roots come from the file; this storage stays empty because no remote list is configured.
	noRemoteRoots, err := posix.NewRootsStorage(ctx, chosen.folder)
	if err != nil {
		return nil, err
	}
	accepted := tesseract.ChainValidationConfig{
		RootsPEMFile:           chosen.rootsFile,
		RootsRemoteFetchBackup: noRemoteRoots,
		ExtKeyUsages:           "CodeSigning",
	}
	open := func(ctx context.Context, signer note.Signer) (*storage.CTStorage, error) {
		return openStorage(ctx, chosen.folder, signer)
	}
	options := tesseract.LogHandlerOpts{DedupRL: -1, MaxCertChainBytes: maxChainBytes}
	return tesseract.NewLogHandler(ctx, chosen.origin, key, accepted, open, requestDeadline, false, "", options)
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s has no PEM block", path)
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

func openStorage(ctx context.Context, folder string, signer note.Signer) (*storage.CTStorage, error) {
	seen, err := antispam.NewAntispam(ctx, filepath.Join(folder, ".state", "antispam"), antispam.AntispamOpts{})
	if err != nil {
		return nil, err
	}
	driver, err := tiles.New(ctx, tiles.Config{Path: folder})
	if err != nil {
		return nil, err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(checkpointInterval).
		WithBatching(batchSize, batchAge).
		WithCTLayout(). // before the next line, which keeps how entries are read
		WithAntispam(tessera.DefaultAntispamInMemorySize, seen)
	appender, _, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, err
	}
	issuers, err := posix.NewIssuerStorage(ctx, folder)
	if err != nil {
		return nil, err
	}
	return storage.NewCTStorage(ctx, &storage.CTStorageOptions{
		Appender:            appender,
		Reader:              reader,
		IssuerStorage:       issuers,
		EnablePubAwaiter:    true,
		AwaiterPollInterval: pollInterval,
	})
}
