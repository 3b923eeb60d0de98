module cretula.example/go

go 1.27

toolchain go1.27.3

require github.com/tetratelabs/wazero v1.12.0

require golang.org/x/sys v0.44.0 // indirect
