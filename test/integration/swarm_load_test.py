"""aside swarm tcp and http: against right servers, and against slow, wrong, dying and absent ones."""

import fcntl
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import termios
import threading
import time
import unittest

import command
import load_servers
from command import child, children, expect, gone, run, running
from load_servers import right
from swarm_test import misbehaving

QUICK = ("--warm-up", "100ms", "--for", "400ms")


def load(protocol, *arguments, **how):
    return run("swarm", protocol, "--engine", command.engine, *arguments, **how)


def pieces(connection):
    while piece := connection.recv(65536):
        yield piece


class swarm_load(unittest.TestCase):
    def check(self, done, code=0):
        """The result of a run with --json, whose figures must agree with each other."""
        self.assertEqual(done.code, code, done.err)
        result = done.json()
        messages = result["messages"]
        self.assertEqual(messages["sent"], messages["answered"] + messages["wrong_status"]
                         + messages["unanswered"])
        for figures in filter(None, (result["latency_us"], result["late_us"])):
            shares = [figures[key] for key in ("p50", "p90", "p99", "p99_9", "max")]
            if figures["count"] > 0:
                self.assertEqual(shares, sorted(shares))
            else:
                self.assertEqual(set(shares), {None})
        if code == 0:
            self.assertGreater(messages["answered"], 0)
            self.assertEqual(result["connections"]["lost"], 0)
            self.assertEqual(set(result["errors"].values()), {0})
            self.assertEqual(result["latency_us"]["count"], messages["answered"])
        return result

    def test_closed_loop(self):
        with right("echo") as server:
            result = self.check(load("tcp", "--target", server.target, "--connections", "20", *QUICK,
                                     "--size", "100", "--json"))
        self.assertEqual(result["loop"], "closed")
        self.assertEqual(result["connections"]["open"], 20)
        self.assertGreaterEqual(result["bytes_verified"], 100 * result["messages"]["answered"])
        self.assertGreater(result["latency_us"]["p50"], 0)
        self.assertIsNone(result["late_us"])

    def test_open_loop_sends_what_is_due(self):
        with right("echo") as server:
            result = self.check(load("tcp", "--target", server.target, "--connections", "10", "--rate",
                                     "200", "--warm-up", "100ms", "--for", "1s", "--json"))
        # Those due in the measured second, no more and no fewer, however busy the machine is.
        self.assertEqual(result["messages"]["sent"] + result["messages"]["unsent"], 200)
        self.assertEqual(result["late_us"]["count"], result["messages"]["sent"])
        self.assertGreaterEqual(result["latency_us"]["max"], result["late_us"]["max"] * 0.98)

    def test_processes_sources_and_idle(self):
        peers = []

        def each(connection, number):
            peers.append(connection.getpeername()[0])
            for piece in pieces(connection):
                connection.sendall(piece)
        with misbehaving(each) as server:
            result = self.check(load("tcp", "--target", server.target, "--connections", "7",
                                     "--idle", "5", "--processes", "3", "--source",
                                     "127.0.0.2-127.0.0.4", *QUICK, "--ramp", "200", "--json"))
        self.assertEqual(result["connections"]["open"], 7)
        self.assertEqual(result["connections"]["idle_open"], 5)
        self.assertEqual(len(peers), 12)
        self.assertEqual(set(peers), {"127.0.0.2", "127.0.0.3", "127.0.0.4"})
        self.assertGreaterEqual(result["connections"]["seconds_to_open"], 3 / (200 / 3))

    def test_several_processes_keep_the_rate(self):
        with right("echo") as server:
            result = self.check(load("tcp", "--target", server.target, "--connections", "7", "--processes",
                                     "3", "--rate", "300", "--for", "1s", "--warm-up", "200ms",
                                     "--json"))
        self.assertEqual(result["messages"]["sent"] + result["messages"]["unsent"], 300)

    def test_large_messages_both_ways_at_once(self):
        with right("echo") as server:
            for more in ("--size", "3000000"), ("--size", "9000", "--in-flight", "7"):
                result = self.check(load("tcp", "--target", server.target, "--connections", "2", *more,
                                         *QUICK, "--json"))
                self.assertGreater(result["bytes_verified"], 2 * 63000)

    def test_http(self):
        with right("http") as server:
            for more in (), ("--in-flight", "8"), ("--rate", "100"):
                self.check(load("http", "--target", server.target, "--path", "/plaintext",
                                "--connections", "5", *QUICK, *more, "--json"))
            done = load("http", "--target", server.target, "--path", "/missing", "--connections", "5",
                        *QUICK, "--think", "50ms", "--json")
            result = self.check(done, 1)
            self.assertGreater(result["messages"]["wrong_status"], 0)
            self.assertEqual(result["messages"]["answered"], 0)
            self.assertEqual(result["connections"]["lost"], 0)
            self.assertIn("404", done.err)
            self.check(load("http", "--target", server.target, "--path", "/missing", "--status", "404",
                            *QUICK, "--json"))

    def test_connections_that_the_server_says_it_closes(self):
        def each(connection, number):
            with connection.makefile("rb") as asked:
                for count in range(4):
                    while asked.readline().strip():
                        pass
                    last = b"Connection: close\r\n" if count == 3 else b""
                    connection.sendall(b"HTTP/1.1 200 OK\r\n" + last +
                                       b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        with misbehaving(each) as server:
            result = self.check(load("http", "--target", server.target, "--connections", "3",
                                     *QUICK, "--think", "2ms", "--json"))
        self.assertGreater(result["connections"]["reopened"], 3)

    def test_a_server_that_stops_for_a_while_is_seen_by_the_open_loop_alone(self):
        def measure(*loop):
            begin = []

            def each(connection, number):
                stopped = False
                for piece in pieces(connection):
                    begin.append(time.monotonic())
                    if not stopped and begin[-1] > begin[0] + 0.7:
                        stopped = True
                        time.sleep(0.8)
                    connection.sendall(piece)
            with misbehaving(each) as server:
                return self.check(load("tcp", "--target", server.target, "--connections", "1",
                                       "--warm-up", "100ms", "--for", "2s", *loop, "--json"))
        closed = measure()
        opened = measure("--rate", "100")
        # Of those due while it stops, 80 of 200, half wait for more than 400 ms.
        self.assertGreater(opened["latency_us"]["p90"], 300_000)
        self.assertLess(closed["latency_us"]["p99"], 300_000)
        self.assertGreater(closed["latency_us"]["max"], 700_000)

    def test_a_server_that_does_not_keep_up(self):
        def each(connection, number):
            for piece in pieces(connection):
                time.sleep(0.05)
                connection.sendall(piece)
        with misbehaving(each) as server:
            done = load("tcp", "--target", server.target, "--connections", "1", "--rate", "100",
                        "--warm-up", "100ms", "--for", "1s", "--json")
            result = self.check(done, 1)
        self.assertGreater(result["messages"]["unsent"], 40)
        self.assertEqual(result["messages"]["sent"] + result["messages"]["unsent"], 100)
        # Those that were never sent count with the time that they have waited at least.
        self.assertEqual(result["latency_us"]["count"], 100)
        self.assertGreater(result["latency_us"]["p50"], 100_000)
        self.assertIn("did not keep up", done.err)

    def test_wrong_bytes(self):
        for wrong in (lambda piece: bytes([piece[0] ^ 1]) + piece[1:], lambda piece: piece + b"x",
                      lambda piece: piece[::-1]):
            def each(connection, number):
                for count, piece in enumerate(pieces(connection)):
                    connection.sendall(piece if count < 20 else wrong(piece))
            with misbehaving(each) as server:
                done = load("tcp", "--target", server.target, "--connections", "3", *QUICK,
                            "--json")
            result = self.check(done, 1)
            self.assertEqual(result["errors"]["wrong_bytes"], 3)
            self.assertEqual(result["connections"]["lost"], 3)
            self.assertIn("3 connections got wrong bytes", done.err)

    def test_an_answer_to_another_connection(self):
        last = {}

        def each(connection, number):
            for piece in pieces(connection):
                answer, last["piece"] = last.get("piece", piece), piece
                connection.sendall(answer)
        with misbehaving(each) as server:
            done = load("tcp", "--target", server.target, "--connections", "2", *QUICK, "--json")
        self.assertGreater(self.check(done, 1)["errors"]["wrong_bytes"], 0)

    def test_a_server_that_dies(self):
        for rate in ("--rate", "100"), ():
            with right("echo") as server:
                with running("swarm", "tcp", "--engine", command.engine, "--target", server.target,
                             "--connections", "5", "--idle", "2", "--processes", "2", "--for",
                             "10m", "--warm-up", "100ms", "--json", *rate) as it:
                    it.expect("of warm-up")
                    server.process.kill()
                    self.assertEqual(it.end(), 1)  # and not after ten minutes
                    self.assertRegex(it.text, "closed by the server|reset by the server")
                    self.assertRegex(it.text, '"lost":[5-7]')

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            target = f"127.0.0.1:{listener.getsockname()[1]}"
        done = load("tcp", "--target", target, "--connections", "3000", *QUICK)
        self.assertEqual(done.code, 6, done.err)
        for word in (target, "refused", "start the server", "--target"):
            self.assertIn(word, done.err)
        result = self.check(load("tcp", "--target", target, "--connections", "3", *QUICK, "--json"), 6)
        self.assertIn("start the server", result["given_up"])
        self.assertEqual(result["errors"]["refused"], 3)
        self.assertEqual(result["connections"]["open"], 0)
        self.assertIn("refused", result["first_error"])
        self.assertIsNone(result["messages_per_second"])

    def test_no_answer(self):
        waits = threading.Event()

        def each(connection, number):
            waits.wait()
        with misbehaving(each) as server:
            done = load("tcp", "--target", server.target, "--connections", "4", "--timeout",
                        "300ms", *QUICK, "--json")
            waits.set()
        result = self.check(done, 1)
        self.assertEqual(result["errors"]["no_answer"], 4)
        self.assertIn("4 connections got no answer in time", done.err)

    def silent(self, *arguments):
        """Against a server that accepts, takes everything, and says nothing."""
        def each(connection, number):
            for piece in pieces(connection):
                pass
        with misbehaving(each) as server:
            return load("tcp", "--target", server.target, *arguments)

    def test_no_answer_to_anything_that_was_due(self):
        asked = ("--connections", "4", "--rate", "100", "--timeout", "2s", "--warm-up", "100ms",
                 "--for", "500ms")
        done = self.silent(*asked, "--json")
        result = self.check(done, 1)
        # Each connection waits for the answer to its first message, which the warm-up sent.
        self.assertEqual(result["messages"], {"due": 50, "sent": 0, "answered": 0, "wrong_status": 0,
                                              "unanswered": 0, "unsent": 50})
        self.assertEqual(result["messages_per_second"], 0)
        self.assertEqual(result["latency_us"]["count"], 0)
        self.assertEqual(result["late_us"]["count"], 0)
        self.assertEqual(result["errors"]["no_answer"], 4)
        self.assertNotIn("NaN", done.out)
        self.assertIn("50 messages could not be sent while they were due", done.err)
        done = self.silent(*asked)
        self.assertEqual(done.code, 1, done.err)
        self.assertRegex(done.out, r"none of 50 messages due in \d\.\d s, of which 0 could")
        self.assertRegex(done.out, "(?m)^latency +none, as there was no answer to measure$")
        self.assertNotRegex(done.out, "(?m)^latency.*%|nan|sent late")

    def test_no_answer_to_what_was_sent_while_it_was_measured(self):
        result = self.check(self.silent("--connections", "4", "--rate", "100", "--timeout", "2s",
                                        "--warm-up", "1ms", "--for", "500ms", "--json"), 1)
        messages = result["messages"]
        self.assertEqual(messages["due"], 50)
        # The first of all was due in the warm-up.
        self.assertEqual((messages["sent"], messages["unanswered"]), (3, 3))
        self.assertEqual(result["latency_us"]["count"], 0)
        self.assertEqual(result["late_us"]["count"], 3)

    def test_no_answer_before_the_warm_up_is_over(self):
        for loop in ("--rate", "100"), ():
            asked = ("--connections", "4", "--timeout", "100ms", "--warm-up", "20s", "--for", "20s",
                     *loop)
            done = self.silent(*asked, "--json")
            result = self.check(done, 1)
            self.assertEqual(result["measured_seconds"], 0)
            self.assertIsNone(result["messages_per_second"])
            self.assertIsNone(result["swarm"]["processor_share"])
            self.assertFalse(result["swarm"]["was_the_limit"])
            self.assertIn("4 connections got no answer in time", done.err)
            done = self.silent(*asked)
            self.assertEqual(done.code, 1, done.err)
            self.assertIn("every connection was lost before the warm-up was over", done.out)

    def test_nothing_is_due(self):
        with right("echo") as server:
            result = load("tcp", "--target", server.target, "--connections", "2", "--rate", "0.01",
                          *QUICK, "--json")
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual(result.json()["messages"]["due"], 0)
            self.assertIsNone(result.json()["latency_us"]["p50"])
            done = load("tcp", "--target", server.target, "--connections", "2", "--rate", "0.01", *QUICK)
        self.assertRegex(done.out, r"nothing: no message was due in \d\.\d s")

    def test_source_that_is_not_ours(self):
        with right("echo") as server:
            done = load("tcp", "--target", server.target, "--source", "192.0.2.1", *QUICK)
            self.assertEqual(done.code, 4, done.err)
            self.assertIn("--source", done.err)

    def test_interrupted(self):
        with right("echo") as server:
            with running("swarm", "tcp", "--engine", command.engine, "--target", server.target,
                         "--connections", "50", "--processes", "2", "--rate", "500", "--for",
                         "10m", "--warm-up", "100ms") as it:
                it.expect("of warm-up")
                theirs = [child(it.process.pid, "--share 0"), child(it.process.pid, "--share 1")]
                time.sleep(1)  # so that there is something to say
                it.process.send_signal(signal.SIGINT)
                self.assertEqual(it.end(), 130)
                self.assertRegex(it.text, r"answered +[1-9]\d* messages")
                self.assertIn("interrupted", it.text)
                self.assertTrue(gone([it.process.pid, *theirs]))

    def test_its_processes_die_with_it(self):
        with right("echo") as server:
            with running("swarm", "tcp", "--engine", command.engine, "--target", server.target,
                         "--processes", "2", "--for", "10m") as it:
                it.expect("of warm-up")
                theirs = list(children(it.process.pid))
                self.assertEqual(len(theirs), 2)
                it.process.kill()
                self.assertTrue(gone(theirs))

    def test_a_process_that_dies_is_named(self):
        with right("echo") as server:
            with running("swarm", "tcp", "--engine", command.engine, "--target", server.target,
                         "--processes", "2", "--for", "10m") as it:
                it.expect("of warm-up")
                os.kill(child(it.process.pid, "--share 1"), signal.SIGKILL)
                self.assertEqual(it.end(), 5)
                self.assertIn("process 2 of the swarm has ended (137)", it.text)


class swarm_usage(unittest.TestCase):
    def refused(self, *words, says=()):
        done = run("swarm", *words)
        self.assertEqual(done.code, 2, done.err)
        self.assertEqual(len(done.err.splitlines()), 1, done.err)
        for word in says:
            self.assertIn(word, done.err)

    def test_nonsense(self):
        for words in (["--rate", "0"], ["--rate", "-5"], ["--rate", "soon"], ["--size", "0"],
                      ["--size", "16777217"], ["--connections", "0"], ["--processes", "0"],
                      ["--processes", "65"], ["--in-flight", "0"], ["--for", "0s"],
                      ["--timeout", "-1s"], ["--ramp", "0"], ["--idle", "-1"], ["--path", "/"],
                      ["--source", "localhost"], ["--source", "127.0.0.9-127.0.0.2"],
                      ["--target", "localhost:80"], ["--target", "127.0.0.1:0"]):
            self.refused("tcp", *words, says=[words[1] if words[0] != "--path" else "--path"])
        self.refused("tcp", "--rate", "5", "--in-flight", "2", says=["--in-flight", "--rate"])
        self.refused("tcp", "--rate", "5", "--think", "2s", says=["--think", "--rate"])
        self.refused("tcp", "--size", "16777216", "--in-flight", "1024", says=["--in-flight"])
        self.refused("tcp", "--connections", "3", "--processes", "4", says=["--processes 4"])
        self.refused("http", "--path", "plaintext", says=["plaintext"])
        self.refused("http", "--path", "/a b", says=["/a b"])
        self.refused("http", "--status", "99", says=["99"])
        self.refused("udp", says=["udp"])
        self.refused("tcp", "--source", "127.0.0.2", "--target", "[::1]:7000",
                     says=["127.0.0.2 is IPv4", "[::1]:7000 is IPv6"])
        self.refused("tcp", "--source", "::1", says=["::1 is IPv6", "127.0.0.1:7000 is IPv4"])

    def test_names_the_help_that_lists_the_options(self):
        self.refused("--frob", says=["--frob", "see aside swarm --help"])
        self.refused("tcp", "--frob", says=["--frob", "see aside swarm tcp --help"])
        self.refused("--connections", "3", "http", "--frob", says=["see aside swarm http --help"])

    def test_help_has_examples(self):
        for words in ([], ["tcp"], ["http"]):
            done = run("swarm", *words, "--help")
            self.assertEqual(done.code, 0, done.err)
            self.assertIn("aside swarm " + " ".join(words), done.out)
            self.assertIn("Exit codes:", done.out)

    def test_too_few_descriptors(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        for form in ([], ["--json"]):
            done = run("swarm", "tcp", "--connections", "1000", *form, preexec_fn=few)
            self.assertEqual(done.code, 4, done.err)
            for word in ("1,000 connections", "1,064", "200", "--processes 8"):
                self.assertIn(word, done.err)
        self.assertIn("1,064", done.json()["given_up"])
        done = run("swarm", "--connections", "1000", "--json", preexec_fn=few)
        self.assertEqual(done.code, 4, done.err)
        self.assertIn("1064", done.json()["error"])

    def test_output_that_is_lost(self):
        with right("echo") as server, open("/dev/full", "w") as full:
            done = subprocess.run([command.aside, "swarm", "tcp", "--target", server.target, *QUICK,
                                   "--json"], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 7, done.stderr)


class swarm_terminal(unittest.TestCase):
    """As a person sees it."""

    def in_terminal(self, **environment):
        self.text = ""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 100))

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        with right("echo") as server:
            process = subprocess.Popen(
                [command.aside, "swarm", "tcp", "--target", server.target, "--connections", "20", "--for",
                 "1s"], stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=own_terminal,
                env={**os.environ, "TERM": "xterm-256color", **environment})
            os.close(theirs)
            expect(ours, self, "the swarm .*idle\r\n", 60)
            self.assertEqual(process.wait(30), 0)
        os.close(ours)
        return self.text

    def test_progress(self):
        text = self.in_terminal()
        self.assertRegex(text, "s left, [1-9][0-9,]* answered")
        self.assertIn("\r\033[K", text)
        self.assertIn("\033[0m", text)

    def test_no_color(self):
        text = self.in_terminal(NO_COLOR="1")
        self.assertRegex(text, "s left, [1-9][0-9,]* answered")
        self.assertNotRegex(text, "\033\\[\\d*m")

    def test_dumb_terminal_and_pipe_are_plain(self):
        text = self.in_terminal(TERM="dumb")
        self.assertNotIn("\033", text)
        self.assertNotIn("s left", text)
        with right("echo") as server:
            done = run("swarm", "tcp", "--target", server.target, *QUICK)
            self.assertEqual(done.code, 0, done.err)
            self.assertNotIn("\033", done.out)
            self.assertEqual(len(re.findall("^opening", done.out, re.M)), 1)


if __name__ == "__main__":
    load_servers.take_option()
    command.main("__main__")
