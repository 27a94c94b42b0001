#!/usr/bin/env python3
"""What other peers of an echo server do to those that want little of it.

usage: scripts/bench neighbours [greedy|idle] [--pairs N] [--seconds S] [--json FILE]

greedy  999 connections send 2,000 messages of 64 bytes a second in all (open loop, `aside swarm`), with and
        without one more peer that sends 64 KiB pieces as fast as they come back. The figure is the
        others' p99 with it, divided by that without it.
idle    100 connections send 10,000 messages a second in all, with and without 10,000 idle ones beside
        them. Figures: the server's processor time a message, and p99.9, each with divided by without.

Windows alternate, and each ratio is of two that follow each other; printed is their median with its 95 %
interval. The floors beside it do the same work: what the machine does to both is no server's fault.
The server has one processor and the clients another; the greedy peer gets of that one what the others
leave (SCHED_IDLE), or it would slow the measuring down and not the server.
"""

import argparse
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import threading

from driver import machine, paired, peer, servers, works
from driver.plan import FULL
from driver.program import Failed

HOME = pathlib.Path(__file__).resolve().parents[1] / "versus"
BUILT = HOME.parents[1] / "build" / "versus"
PEERS = ("aside", "floor_epoll", "floor_uring", "floor_coroutine")
PIECE = 64 * 1024


class Greedy:
    """Sends as fast as its bytes come back, from a process of its own that yields to everybody."""

    def __init__(self, port, cpus):
        self.child = os.fork()
        if self.child == 0:
            try:
                os.sched_setaffinity(0, cpus)
                os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
                self.run(port)
            finally:
                os._exit(1)

    @staticmethod
    def run(port):
        with socket.create_connection(("127.0.0.1", port)) as peer_:
            piece = bytes(PIECE)

            def send():
                while True:
                    peer_.sendall(piece)
            threading.Thread(target=send, daemon=True).start()
            while peer_.recv(4 * PIECE):
                pass

    def end(self):
        os.kill(self.child, 9)
        os.waitpid(self.child, 0)


def swarm(options, port, place):
    command = [options.aside, "swarm", "tcp", "--target", f"127.0.0.1:{port}", "--connections", "999",
               "--rate", "2000", "--warm-up", "500ms", "--for", f"{options.seconds}s", "--json"]
    done = subprocess.run(command, capture_output=True, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, place))
    if done.returncode not in (0, 1):
        raise Failed(done.stderr.strip())
    found = json.loads(done.stdout)
    if found["connections"]["lost"] or found["messages"]["unanswered"]:
        raise Failed(f"lost messages: {done.stderr.strip()}")
    return found


def greedy(options, entry):
    work = works.Work("greedy", "net", "echo", "us", False, parameters={"size": 64})
    placement = servers.Placement(together=False)
    server = servers.start_server(entry, work, placement, "")
    try:
        port = servers.listening(server)
        pairs = []
        for _ in range(options.pairs):
            pair = {}
            for with_it in random.sample((False, True), 2):
                one = Greedy(port, placement.client) if with_it else None
                try:
                    pair[with_it] = swarm(options, port, placement.client)
                finally:
                    if one:
                        one.end()
            pairs.append(pair)
    finally:
        server.close()
    return {"p99": [(pair[False]["latency_us"]["p99"], pair[True]["latency_us"]["p99"])
                    for pair in pairs]}


def idle(options, entry):
    effort = FULL
    placement = servers.Placement(together=False)
    stations = {}
    try:
        for count in (0, 10_000):
            work = works.Work("idle", "net", "echo", "us", False, kind="rate_cpu", parameters={
                "connections": 100, "idle": count, "size": 64, "rate": 10_000})
            stations[count] = servers.ServerStation(entry, work, placement,
                                                    str(BUILT / "client" / "load"), "", effort)
        found = {"cpu": [], "p999": []}
        for _ in range(options.pairs):
            pair = {count: stations[count].window(options.seconds * 1000)
                    for count in random.sample(sorted(stations), 2)}
            found["cpu"].append(tuple(pair[count]["server_cpu_ns"] / pair[count]["units"] / 1e3
                                      for count in (0, 10_000)))
            found["p999"].append(tuple(pair[count]["p999_us"] for count in (0, 10_000)))
        return found
    finally:
        for each in stations.values():
            each.close()


def show(name, figure, pairs, rng):
    ratios = [after / before for before, after in pairs]
    low, high = paired.interval([ratios], rng) or (float("nan"), float("nan"))
    before, after = (statistics.median(side) for side in zip(*pairs))
    print(f"{name:20} {figure:6} {before:10.2f} us without, {after:10.2f} us with: "
          f"{statistics.median(ratios):6.3f}  [{low:.3f}, {high:.3f}]", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0],
                                     description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("greedy", "idle"), default="greedy")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--peers", default=",".join(PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--aside", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    machine.raise_file_limit()
    rng, rows = random.Random(7), []
    measure = greedy if options.what == "greedy" else idle
    found = [peer.Peer(name, HOME / name, BUILT / name) for name in options.peers.split(",")]
    for entry in peer.contestants(found, ("epoll", "uring")):
        try:
            figures = measure(options, entry)
        except (Failed, OSError) as failure:
            print(f"{entry.name}: {failure}", file=sys.stderr)
            continue
        for figure, pairs in figures.items():
            show(entry.name, figure, pairs, rng)
            rows.append({"server": entry.name, "figure": figure, "pairs": pairs})
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
