#!/usr/bin/env python3
"""Runs a program of a page and compares what it prints, stdout and stderr together, with a file.

    python3 test/docs/run.py build/release/test/docs/docs_footguns_stopping \\
        test/docs/footguns/stopping.txt
    … --write      # the program is right: writes the file

Durations are compared as "N ms". How the program ended, unless with 0, is the last line. It gets a
terminal, so that the lines of stdout and stderr come in the order in which they were printed.
"""

import argparse
import difflib
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import termios


def environment():
    """Ours, and LeakSanitizer says nothing of the leaks of the C library that it knows."""
    options = [os.environ.get("LSAN_OPTIONS"), "print_suppressions=0"]
    return {**os.environ, "LSAN_OPTIONS": ":".join(filter(None, options))}


def printed(program):
    ours, its = os.openpty()
    mode = termios.tcgetattr(its)
    mode[1] &= ~termios.OPOST  # no carriage returns
    termios.tcsetattr(its, termios.TCSANOW, mode)
    with subprocess.Popen(
        [program],
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    ) as running:
        os.close(its)
        text = b""
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:  # how a terminal says that its other end is closed
            pass
        code = running.wait()
    os.close(ours)
    if code < 0:
        text += f"({signal.Signals(-code).name})\n".encode()
    elif code > 0:
        text += f"(exit code {code})\n".encode()
    return text.decode()


def comparable(text):
    return re.sub(r"\b\d+ ms\b", "N ms", text).splitlines(keepends=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("expected", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    text = printed(options.program)
    if options.write:
        options.expected.write_text(text)
        return 0
    wanted = comparable(options.expected.read_text())
    got = comparable(text)
    if got != wanted:
        sys.stdout.writelines(difflib.unified_diff(wanted, got, "expected", "printed"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
