package cretula

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/api"
)

const portable = "cretula:core/portable@1.0.0#"

var errFirstMemory = errors.New("the first pages of the module do not fit into the memory limit")

// instance is one instance of the module. After an error it must be closed.
type instance struct {
	module   api.Module
	memory   *linearMemory
	deadline time.Duration
}

// call is one call of the interface `portable`.
type call struct {
	// name of the function.
	name string
	// lists are its arguments of bytes; now follows them if hasNow.
	lists  [][]byte
	now    uint64
	hasNow bool
	// replies is how many lists come back: 1, or 2 for a step.
	replies int
}

func bytesCall(name string, lists ...[]byte) call { return call{name: name, lists: lists, replies: 1} }

func timedCall(name string, replies int, now uint64, lists ...[]byte) call {
	return call{name: name, lists: lists, now: now, hasNow: true, replies: replies}
}

// memoryBytes is what the instance has taken; memory never shrinks.
func (i *instance) memoryBytes() int { return len(i.memory.buffer) }

func (i *instance) close(ctx context.Context) {
	// A module without imports holds nothing that closing could fail to give back.
	_ = i.module.Close(context.WithoutCancel(ctx))
}

// call runs one call by the canonical ABI, within a deadline of its own and the caller's context.
func (i *instance) call(ctx context.Context, call call) ([][]byte, error) {
	inside, stop := context.WithTimeout(ctx, i.deadline)
	defer stop()
	replies, err := i.run(inside, call)
	switch {
	case err == nil:
		return replies, nil
	case ctx.Err() != nil:
		return nil, cancelled(ctx)
	case inside.Err() != nil:
		return nil, &SandboxError{Cause: CauseDeadline, Detail: "no reply within " + i.deadline.String()}
	}
	return nil, sandboxError(err, i.memory)
}

func (i *instance) run(ctx context.Context, call call) ([][]byte, error) {
	function := i.module.ExportedFunction(portable + call.name)
	after := i.module.ExportedFunction("cabi_post_" + portable + call.name)
	if function == nil || after == nil || i.module.Memory() == nil {
		return nil, &SandboxError{Cause: CauseTrap, Detail: "the module does not export " + call.name}
	}
	var flat []uint64
	for _, list := range call.lists {
		place, err := i.write(ctx, list)
		if err != nil {
			return nil, err
		}
		flat = append(flat, place, uint64(len(list)))
	}
	if call.hasNow {
		flat = append(flat, call.now)
	}
	results, err := function.Call(ctx, flat...)
	if err != nil {
		return nil, err
	}
	replies, err := i.read(results, call.replies)
	if err != nil {
		return nil, err
	}
	_, err = after.Call(ctx, results...)
	return replies, err
}

// write puts a list into memory that the module allocates.
func (i *instance) write(ctx context.Context, list []byte) (uint64, error) {
	realloc := i.module.ExportedFunction("cabi_realloc")
	if realloc == nil {
		return 0, &SandboxError{Cause: CauseTrap, Detail: "the module does not export cabi_realloc"}
	}
	results, err := realloc.Call(ctx, 0, 0, 1, uint64(len(list)))
	if err != nil {
		return 0, err
	}
	if len(results) != 1 || !i.module.Memory().Write(api.DecodeU32(results[0]), list) {
		return 0, &SandboxError{Cause: CauseMemory, Detail: "the request does not fit into the memory"}
	}
	return results[0], nil
}

// read copies the lists of a reply: at the place that the function returned lie a place and a length for
// each.
func (i *instance) read(results []uint64, count int) ([][]byte, error) {
	outside := &SandboxError{Cause: CauseReply, Detail: "the reply is outside of the memory"}
	if len(results) != 1 {
		return nil, outside
	}
	head, ok := i.module.Memory().Read(api.DecodeU32(results[0]), uint32(8*count))
	if !ok {
		return nil, outside
	}
	replies := make([][]byte, count)
	for n := range replies {
		place := binary.LittleEndian.Uint32(head[8*n:])
		length := binary.LittleEndian.Uint32(head[8*n+4:])
		content, ok := i.module.Memory().Read(place, length)
		if !ok {
			return nil, outside
		}
		replies[n] = append([]byte{}, content...)
	}
	return replies, nil
}

func cancelled(ctx context.Context) error {
	err := ctx.Err()
	return &SandboxError{Cause: CauseCancelled, Detail: err.Error(), wrapped: err}
}

// sandboxError names the cause of an error of the engine.
func sandboxError(err error, memory *linearMemory) error {
	var known *SandboxError
	switch {
	case errors.As(err, &known):
		return known
	case memory.denied || errors.Is(err, errFirstMemory):
		return &SandboxError{Cause: CauseMemory, Detail: firstLine(err)}
	}
	return &SandboxError{Cause: CauseTrap, Detail: firstLine(err)}
}

// firstLine leaves out the stack of the guest that the engine appends.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(line, " (recovered by wazero)")
}
