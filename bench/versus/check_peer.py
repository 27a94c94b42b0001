#!/usr/bin/env python3
"""Runs each program of a peer through PROTOCOL.md once, with small parameters, and checks the answers.

usage: check_peer.py PEERDIR OUT [--build] [--only NAME]

OUT is where `PEERDIR/build OUT` has built the programs (--build does that first). --only takes a
program's or a work's name. What peer.json declares under "cannot" must be refused with exit code 3:
a work's name; "workers": tasks and when_not on more than one worker; "blocked": shape=blocked;
"http_static_4k": files;
"echo_build_run": the program of echo_build does not speak the protocol;
"http_cut_request": an answer while a part of the next request is there.
Ends with 0 when everything is right, with 1 otherwise.
"""

import argparse
import email.utils
import json
import os
import pathlib
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 60
STALE = 0.5  # seconds that an answer may have been on its way

# What each work is given here, and the task bodies and the sum that one iteration must report.
TASKS = {
    "spawn_many_local": ({"tasks": 100}, 100, 0),
    "spawn_many_remote_idle": ({"tasks": 100}, 100, 100),
    "spawn_many_remote_busy1": ({"tasks": 100, "stall_us": 10}, 100, 100),
    "spawn_many_remote_busy2": ({"tasks": 100, "stall_us": 10}, 100, 100),
    "yield_many": ({"tasks": 10, "yields": 20}, 10, 200),
    "ping_pong": ({"pings": 20}, 40, 20),
    "chained_spawn": ({"depth": 50}, 50, 0),
    "request_reply": ({"requests": 20, "capacity": 10}, 1, 210),
    "skynet_1m": ({"leaves": 1000, "fan": 10}, 1111, 499500),
    "sleepers_1m_seconds": ({"tasks": 200, "sleep_ms": 20}, 200, 200),
    "timer_fresh_1m": ({"live": 500, "pairs": 300}, None, 300),
    "timer_cancel_random_1m": ({"live": 500, "cancels": 500}, None, 500),
    "oneshot": ({"times": 50}, None, 1275),
    "time_timeout": ({"times": 50}, None, lambda workers: 50 * workers),
    "post": ({"times": 50}, None, 50),
}


class Wrong(Exception):
    pass


def need(condition, text):
    if not condition:
        raise Wrong(text)


