package cretula

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// Guests that mean harm, assembled by hand: each ends as a denial that names its cause, and the next call
// works.

func leb(n int) []byte {
	if n < 128 {
		return []byte{byte(n)}
	}
	return append([]byte{byte(n&127 | 128)}, leb(n>>7)...)
}

func sized(content ...byte) []byte { return append(leb(len(content)), content...) }

func vector(items ...[]byte) []byte { return append(leb(len(items)), slices.Concat(items...)...) }

func section(id byte, items ...[]byte) []byte {
	return append([]byte{id}, sized(vector(items...)...)...)
}

var wasmHeader = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

const (
	i32 = 0x7f
	end = 0x0b
)

// when runs a body if the letter at 16 is this one.
func when(letter byte, body []byte) []byte {
	// i32.const 16, i32.load8_u, i32.const letter (two bytes, since letters are above 63), i32.eq, if.
	head := []byte{0x41, 16, 0x2d, 0, 0, 0x41, letter | 0x80, 0, 0x46, 0x04, 0x40}
	return slices.Concat(head, body, []byte{end})
}

var (
	unreachable = []byte{0x00}
	forever     = []byte{0x03, 0x40, 0x0c, 0, end}
	// Grows memory by 8 pages until it is refused.
	bomb = []byte{0x03, 0x40, 0x41, 8, 0x40, 0, 0x41, 0x7f, 0x47, 0x0d, 0, end, 0x00}
)

// obedient does what the request says. A request lies at 8: place and length of the reply, one letter that
// commands (`T`rap, `L`oop, `M`emory, any other: reply), then the text.
func obedient(firstPages int) []byte {
	commands := slices.Concat(when('T', unreachable), when('L', forever), when('M', bomb))
	code := func(body ...byte) []byte { return sized(append(append([]byte{0}, body...), end)...) }
	eight := []byte{0x41, 8}
	export := func(name string, kind, index byte) []byte {
		return slices.Concat(sized([]byte(name)...), []byte{kind, index})
	}
	return slices.Concat(wasmHeader,
		section(1, []byte{0x60, 4, i32, i32, i32, i32, 1, i32}, []byte{0x60, 2, i32, i32, 1, i32}, []byte{0x60, 1, i32, 0}),
		section(3, []byte{0}, []byte{1}, []byte{2}),
		section(5, append([]byte{0}, leb(firstPages)...)),
		section(7, export("memory", 2, 0), export("cabi_realloc", 0, 0), export(portable+"verify", 0, 1),
			export("cabi_post_"+portable+"verify", 0, 2)),
		section(10, code(eight...), code(append(commands, eight...)...), code()),
	)
}

const verifiedReport = `{"schema":"cretula/report/v1","verdict":"verified"}`

func placed(letter byte, place, length uint32, text string) []byte {
	head := binary.LittleEndian.AppendUint32(nil, place)
	head = binary.LittleEndian.AppendUint32(head, length)
	return append(append(head, letter), text...)
}

func command(letter byte, text string) []byte { return placed(letter, 17, uint32(len(text)), text) }

func guestRuntime(t *testing.T, core []byte, options RuntimeOptions) *Runtime {
	t.Helper()
	runtime, err := newRuntime(context.Background(), core, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = runtime.Close(context.Background()) })
	return runtime
}

// engines are the two ways in which instances serve calls.
func engines(runtime *Runtime) map[string]func(ctx context.Context, request []byte) (Report, error) {
	warm := &Verifier{runtime: runtime}
	return map[string]func(context.Context, []byte) (Report, error){
		"fresh": func(ctx context.Context, request []byte) (Report, error) {
			return VerifyDocument(ctx, runtime, request)
		},
		"warm": func(ctx context.Context, request []byte) (Report, error) {
			replies, err := warm.call(ctx, bytesCall("verify", request))
			if err != nil {
				return Report{}, err
			}
			return readReply(replies[0])
		},
	}
}

func wantDenial(t *testing.T, report Report, err error, cause Cause) {
	t.Helper()
	var denied *SandboxError
	if !errors.As(err, &denied) || denied.Cause != cause || Code(err) != CodeSandbox {
		t.Fatalf("want %s, found %v", cause, err)
	}
	if report.Verified() || !strings.HasPrefix(err.Error(), "host/sandbox: "+causeTexts[cause]+": ") {
		t.Fatalf("%v %v", report.Verified(), err)
	}
}

func TestAfterEachCauseTheNextCallWorks(t *testing.T) {
	runtime := guestRuntime(t, obedient(1), RuntimeOptions{Deadline: 2 * time.Second, MaxMemoryBytes: 8 << 20})
	for name, verify := range engines(runtime) {
		t.Run(name, func(t *testing.T) {
			works := func() {
				t.Helper()
				report, err := verify(context.Background(), command('R', verifiedReport))
				if err != nil || !report.Verified() {
					t.Fatal(err)
				}
			}
			for range 2 {
				for letter, cause := range map[byte]Cause{'T': CauseTrap, 'L': CauseDeadline, 'M': CauseMemory} {
					report, err := verify(context.Background(), command(letter, verifiedReport))
					wantDenial(t, report, err, cause)
					works()
				}
				report, err := verify(context.Background(), command('R', "verified"))
				wantDenial(t, report, err, CauseReply)
				works()
			}
		})
	}
}

