#!/usr/bin/env python3
"""User instructions of an echo server for each message: aside on both engines, and the floors beside it.

usage: scripts/bench instructions [--connections 1,100] [--size 64] [--json FILE]

Callgrind counts a server's instructions in two runs, of few messages and of many; the difference is that
of the messages alone. A client sends one message on each connection and then reads all answers, again
and again. The counts hardly depend on how busy the machine is: with one connection they are the same
in every run, with more of them the kernel reports a few events earlier or later.
"""

import argparse
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "versus"
FEW, MANY = 2_000, 12_000
PATIENCE = 30  # Valgrind 3.19 sometimes does not wake a thread that waits for a ring
SERVERS = (
    ("aside", "epoll", {"ASIDE_ENGINE": "epoll"}), ("aside", "uring", {"ASIDE_ENGINE": "uring"}),
    ("floor_epoll", "", {}), ("floor_uring", "", {}), ("floor_coroutine", "", {}),
)


def exchange(port, messages, connections, size):
    peers = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(connections)]
    for peer in peers:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    text = os.urandom(size)
    for _ in range(messages // connections):
        for peer in peers:
            peer.sendall(text)
        for peer in peers:
            left = size
            while left > 0:
                got = peer.recv(left)
                if not got or got != text[size - left:size - left + len(got)]:
                    raise RuntimeError("the server has closed or answered other bytes")
                left -= len(got)


def instructions(name, environment, messages, connections, size):
    """All that the server executed, from its start to its end."""
    with tempfile.TemporaryDirectory() as folder:
        # Valgrind 3.19 cannot read the debug information of newer compilers, and gives up.
        subprocess.run(["strip", "-o", f"{folder}/echo", BUILT / name / "echo"], check=True)
        server = subprocess.Popen(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
             f"{folder}/echo", "port=0", "workers=1", f"size={size}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment})
        too_long = threading.Timer(4 * PATIENCE, server.kill)
        too_long.start()
        try:
            line = server.stdout.readline().split()
            if len(line) != 2 or line[0] != "listening":
                raise RuntimeError(f"did not listen: {server.communicate()[1][-500:]}")
            exchange(int(line[1]), messages, connections, size)
            said = server.communicate("quit\n", timeout=60)[1]
        finally:
            too_long.cancel()
            server.kill()
            server.wait()
    found = re.search(r"Collected : (\d+)", said)
    if not found:
        raise RuntimeError(f"callgrind says no count: {said[-500:]}")
    return int(found.group(1))


def for_each_message(name, environment, connections, size):
    few, many = (instructions(name, environment, messages, connections, size)
                 for messages in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                      usage=__doc__.split("usage: ")[1].split("\n")[0])
    options.add_argument("--connections", default="1,100", help="comma-separated (default 1,100)")
    options.add_argument("--size", type=int, default=64, help="bytes of a message (default 64)")
    options.add_argument("--json", type=pathlib.Path, help="write the figures there too")
    chosen = options.parse_args()
    counts = [int(each) for each in chosen.connections.split(",")]
    print(f"user instructions for each message of {chosen.size} bytes\n\n{'':22}"
          + "".join(f"{count:>10} conn." for count in counts))
    rows = []
    for name, engine, environment in SERVERS:
        if not (BUILT / name / "echo").exists():
            print(f"{name:22} is not built: scripts/bench setup says why")
            continue
        row = {"server": name, "engine": engine or None}
        line = f"{name + (' ' + engine if engine else ''):22}"
        for count in counts:
            try:
                row[str(count)] = round(for_each_message(name, environment, count, chosen.size), 1)
                line += f"{row[str(count)]:16.1f}"
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as failure:
                row[str(count)] = None
                line += f"{'-':>16}"
                print(f"{name} {engine}: {failure}", file=sys.stderr)
        print(line, flush=True)
        rows.append(row)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if any(row["server"] == "aside" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
