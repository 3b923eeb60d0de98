package cretula

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const (
	defaultMemoryBytes = 64 << 20
	defaultDeadline    = time.Second
	pageBytes          = 64 << 10
	// As many as WebAssembly has. The limit of the options is kept by linearMemory, which can tell that it
	// was met.
	maxPages = 1 << 16
)

// RuntimeOptions are the bounds of every call. The zero value has the defaults.
type RuntimeOptions struct {
	// MaxMemoryBytes bounds the linear memory of one instance, not the request and the reply that the host
	// holds. Default 64 MiB; rounded down to whole pages of 64 KiB.
	MaxMemoryBytes uint64
	// Deadline is the longest time of one call, without waiting for an instance. Default 1 s.
	Deadline time.Duration
	// MaxInstances is how many instances exist at once; one more call waits until one is free or its context
	// ends. Default 2 × GOMAXPROCS, at least 4.
	MaxInstances int
}

// Runtime is the compiled module with its bounds. Make one for a process and share it between goroutines.
type Runtime struct {
	engine   wazero.Runtime
	compiled wazero.CompiledModule
	options  RuntimeOptions
	slots    chan struct{}
}

// NewRuntime compiles the embedded module, which takes some hundred milliseconds.
//
// The error is a [Failure] with [CodeModule] if the module is missing or imports anything, and with
// [CodeOptions] for negative bounds.
func NewRuntime(ctx context.Context, options RuntimeOptions) (*Runtime, error) {
	core, err := embeddedModule()
	if err != nil {
		return nil, err
	}
	return newRuntime(ctx, core, options)
}

func newRuntime(ctx context.Context, core []byte, options RuntimeOptions) (*Runtime, error) {
	if options.Deadline < 0 || options.MaxInstances < 0 {
		return nil, failure(CodeOptions, "bounds of a runtime are not negative")
	}
	options = options.withDefaults()
	// WebAssembly 2.0 and nothing newer; a call is stopped in its loops when its context ends.
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2).
		WithCloseOnContextDone(true).
		WithMemoryLimitPages(maxPages)
	engine := wazero.NewRuntimeWithConfig(ctx, config)
	compiled, err := engine.CompileModule(ctx, core)
	if err != nil {
		return nil, closing(ctx, engine, failure(CodeModule, "the module cannot be compiled: "+firstLine(err)))
	}
	if len(compiled.ImportedFunctions())+len(compiled.ImportedMemories()) > 0 {
		return nil, closing(ctx, engine, failure(CodeModule, "the module imports something"))
	}
	return &Runtime{
		engine:   engine,
		compiled: compiled,
		options:  options,
		slots:    make(chan struct{}, options.MaxInstances),
	}, nil
}

func closing(ctx context.Context, engine wazero.Runtime, err error) error {
	// Nothing runs in it: there is nothing that closing could lose.
	_ = engine.Close(ctx)
	return err
}

func (o RuntimeOptions) withDefaults() RuntimeOptions {
	if o.MaxMemoryBytes == 0 {
		o.MaxMemoryBytes = defaultMemoryBytes
	}
	o.MaxMemoryBytes -= o.MaxMemoryBytes % pageBytes
	if o.Deadline == 0 {
		o.Deadline = defaultDeadline
	}
	if o.MaxInstances == 0 {
		o.MaxInstances = max(4, 2*runtime.GOMAXPROCS(0))
	}
	return o
}

// Options returns the bounds in force.
func (r *Runtime) Options() RuntimeOptions { return r.options }

// Close frees the compiled code. Calls that run are ended with a [SandboxError].
func (r *Runtime) Close(ctx context.Context) error { return r.engine.Close(ctx) }

var defaultRuntime = sync.OnceValues(func() (*Runtime, error) {
	return NewRuntime(context.Background(), RuntimeOptions{})
})

// orDefault returns this runtime, or the one that the process shares where the caller brought none.
func (r *Runtime) orDefault() (*Runtime, error) {
	if r != nil {
		return r, nil
	}
	return defaultRuntime()
}

// acquire waits for the right to have one instance.
func (r *Runtime) acquire(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return cancelled(ctx)
	}
}

func (r *Runtime) release() { <-r.slots }

// instantiate makes an instance that has seen nothing.
func (r *Runtime) instantiate(ctx context.Context) (*instance, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	memory := &linearMemory{limit: r.options.MaxMemoryBytes}
	// An anonymous module: instances of one runtime do not know each other.
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	inside := experimental.WithMemoryAllocator(context.WithoutCancel(ctx), memory.allocator())
	module, err := r.instantiateBounded(inside, config)
	if err != nil {
		return nil, sandboxError(err, memory)
	}
	return &instance{module: module, memory: memory, deadline: r.options.Deadline}, nil
}

// instantiateBounded turns the panic by which wazero answers a refused first memory into an error.
func (r *Runtime) instantiateBounded(
	ctx context.Context, config wazero.ModuleConfig,
) (module api.Module, err error) {
	defer func() {
		if recover() != nil {
			module, err = nil, errFirstMemory
		}
	}()
	return r.engine.InstantiateModule(ctx, r.compiled, config)
}

// fresh runs one call in an instance of its own.
func (r *Runtime) fresh(ctx context.Context, call call) ([][]byte, error) {
	if err := r.acquire(ctx); err != nil {
		return nil, err
	}
	defer r.release()
	instance, err := r.instantiate(ctx)
	if err != nil {
		return nil, err
	}
	defer instance.close(ctx)
	return instance.call(ctx, call)
}
