"""aside swarm on its own: against the demo's server, against servers that misbehave, against none."""

import signal
import socket
import threading
import unittest

import command
from command import gone, run, running


def swarm(*arguments, **how):
    return run("swarm", "--engine", command.engine, *arguments, **how)


class misbehaving:
    """Accepts connections on a port of its own and does `each(connection, number)` with them."""

    def __init__(self, each):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.target = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.each = each
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        number = 0
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()
            number += 1

    def serve(self, connection, number):
        with connection:
            try:
                self.each(connection, number)
            except OSError:
                pass  # the swarm has gone

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class swarm_alone(unittest.TestCase):
    def one_line(self, done, code, *words):
        self.assertEqual(done.code, code, done.err)
        lines = [line for line in done.err.splitlines() if not line.startswith("opening")]
        lines = [line for line in lines if not line.startswith("open after")]
        self.assertEqual(len(lines), 1, done.err)
        for word in words:
            self.assertIn(word, lines[0])

    def test_against_the_demo(self):
        with running("demo", "--connections", "10", "--port", "0", "--tasks-only") as server:
            port = server.expect(r"http://127.0.0.1:(\d+)/")[1]
            done = swarm("--target", f"127.0.0.1:{port}", "--connections", "200", "--talkers", "5",
                         "--rate", "20", "--for", "1s", "--json")
            self.assertEqual(done.code, 0, done.err)
            result = done.json()
            self.assertEqual(result["subscribers"], 195)
            self.assertEqual(result["delivered"], 195)
            self.assertEqual(result["talkers"], 5)
            self.assertEqual(result["received"], result["sent"])
            self.assertGreater(result["sent"], 50)
            self.assertGreater(result["latency_us"]["p50"], 0)

    def test_nothing_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.one_line(swarm("--target", f"127.0.0.1:{port}", "--connections", "10", "--talkers", "1"),
                      6, f"127.0.0.1:{port}", "refused", "--target")

    def test_not_a_target(self):
        self.one_line(swarm("--target", "somewhere", "--connections", "10", "--talkers", "1"), 2,
                      "somewhere", "ADDRESS:PORT")

    def test_nobody_waits(self):
        self.one_line(swarm("--connections", "10", "--talkers", "10"), 2, "--talkers 10")

    def test_another_kind_of_server(self):
        def each(connection, number):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        with misbehaving(each) as server:
            done = swarm("--target", server.target, "--connections", "10", "--talkers", "1")
            self.one_line(done, 6, "404")

    def test_resetting_server(self):
        def each(connection, number):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with misbehaving(each) as server:
            done = swarm("--target", server.target, "--connections", "20", "--talkers", "2")
            self.assertEqual(done.code, 6, done.err)

    def test_a_server_that_says_nothing(self):
        def each(connection, number):
            while connection.recv(4096):
                pass
        with misbehaving(each) as server:
            done = swarm("--target", server.target, "--connections", "10", "--talkers", "2", "--json")
            self.one_line(done, 6, server.target, "no answer in time")
            self.assertEqual(done.json()["refused"], 10)
            self.assertEqual(set(done.json()["latency_us"].values()), {None})

    def test_a_server_that_answers_no_message(self):
        def each(connection, number):
            asked = connection.recv(4096)
            if asked.startswith(b"GET /ready"):
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\ndata: hello\n\n")
            while connection.recv(4096):
                pass
        with misbehaving(each) as server:
            done = swarm("--target", server.target, "--connections", "10", "--talkers", "2",
                         "--rate", "10", "--for", "500ms", "--json")
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("the server took none of the 10 messages that were due", done.err)
        self.assertIn("2 connections were lost: no answer in time", done.err)
        result = done.json()
        self.assertEqual((result["sent"], result["received"], result["lost"]), (0, 0, 2))
        self.assertEqual(set(result["latency_us"].values()), {None})

    def test_lost_connections_are_counted(self):
        waiting = []

        def each(connection, number):
            with connection.makefile("rb") as asked:
                while line := asked.readline():
                    length = 0
                    while header := asked.readline().strip():
                        if header.lower().startswith(b"content-length:"):
                            length = int(header.split(b":")[1])
                    body = asked.read(length)
                    if line.startswith(b"GET /ready"):
                        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                    elif line.startswith(b"GET"):
                        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\ndata: hello\n\n")
                        if number % 2 == 0:
                            return  # closes this subscriber's connection after its first event
                        waiting.append(connection)
                    else:
                        # A message goes to whoever is left, the last one to all who are.
                        to_all = line.startswith(b"POST /all")
                        for peer in waiting if to_all else waiting[:1]:
                            name = b"event: all\n" if to_all else b""
                            peer.sendall(name + b"data: " + body + b"\n\n")
                        connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        with misbehaving(each) as server:
            done = swarm("--target", server.target, "--connections", "21", "--talkers", "1",
                         "--for", "500ms", "--json")
            self.assertEqual(done.code, 1, done.err)
            self.assertEqual(done.json()["lost"], 10)
            self.assertIn("10 connections were lost", done.err)

    def test_interrupted(self):
        with running("demo", "--connections", "10", "--port", "0", "--tasks-only") as server:
            port = server.expect(r"http://127.0.0.1:(\d+)/")[1]
            with running("swarm", "--engine", command.engine, "--target", f"127.0.0.1:{port}",
                         "--connections", "100", "--talkers", "2", "--for", "60s") as it:
                it.expect("messages a second for")
                it.process.send_signal(signal.SIGINT)
                self.assertEqual(it.end(), 130)
                self.assertRegex(it.text, r"drained: closed 100 connections")
                self.assertTrue(gone([it.process.pid]))

    def test_unknown_flag(self):
        self.one_line(swarm("--speed", "9"), 2, "--speed", "--help")


if __name__ == "__main__":
    command.main("__main__")
