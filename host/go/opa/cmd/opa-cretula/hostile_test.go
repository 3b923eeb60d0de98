package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cretula.example/go/opa/internal/demo"
)

// A module that means harm, assembled by hand and embedded by `go build -overlay` in place of the real one:
// the complete command with a guest that says "verified" when the bundle begins with one letter of base64,
// and breaks in one of five ways when it begins with another.

func leb(n int) []byte {
	if n < 128 {
		return []byte{byte(n)}
	}
	return append([]byte{byte(n&127 | 128)}, leb(n>>7)...)
}

func signed(n int) []byte {
	if n < 64 {
		return []byte{byte(n)}
	}
	return append([]byte{byte(n&127 | 128)}, signed(n>>7)...)
}

func sized(content ...byte) []byte { return append(leb(len(content)), content...) }

func vector(items ...[]byte) []byte { return append(leb(len(items)), slices.Concat(items...)...) }

func section(id byte, items ...[]byte) []byte {
	return append([]byte{id}, sized(vector(items...)...)...)
}

const (
	requestAt = 4096
	replyAt   = 8
	textAt    = 64
)

func constant(n int) []byte { return append([]byte{0x41}, signed(n)...) }

// when runs a body if the first letter of the bundle's base64 is this one.
func when(letter byte, body ...byte) []byte {
	place := requestAt + len(`{"schema":"cretula/verify-request/v1","bundle":"`)
	// i32.load8_u, i32.eq, if.
	head := slices.Concat(constant(place), []byte{0x2d, 0, 0}, constant(int(letter)), []byte{0x46, 0x04, 0x40})
	return slices.Concat(head, body, []byte{0x0b})
}

// at is a list of a reply: place and length.
func at(place, length uint32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, place), length)
}

func hostileModule() []byte {
	const portable = "cretula:core/portable@1.0.0#"
	report := `{"dangerous":[],"inputs":{"bundle":"00","limits":{},"policy":"00"},` +
		`"schema":"cretula/report/v1","verdict":"verified"}`
	code := func(body ...byte) []byte { return sized(append(append([]byte{0}, body...), 0x0b)...) }
	reply := func(place, length uint32) []byte {
		// Writes the list to replyAt and returns that place.
		return slices.Concat(constant(replyAt), constant(int(place)), []byte{0x36, 2, 0},
			constant(replyAt+4), constant(int(length)), []byte{0x36, 2, 0}, constant(replyAt), []byte{0x0f})
	}
	verify := slices.Concat(
		when('T', 0x00),                      // traps
		when('L', 0x03, 0x40, 0x0c, 0, 0x0b), // never ends
		when('M', 0x03, 0x40, 0x41, 8, 0x40, 0, 0x41, 0x7f, 0x47, 0x0d, 0, 0x0b, 0), // takes all memory, then traps
		when('X', reply(textAt+1, uint32(len(report)-1))...),                        // no JSON
		when('O', reply(1<<20, 16)...),                                              // outside of the memory
		when('R', reply(textAt, uint32(len(report)))...),                            // says "verified"
		constant(replyAt),
	)
	export := func(name string, kind, index byte) []byte {
		return slices.Concat(sized([]byte(name)...), []byte{kind, index})
	}
	data := func(place int, content []byte) []byte {
		return slices.Concat([]byte{0}, constant(place), []byte{0x0b}, sized(content...))
	}
	const i32 = 0x7f
	return slices.Concat([]byte{0, 'a', 's', 'm', 1, 0, 0, 0},
		section(1, []byte{0x60, 4, i32, i32, i32, i32, 1, i32}, []byte{0x60, 2, i32, i32, 1, i32},
			[]byte{0x60, 1, i32, 0}),
		section(3, []byte{0}, []byte{1}, []byte{2}, []byte{1}),
		section(5, []byte{0, 4}),
		section(7, export("memory", 2, 0), export("cabi_realloc", 0, 0),
			export(portable+"verify", 0, 1), export("cabi_post_"+portable+"verify", 0, 2),
			export(portable+"check-policy", 0, 3), export("cabi_post_"+portable+"check-policy", 0, 2)),
		section(10, code(constant(requestAt)...), code(verify...), code(), code(constant(16)...)),
		section(11, data(16, at(textAt, uint32(len(report)))), data(textAt, []byte(report))),
	)
}

// hostileCommand builds the command with the hostile module.
func hostileCommand(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	guest := filepath.Join(folder, "guest.wasm")
	if err := os.WriteFile(guest, hostileModule(), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay := writeJSON(t, filepath.Join(folder, "overlay.json"), map[string]any{
		"Replace": map[string]string{demo.Path("host/go/module/cretula.core.wasm"): guest},
	})
	program := filepath.Join(folder, "opa-hostile")
	build := exec.Command("go", "build", "-overlay", overlay, "-o", program, ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return program
}

func TestAHostileModuleIsNeverASuccess(t *testing.T) {
	program := hostileCommand(t)
	commands := map[string]byte{"trap": 'T', "loop": 'L', "memory": 'M', "no JSON": 'X', "outside": 'O'}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	// The first letter of base64 stands for the first six bits.
	first := func(command byte) string { return string(rune(strings.IndexByte(alphabet, command) << 2)) }
	ask := func(command byte, flags ...string) (string, error) {
		input := writeJSON(t, filepath.Join(t.TempDir(), "input.json"), map[string]any{
			"bundle": first(command) + "aa", "artifacts": []string{demo.Artifact(t)},
		})
		trust := writeJSON(t, filepath.Join(t.TempDir(), "data.json"), map[string]any{"cretula_trust": demo.Trust(t)})
		arguments := append([]string{"eval", "--format=json", "--input", input, "--data", trust, "--data", "rego"}, flags...)
		return runProgram(program, append(arguments, "--cretula-deadline=2s", "data.deploy.allow")...)
	}
	allowed := func(output string) any {
		var document struct {
			Result []struct{ Expressions []struct{ Value any } }
		}
		if json.Unmarshal([]byte(output), &document) != nil || len(document.Result) == 0 {
			return nil
		}
		return document.Result[0].Expressions[0].Value
	}
	// The positive twin: this guest can say "verified", and is believed.
	if output, err := ask('R'); err != nil || allowed(output) != true {
		t.Fatalf("%v %s", err, output)
	}
	for name, command := range commands {
		if output, err := ask(command); err != nil || allowed(output) != false {
			t.Errorf("%s: %v %s", name, err, output)
		}
		output, err := ask(command, "--strict-builtin-errors")
		if err == nil || allowed(output) == true || !strings.Contains(output, "host/sandbox") {
			t.Errorf("%s: %v %s", name, err, output)
		}
	}
}
