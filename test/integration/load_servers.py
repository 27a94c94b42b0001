"""Servers for the tests of `aside swarm` and of what many connections do."""

import contextlib
import os
import subprocess
import sys

import command

program = None


def take_option():
    """Takes `--server PROGRAM` off the command line: test/integration/load_server.cpp."""
    global program
    at = sys.argv.index("--server")
    program = sys.argv[at + 1]
    del sys.argv[at:at + 2]


class Right:
    """A server of aside's own: echo or http."""

    def __init__(self, kind):
        self.process = subprocess.Popen([program, kind], stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "ASIDE_ENGINE": command.engine})
        self.port = int(self.process.stdout.readline().split()[1])
        self.target = f"127.0.0.1:{self.port}"

    def private_bytes(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as rollup:
            return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_")) * 1024


@contextlib.contextmanager
def right(kind):
    server = Right(kind)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()
