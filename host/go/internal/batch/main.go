// Command batch answers one cretula/verify-request/v1 document a line with the reply of the module, both in
// base64, until its input ends. Tests compare its replies with those of other engines.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	cretula "cretula.example/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// Where replies are compared, time is not what is tested.
	runtime, err := cretula.NewRuntime(ctx, cretula.RuntimeOptions{Deadline: time.Minute})
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 256<<20)
	for lines.Scan() {
		request, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			return err
		}
		reply, err := answer(ctx, runtime, request)
		if err != nil {
			return err
		}
		fmt.Println(base64.StdEncoding.EncodeToString(reply))
	}
	return lines.Err()
}

// answer returns the document of the module, whatever it says.
func answer(ctx context.Context, runtime *cretula.Runtime, request []byte) ([]byte, error) {
	report, err := cretula.VerifyDocument(ctx, runtime, request)
	var failed *cretula.Failure
	if errors.As(err, &failed) {
		return failed.JSON(), nil
	}
	return report.JSON(), err
}
