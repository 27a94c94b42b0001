"""The driver of scripts/bench versus: see ../PROTOCOL.md and docs/benchmarks.md."""
