"""Starts the command as a user does, and looks at what it did. Used by the tests beside it."""

import argparse
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

aside = None
engine = "epoll"
strict = False


def main(module):
    """Runs the tests of `module` with the options that CMakeLists.txt gives."""
    global aside, engine, strict
    options = argparse.ArgumentParser()
    options.add_argument("--aside", required=True)
    options.add_argument("--engine", default="epoll")
    options.add_argument("--strict", action="store_true")
    mine, rest = options.parse_known_args()
    aside, engine, strict = mine.aside, mine.engine, mine.strict
    if engine == "uring" and io_uring_is_forbidden():
        print("skipped: this system forbids io_uring")
        sys.exit(77)
    unittest.main(module=module, argv=[sys.argv[0], "--verbose"] + rest)


def engines():
    """Those that this system allows."""
    return ["epoll"] if io_uring_is_forbidden() else ["epoll", "uring"]


def io_uring_is_forbidden():
    import ctypes
    parameters = ctypes.create_string_buffer(120)
    ring = ctypes.CDLL(None, use_errno=True).syscall(425, 2, parameters)
    if ring >= 0:
        os.close(ring)
    return ring < 0


def forbidding(*calls):
    """For preexec_fn: the kernel answers these system calls with EPERM, as in a strict container."""
    import ctypes
    import platform
    import struct
    x86 = platform.machine() == "x86_64"
    numbers = {"io_uring_setup": 425, "clone3": 435, "clone": 56 if x86 else 220,
               "membarrier": 324 if x86 else 283, "accept4": 288 if x86 else 242,
               "eventfd2": 290 if x86 else 19,
               "epoll_create1": 291 if x86 else 20}
    allow, refuse = 0x7fff0000, 0x00050000 | errno.EPERM
    program = [(0x20, 0, 0, 0)]  # load the number of the call
    for left, call in zip(range(len(calls), 0, -1), calls):
        program.append((0x15, left, 0, numbers[call]))  # if it is this one, go to the refusal
    program += [(0x06, 0, 0, allow), (0x06, 0, 0, refuse)]
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    whole = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program), ctypes.addressof(filters)))
    libc = ctypes.CDLL(None, use_errno=True)

    def forbid(_kept=filters):
        no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
        for step in [(no_new_privileges, 1, 0), (set_seccomp, filter_mode, whole)]:
            if libc.prctl(*step, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "prctl")
    return forbid


class run:
    """One finished run: `code`, `out`, `err`."""

    def __init__(self, *arguments, timeout=120, **how):
        done = subprocess.run([aside, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=timeout, **how)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def json(self):
        lines = self.out.splitlines()
        assert len(lines) == 1, f"expected one line on stdout, got {self.out!r}"
        return json.loads(lines[0])


class running:
    """A command that goes on. `expect` reads its stdout and stderr until a pattern has come."""

    def __init__(self, *arguments, **how):
        self.process = subprocess.Popen([aside, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def expect(self, pattern, timeout=60):
        return expect(self.process.stdout.fileno(), self, pattern, timeout)

    def end(self, timeout=30):
        """Awaits its end: the exit code, as a shell counts it. Afterwards `text` is complete."""
        code = self.process.wait(timeout)
        self.text += (self.process.stdout.read() or b"").decode(errors="replace")
        return code if code >= 0 else 128 - code


def expect(descriptor, holder, pattern, timeout):
    import select
    until = time.monotonic() + timeout
    while True:
        found = re.search(pattern, holder.text)
        if found:
            return found
        left = until - time.monotonic()
        ready = select.select([descriptor], [], [], max(left, 0))[0]
        try:
            piece = os.read(descriptor, 65536) if ready else b""
        except OSError:  # a pseudo terminal whose other end has closed
            piece = b""
        if not piece:
            raise AssertionError(f"{pattern!r} did not come within {timeout} s; all there was:\n"
                                 f"{holder.text}")
        holder.text += piece.decode(errors="replace")


def children(pid):
    """The processes that `pid` has started: {pid: command line}."""
    found = {}
    for each in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{each}/stat") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            if parent == pid:
                with open(f"/proc/{each}/cmdline") as line:
                    found[int(each)] = line.read().replace("\0", " ")
        except OSError:
            continue  # it has ended meanwhile
    return found


def child(pid, words, timeout=30):
    """The child of `pid` whose command line holds `words`, as soon as there is one."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        for each, line in children(pid).items():
            if words in line:
                return each
        time.sleep(0.01)
    raise AssertionError(f"process {pid} has no child {words!r}")


def gone(pids, timeout=10):
    """True once none of the processes lives any more (one that only awaits its parent counts as gone)."""
    until = time.monotonic() + timeout
    alive = set(pids)
    while alive and time.monotonic() < until:
        for each in list(alive):
            try:
                with open(f"/proc/{each}/stat") as stat:
                    if stat.read().rsplit(")", 1)[1].split()[0] in "ZX":
                        alive.discard(each)
            except OSError:
                alive.discard(each)
        time.sleep(0.01)
    return not alive


__all__ = ["child", "children", "expect", "forbidding", "gone", "main", "run", "running", "signal"]
