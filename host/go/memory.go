package cretula

import (
	"github.com/tetratelabs/wazero/experimental"
)

// linearMemory is the memory of one instance. It refuses to grow above its limit and remembers that it did:
// that is how a call that ran out of memory is told from other traps.
type linearMemory struct {
	buffer []byte
	limit  uint64
	denied bool
}

// allocator makes the one memory of an instance.
func (m *linearMemory) allocator() experimental.MemoryAllocator {
	return experimental.MemoryAllocatorFunc(func(_, _ uint64) experimental.LinearMemory { return m })
}

// Reallocate returns the memory with a length of size bytes, or nil above the limit.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.denied = true
		return nil
	}
	if size > uint64(cap(m.buffer)) {
		// Doubling keeps the copying linear. What lies between length and capacity was never written: it is
		// zero.
		room := min(max(size, 2*uint64(cap(m.buffer))), m.limit)
		grown := make([]byte, len(m.buffer), room)
		copy(grown, m.buffer)
		m.buffer = grown
	}
	m.buffer = m.buffer[:size]
	return m.buffer
}

// Free drops the memory.
func (m *linearMemory) Free() { m.buffer = nil }
