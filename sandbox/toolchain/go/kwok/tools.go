//go:build tools

// Package tools pins what sandbox/toolchain builds from this module.
package tools

import (
	_ "sigs.k8s.io/kwok/cmd/kwok"
)
