module pulse-infra/toolchain/pause

go 1.26.0
