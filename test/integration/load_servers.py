"""Servers for the tests of `aside swarm` and of what many connections do."""

import contextlib
import os
import resource
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


def is_socket(link):
    try:
        return os.readlink(link).startswith("socket:")
    except FileNotFoundError:  # closed meanwhile
        return False


class Right:
    """A server of aside's own: echo or http. With `cores` each of them has a table of descriptors."""

    def __init__(self, kind, cores=None, limit=None):
        def lower():
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

        words = [program, kind] + ([] if cores is None else [str(cores)])
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=None if limit is None else lower,
                                        env={**os.environ, "ASIDE_ENGINE": command.engine})
        self.port = int(self.process.stdout.readline().split()[1])
        self.target = f"127.0.0.1:{self.port}"

    def sockets(self):
        """Of each thread's table of descriptors; threads that share one count the same."""
        found = {}
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            folder = f"/proc/{self.process.pid}/task/{thread}"
            with open(f"{folder}/comm") as name:
                key = name.read().strip()
            found[key] = sum(is_socket(f"{folder}/fd/{fd}") for fd in os.listdir(f"{folder}/fd"))
        return found

    def private_bytes(self):
        # What it has written. Clean pages are of its file, and private only while no other test runs the same.
        with open(f"/proc/{self.process.pid}/smaps_rollup") as rollup:
            return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_Dirty")) * 1024


@contextlib.contextmanager
def right(kind, cores=None, limit=None):
    server = Right(kind, cores, limit)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()