func TestACancelledContextStopsARunningCall(t *testing.T) {
	runtime := guestRuntime(t, obedient(1), RuntimeOptions{Deadline: time.Hour})
	for name, verify := range engines(runtime) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(50*time.Millisecond, cancel)
			report, err := verify(ctx, command('L', ""))
			wantDenial(t, report, err, CauseCancelled)
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			report, err = verify(ctx, command('L', ""))
			wantDenial(t, report, err, CauseCancelled)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			report, err = verify(ctx, command('R', verifiedReport))
			wantDenial(t, report, err, CauseCancelled)
			report, err = verify(context.Background(), command('R', verifiedReport))
			if err != nil || !report.Verified() {
				t.Fatal(err)
			}
		})
	}
}

func TestNoMoreInstancesThanAllowed(t *testing.T) {
	runtime := guestRuntime(t, obedient(1), RuntimeOptions{Deadline: time.Hour, MaxInstances: 1})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := VerifyDocument(ctx, runtime, command('L', ""))
		ended <- err
	}()
	for len(runtime.slots) == 0 {
		time.Sleep(time.Millisecond)
	}
	// The one instance is busy: another caller waits, until its own context ends.
	waiting, stop := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer stop()
	report, err := VerifyDocument(waiting, runtime, command('R', verifiedReport))
	wantDenial(t, report, err, CauseCancelled)
	cancel()
	wantDenial(t, Report{}, <-ended, CauseCancelled)
	report, err = VerifyDocument(context.Background(), runtime, command('R', verifiedReport))
	if err != nil || !report.Verified() {
		t.Fatal(err)
	}
}

func TestRepliesThatCannotBeReadAreDenials(t *testing.T) {
	runtime := guestRuntime(t, obedient(1), RuntimeOptions{Deadline: time.Minute})
	verify := engines(runtime)["warm"]
	for _, text := range []string{
		"", "\x00", "{}", "null", "true", "verified", `["cretula/report/v1","verified"]`, `"verified"`,
		` ` + verifiedReport, `{"verdict":"verified"}`, verifiedReport[1:], verifiedReport + "}",
		strings.Replace(verifiedReport, "verified", "VERIFIED", 1),
		strings.Replace(verifiedReport, `"verified"`, "true", 1),
		strings.Replace(verifiedReport, "v1", "v2", 1),
		strings.Replace(verifiedReport, "report", "error", 1),
		strings.Replace(verifiedReport, "schema", "Schema", 1),
		`{"schema":"cretula/report/v1"}`,
		`{"schema":"cretula/report/v1","verdict":"refused","verdict":"verified"}`,
		`{"schema":"cretula/error/v1"}`, `{"schema":"cretula/error/v1","error":{"code":""}}`,
		"{\"schema\":\"cretula/report/v1\",\"verdict\":\"verified\",\"x\":\"\xff\"}",
	} {
		report, err := verify(context.Background(), command('R', text))
		wantDenial(t, report, err, CauseReply)
	}
	for _, outside := range [][2]uint32{{0xffff_ffff, 1}, {17, 0xffff_ffff}, {1 << 16, 1}, {0, 1<<16 + 1}} {
		report, err := verify(context.Background(), placed('R', outside[0], outside[1], verifiedReport))
		wantDenial(t, report, err, CauseReply)
	}
	report, err := verify(context.Background(), make([]byte, 3<<20))
	wantDenial(t, report, err, CauseMemory)
	report, err = verify(context.Background(), command('R', `{"schema":"cretula/error/v1","error":{"code":"input/x"}}`))
	if Code(err) != "input/x" || report.Verified() {
		t.Fatal(err)
	}
}

func TestGuestsThatDoNotStart(t *testing.T) {
	importing := slices.Concat(wasmHeader, section(1, []byte{0x60, 0, 0}),
		section(2, slices.Concat(sized([]byte("env")...), sized([]byte("now")...), []byte{0, 0})))
	memory := slices.Concat(wasmHeader,
		section(2, slices.Concat(sized([]byte("env")...), sized([]byte("memory")...), []byte{2, 0, 1})))
	// Newer than WebAssembly 2.0: a tail call.
	tail := slices.Concat(wasmHeader, section(1, []byte{0x60, 0, 0}), section(3, []byte{0}),
		section(10, sized(0, 0x12, 0, end)))
	for name, core := range map[string][]byte{
		"imports a function": importing, "imports a memory": memory, "newer than 2.0": tail, "is none": []byte("wasm"),
	} {
		if _, err := newRuntime(context.Background(), core, RuntimeOptions{}); Code(err) != CodeModule {
			t.Errorf("a guest that %s: %v", name, err)
		}
	}
	large := guestRuntime(t, obedient(17), RuntimeOptions{MaxMemoryBytes: 1 << 20})
	report, err := VerifyDocument(context.Background(), large, command('R', verifiedReport))
	wantDenial(t, report, err, CauseMemory)
	mute := guestRuntime(t, wasmHeader, RuntimeOptions{})
	report, err = VerifyDocument(context.Background(), mute, command('R', verifiedReport))
	wantDenial(t, report, err, CauseTrap)
	if _, err := newRuntime(context.Background(), nil, RuntimeOptions{Deadline: -1}); Code(err) != CodeOptions {
		t.Error(err)
	}
}