class Program:
    """One run of a program: lines in, lines out."""

    def __init__(self, command, folder, environment):
        if command[0].startswith("./"):
            command = [str(folder / command[0][2:]), *command[1:]]
        self.command = " ".join(command)
        self.process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment},
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.pending = b""

    def line(self):
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            need(left > 0 and select.select([self.process.stdout], [], [], left)[0],
                 f"no line within {PATIENCE} s")
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise Wrong(f"ended: {self.ended()}")
            self.pending += more
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode()

    def ended(self):
        code = self.process.wait(PATIENCE)
        return f"exit code {code}, stderr: {self.process.stderr.read().decode().strip()[-300:]}"

    def ask(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()
        return self.line()

    def leave(self, way):
        if way == "quit":
            self.process.stdin.write(b"quit\n")
            self.process.stdin.flush()
        elif way == "end of input":
            self.process.stdin.close()
        else:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            raise Wrong(f"still there 10 s after {way}") from None
        need(code == 0, f"exit code {code} instead of 0 after {way}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass


def keys(parameters):
    return [f"{key}={value}" for key, value in parameters.items()]


def refused(start, arguments):
    with start(arguments) as program:
        said = program.ended()
        need(program.process.returncode == 3, f"must be refused with exit code 3, but: {said}")
        need("stderr: " in said and not said.endswith("stderr: "), "refused without a line on stderr")


def check_run(start, arguments, tasks, total, iterations=3, least_ns=1):
    with start(arguments) as program:
        need((first := program.line()) == "ready", f"said {first!r} instead of ready")
        for _ in range(2):
            before = time.monotonic_ns()
            text = program.ask(f"run {iterations}")
            elapsed = time.monotonic_ns() - before
            answer = json.loads(text)
            need(answer["iterations"] == iterations, f"iterations is wrong: {text}")
            need(least_ns * iterations <= answer["ns"] <= elapsed, f"ns is impossible: {text}")
            if tasks is not None:
                need(answer["tasks"] == tasks * iterations, f"{tasks} x {iterations} tasks: {text}")
                need(answer.get("runtime_tasks", 1 << 62) >= tasks * iterations,
                     f"runtime_tasks is too small: {text}")
            need(isinstance(answer["tasks"], int), f"tasks is not a number: {text}")
            need(answer["sum"] == total * iterations, f"sum should be {total} x {iterations}: {text}")
        program.leave("quit")


def check_hold(start, arguments):
    with start(arguments) as program:
        need((first := program.line()) == "ready", f"said {first!r} instead of ready")
        for _ in range(2):
            need((text := program.ask("hold 200")) == "held 200", f"hold: {text!r}")
            need((text := program.ask("release")) == "released", f"release: {text!r}")
        program.leave("end of input")


def check_ways_out(start, arguments):
    for way in ("quit", "end of input", "SIGTERM"):
        with start(arguments) as program:
            program.line()
            program.leave(way)


def check_tasks(start, peer, descriptions, only, report):
    works = [w for w in peer["works"] if descriptions[w]["program"] == "tasks"]
    for work in works:
        if only in descriptions and only != work:
            continue
        parameters, tasks, total = TASKS.get(work, ({"tasks": 200}, None, None))
        for shape in descriptions[work]["shapes"]:
            for workers in (1, 2):
                arguments = [work, f"workers={workers}", f"shape={shape}", *keys(parameters)]
                right = total(workers) if callable(total) else total
                if (workers > 1 and "workers" in peer["cannot"]) or \
                        (shape == "blocked" and "blocked" in peer["cannot"]):
                    report(arguments, lambda: refused(start, arguments))
                elif work == "sleepers_1m_bytes":
                    report(arguments, lambda: check_hold(start, arguments))
                else:
                    least = parameters.get("sleep_ms", 0) * 1000000 or 1
                    report(arguments, lambda: check_run(start, arguments, tasks, right,
                                                        least_ns=least))
    plain = ["workers=1", "shape=natural"]
    for work in ["no_such_work"] + [w for w in peer["cannot"] if w in TASKS]:
        report([work, "refused"], lambda: refused(start, [work, *plain]))
    if works:
        known = [works[0], *plain, *keys(TASKS.get(works[0], ({"tasks": 9}, 0, 0))[0])]
        report(["ways out"], lambda: check_ways_out(start, known))


def read_exactly(connection, size):
    got = bytearray()
    while len(got) < size:
        more = connection.recv(min(65536, size - len(got)))
        need(more, f"closed after {len(got)} of {size} bytes")
        got += more
    return bytes(got)


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def listening(program):
    word, _, port = program.line().partition(" ")
    need(word == "listening" and port.isdigit() and int(port) > 0, f"said {word} {port}")
    return int(port)


def check_echo(start, workers, port=0):
    with start([f"port={port}", f"workers={workers}", "size=64"]) as program:
        port = listening(program)
        many = [connect(port) for _ in range(100)]
        for turn in range(3):
            sent = [random.randbytes(64) for _ in many]
            for connection, text in zip(many, sent):
                connection.sendall(text)
            for connection, text in zip(many, sent):
                need(read_exactly(connection, 64) == text, f"other bytes came back, turn {turn}")
        for size in (1, 4096, 3000000):
            text = random.randbytes(size)
            sender = threading.Thread(target=many[0].sendall, args=(text,))
            sender.start()
            need(read_exactly(many[0], size) == text, f"other bytes came back of {size}")
            sender.join()
        many[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        many[1].close()
        many[0].shutdown(socket.SHUT_WR)
        need(many[0].recv(1) == b"", "bytes after the end")
        many[2].sendall(b"x")
        need(read_exactly(many[2], 1) == b"x", "one peer's reset reached another")
        for connection in many:
            connection.close()
        program.leave("SIGTERM")
    return port


def answer_to(stream):
    status = stream.readline()
    need(status.startswith(b"HTTP/1.1 200"), f"status {status!r}")
    length = date = None
    while (line := stream.readline().strip()):
        name, _, value = line.partition(b":")
        if name.lower() == b"date":
            need(date is None, "two Dates")
            date = value.strip().decode("ascii", "replace")
        if name.lower() == b"content-length":
            length = int(value)
        need(name.lower() != b"connection" or value.strip().lower() != b"close", "not kept alive")
    need(length is not None, "no Content-Length")
    check_date(date)
    return stream.read(length)


def check_date(text):
    """The text has whole seconds: at most a second old, it was right at most two ago."""
    need(text is not None, "no Date")
    try:
        then = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        raise Wrong(f"no date: {text!r}") from None
    need(email.utils.formatdate(then, usegmt=True) == text, f"not as HTTP has dates: {text!r}")
    age = time.time() - then
    need(-0.1 < age < 2 + STALE, f"a Date of {age:.1f} s ago")


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def check_http(start, workers, root, files, cut_requests):
    with start(["port=0", f"workers={workers}", f"root={root}"]) as program:
        port = listening(program)
        for _ in range(20):
            with connect(port) as connection, connection.makefile("rb") as stream:
                hello, whole = b"Hello, World!", request("/plaintext")
                for count in (1, 1, 16, 100):
                    connection.sendall(whole * count)
                    for i in range(count):
                        need((body := answer_to(stream)) == hello, f"{i} of {count}: {body[:40]!r}")
                for cut in (1, 20, len(whole) - 1) if cut_requests else ():
                    connection.sendall(whole + whole[:cut])
                    need(answer_to(stream) == hello, "wrong body before a cut request")
                    connection.sendall(whole[cut:])
                    need(answer_to(stream) == hello, "wrong body of a cut request")
                for name, content in files.items():
                    connection.sendall(request(f"/static/{name}"))
                    need(answer_to(stream) == content, f"wrong bytes of /static/{name}")
                connection.sendall(whole)
                need(answer_to(stream) == hello, "wrong body at the end")
        with connect(port) as connection, connection.makefile("rb") as stream:
            for pause in (0, 3):  # then a Date that was kept is too old
                time.sleep(pause)
                connection.sendall(whole)
                need(answer_to(stream) == hello, f"wrong body after {pause} s")
        program.leave("SIGTERM")


def fnv_of_blocks(blocks):
    result = 0
    for i in range(blocks):
        x, h = i + 1, 0xcbf29ce484222325
        for _ in range(1 << 17):
            x ^= x << 13 & 0xffffffffffffffff
            x ^= x >> 7
            x ^= x << 17 & 0xffffffffffffffff
            for byte in x.to_bytes(8, "little"):
                h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
        result ^= h
    return result


def check_when_not(start, peer, descriptions, folder, report):
    def one(work, workers):
        if work == "file_word_count":
            file = folder / "words"
            text = b"".join(random.choice((b"a", b"bc", b"\xc3\xa9", b" ", b"\n", b"\t", b"\v\f\r"))
                            for _ in range(200000))
            file.write_bytes(text)
            parameters = {"bytes": len(text), "file": file, "expect": len(text.split())}
            total = len(text.split())
        elif work == "hash_all_cores":
            parameters, total = {"blocks": 3}, fnv_of_blocks(3)
        else:
            parameters, total = {"connections": 3, "messages": 10, "size": 64}, 1920
        check_run(start, [work, f"workers={workers}", *keys(parameters)], None, total, 1)

    works = [w for w in peer["works"] if descriptions[w]["program"] == "when_not"]
    for work in works:
        for workers in (1,) if "workers" in peer["cannot"] else (1, 2):
            report([work, f"workers={workers}"], lambda: one(work, workers))
    report(["no_such_work", "refused"], lambda: refused(start, ["no_such_work", "workers=1"]))


def check_echo_build(command, folder, environment, runs):
    with tempfile.TemporaryDirectory() as out:
        command = [str(folder / command[0]), *command[1:], out]
        done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE,
                              check=False)
        need(done.returncode == 0, f"exit code {done.returncode}")
        binary = done.stdout.decode().strip().splitlines()[-1]
        need(pathlib.Path(out) in pathlib.Path(binary).parents, f"{binary} is not in {out}")
        if runs:
            check_echo(lambda more: Program([binary, *more], folder, environment), 1)


def check_description(peer, descriptions, folder):
    for key in ("about", "version", "programs", "works", "cannot"):
        need(key in peer, f"peer.json lacks {key!r}")
    for work in peer["works"]:
        need(work in descriptions, f"{work} is not in works.json")
        need(descriptions[work]["program"] in (*peer["programs"], "build"),
             f"{work} needs a program {descriptions[work]['program']!r}")
        need(work not in peer["cannot"], f"{work} is in works and in cannot")
    done = subprocess.run(peer["version"], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    need(done.returncode == 0 and done.stdout.strip(), "the version command says nothing")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("peer", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    out = options.out.resolve()
    if options.build:
        subprocess.run([options.peer.resolve() / "build", out], check=True)
    peer = json.loads((options.peer / "peer.json").read_text())
    peer.setdefault("cannot", {})
    descriptions = {w["work"]: w for w in json.loads((HERE / "works.json").read_text())}
    failures = checks = 0

    def report(name, check):
        nonlocal failures, checks
        checks += 1
        try:
            check()
            print("ok     ", *name, flush=True)
        except (Wrong, OSError, ValueError, KeyError) as error:
            failures += 1
            print("WRONG  ", *name, "--", repr(error) if isinstance(error, KeyError) else error,
                  flush=True)

    report(["peer.json"], lambda: check_description(peer, descriptions, out))
    for engine, environment in peer.get("engines", {"": {}}).items():
        for name, command in peer["programs"].items():
            work = descriptions.get(options.only)
            if options.only and name not in (options.only, work and work["program"]):
                continue
            print(f"-- {name} {engine}", flush=True)

            def start(arguments, command=command):
                return Program([*command, *arguments], out, environment)

            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                if name == "tasks":
                    check_tasks(start, peer, descriptions, options.only, report)
                elif name == "echo":
                    for workers in (1, 2):
                        report([name, f"workers={workers}"], lambda: check_echo(start, workers))
                    report([name, "ways out"], lambda: check_ways_out(
                        start, ["port=0", "workers=1", "size=64"]))
                elif name == "http":
                    files = {}
                    if "http_static_4k" not in peer["cannot"]:
                        files = {"4k": random.randbytes(4096), "1m": random.randbytes(1 << 20)}
                    for file, content in files.items():
                        (folder / file).write_bytes(content)
                    folder.chmod(0o755)
                    for workers in (1, 2):
                        report([name, f"workers={workers}"],
                               lambda: check_http(start, workers, folder, files,
                                                  "http_cut_request" not in peer["cannot"]))
                    report([name, "ways out"], lambda: check_ways_out(
                        start, ["port=0", "workers=1", f"root={folder}"]))
                elif name == "when_not":
                    check_when_not(start, peer, descriptions, folder, report)
                elif name == "echo_build":
                    report([name], lambda: check_echo_build(command, out, environment,
                                                            "echo_build_run" not in peer["cannot"]))
                else:
                    report([name], lambda: need(False, "not a program of PROTOCOL.md"))
    print(f"{checks} checks, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
