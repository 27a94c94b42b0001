#!/usr/bin/env python3
"""What `load` must notice: servers that answer wrongly, twice, or not at all.

usage: load_test.py OUT, where `build OUT` has built it.
"""

import email.utils
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest

LOAD = None


def flipped(data):
    return bytes([data[0] ^ 1]) + data[1:]


class Server:
    """Echoes, or answers with what `right` makes of a chunk; from each connection's 21st chunk
    on, as `wrong` says: None closes the connection."""

    def __init__(self, wrong=lambda data: data, right=lambda data: data):
        self.wrong, self.right = wrong, right
        self.chunks = {}  # by connection
        self.opened = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.opened += 1
            threading.Thread(target=self.echo, args=(connection,), daemon=True).start()

    def echo(self, connection):
        count = 0
        with connection:
            try:
                while data := connection.recv(65536):
                    self.chunks[connection] = count = count + 1
                    answer = self.wrong(data) if count > 20 else self.right(data)
                    if answer is None:
                        return
                    connection.sendall(answer)
            except OSError:
                pass
            finally:
                self.chunks.pop(connection, None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def http_answer(*fields):
    """To each of the requests in a chunk; those of one pipeline come in one."""
    def answer(data):
        head = "\r\n".join(["HTTP/1.1 200 OK", "Content-Length: 13", *fields])
        return f"{head}\r\n\r\nHello, World!".encode() * data.count(b"\r\n\r\n")
    return answer


def load(arguments, windows):
    """The answers to so many windows of 200 ms, and how the program ended."""
    done = subprocess.run([LOAD, *arguments], input="window 200\n" * windows, text=True,
                          capture_output=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    return done, [json.loads(line) for line in lines[1:]]


class LoadTest(unittest.TestCase):
    def windows(self, server, *more):
        done, answers = load(["echo", f"port={server.port}", *more], 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(answers), 2)
        return answers

    def test_right_answers(self):
        with Server() as server:
            for size in (1, 64, 4096, 200000):
                for answer in self.windows(server, "connections=3", f"size={size}"):
                    self.assertEqual(answer["errors"], 0)
                    self.assertGreater(answer["units"], 3)
                    self.assertEqual(answer["bytes_verified"], answer["units"] * size)
                    self.assertLessEqual(answer["p50_us"], answer["p99_us"])
                    self.assertLessEqual(answer["p99_us"], answer["p999_us"])
                    self.assertGreater(answer["client_cpu_ns"], 0)

    def test_churn(self):
        with Server() as server:
            for churn in (1, 3):
                opened = server.opened
                answers = self.windows(server, "connections=3", f"churn={churn}")
                units = sum(answer["units"] for answer in answers) + 3  # one each before them
                self.assertEqual([answer["errors"] for answer in answers], [0, 0])
                self.assertGreater(units, 30)
                self.assertLessEqual(abs(server.opened - opened - units / churn), 3)

    def test_wrong_answers(self):
        for wrong in (flipped, lambda data: data + b"x", lambda data: data + data,
                      lambda data: data[::-1], lambda data: None):
            with Server(wrong) as server:
                answers = self.windows(server, "connections=3")
                self.assertEqual(answers[0]["errors"], 3)
                self.assertEqual(answers[1]["errors"], 3)

    def test_an_answer_to_another_connection(self):
        last = {}

        def swapped(data):
            answer, last["data"] = last.get("data", data), data
            return answer

        with Server(swapped) as server:
            self.assertGreater(self.windows(server, "connections=2")[0]["errors"], 0)

    def test_open_loop_keeps_its_rate(self):
        with Server() as server:
            for answer in self.windows(server, "connections=3", "rate=500", "idle=5"):
                self.assertEqual((answer["units"], answer["errors"]), (100, 0))

    def test_lost_idle_connections_count(self):
        def close_idle(data):
            for connection, count in list(server.chunks.items()):
                if count == 1:
                    connection.shutdown(socket.SHUT_RDWR)
            return data

        with Server(close_idle) as server:
            answers = self.windows(server, "connections=1", "idle=2")
            self.assertEqual(answers[0]["errors"], 2)
            self.assertGreater(answers[0]["units"], 20)

    def http(self, first, later, *more):
        """With these fields in the first 20 answers, and those after that."""
        with Server(http_answer(*later), http_answer(*first)) as server:
            return load(["http", f"port={server.port}", "connections=3", *more], 1)

    def test_dates(self):
        now = email.utils.formatdate(usegmt=True)
        for field in (f"Date: {now}", f"date:{now} "):
            for pipeline in (1, 4):
                done, answers = self.http([field], [field], f"pipeline={pipeline}")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(answers[0]["errors"], 0)
                self.assertGreater(answers[0]["units"], 100)
                self.assertEqual(answers[0]["bytes_verified"], answers[0]["units"] * 13)

    def test_no_date_or_a_wrong_one(self):
        now = email.utils.formatdate(usegmt=True)
        day = "Mon" if now[:3] != "Mon" else "Tue"
        for fields in ([], ["Server: x"], ["Date:"], ["Date: now"], [f"Dated: {now}"],
                       [f"Date: {day}{now[3:]}"], [f"Date: {now[:-3]}UTC"], [f"Date: {now} GMT"],
                       [f"Date: {now[:-4]}"], [f"Date: {int(time.time())}"],
                       ["Date: Sun, 06 Nov 1994 08:49:37 GMT"],
                       [f"Date: {email.utils.formatdate(time.time() + 3600, usegmt=True)}"]):
            done, answers = self.http(fields, fields)
            self.assertEqual((done.returncode, answers), (1, []), fields)
            self.assertIn("without a Date", done.stderr)

    def test_dates_are_looked_for_before_windows_only(self):
        done, answers = self.http([f"Date: {email.utils.formatdate(usegmt=True)}"], [])
        self.assertEqual((done.returncode, answers[0]["errors"]), (0, 0))

    def test_nobody_listens(self):
        with Server() as server:
            port = server.port
        done, _ = load(["echo", f"port={port}"], 1)
        self.assertEqual(done.returncode, 1)
        self.assertIn("refused", done.stderr)

    def test_too_few_descriptors(self):
        done, _ = load(["echo", "port=1", "connections=1000000"], 0)
        self.assertEqual(done.returncode, 1)
        self.assertIn("file descriptors", done.stderr)

    def test_misuse(self):
        for arguments in ([], ["echo"], ["echo", "port=1", "sise=3"], ["echo", "port=x"],
                          ["http", "port=1", "path=/other"]):
            self.assertEqual(load(arguments, 0)[0].returncode, 2)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    LOAD = pathlib.Path(sys.argv.pop(1)) / "load"
    unittest.main()
