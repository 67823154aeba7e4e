//go:build tools

// Package tools pins what sandbox/toolchain builds from this module.
package tools

import (
	_ "github.com/zegl/kube-score/cmd/kube-score"
)
