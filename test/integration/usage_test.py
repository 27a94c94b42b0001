"""What the command says to a command line that it does not take, and what it takes."""

import socket
import unittest

import command
from command import run


class usage(unittest.TestCase):
    def refused(self, *words, says):
        done = run(*words)
        self.assertEqual(done.code, 2, done.err)
        lines = done.err.splitlines()
        self.assertEqual(len(lines), 1, done.err)
        for word in says:
            self.assertIn(word, lines[0])

    def test_first_word(self):
        self.refused("bogus", says=["bogus", "demo", "swarm", "ask", "--help"])
        self.refused("--frob", says=["--frob", "demo", "--help"])
        self.refused(says=["which command", "demo", "swarm"])
        self.refused("demo", "--frob", says=["--frob", "see aside demo --help"])

    def test_durations_name_their_range(self):
        for text in ("0s", "1e9s", "-5s", "999999m", "soon"):
            self.refused("demo", "--for", text, says=[text, "1ms", "week"])

    def test_workers_name_their_range(self):
        self.refused("demo", "--workers", "65", says=["--workers", "64"])
        done = run("demo", "--workers", "64", "--connections", "10", "--port", "0", "--for", "1s",
                   "--tasks-only", "--json")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.json()["worker_threads"], 64)

    def test_few_connections_have_fewer_talkers(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            target = f"127.0.0.1:{closed.getsockname()[1]}"
        for connections in (2, 5):
            done = run("swarm", "--connections", connections, "--target", target)
            self.assertEqual(done.code, 6, done.err)  # it went as far as to connect
        self.refused("swarm", "--connections", "5", "--talkers", "5", says=["--talkers 5"])


if __name__ == "__main__":
    command.main("__main__")
