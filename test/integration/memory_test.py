"""What an idle connection costs a server: the growth of its private memory, pools and all."""

import resource
import socket
import sys
import unittest

import command
import load_servers
from load_servers import right

STEPS = (1_000, 5_000, 9_000)
OTHER_DESCRIPTORS = 100


def descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class memory(unittest.TestCase):
    def slopes(self, kind, question):
        if descriptors() < STEPS[-1] + OTHER_DESCRIPTORS:
            self.skipTest("too few descriptors")
        held, weights = [], []
        with right(kind) as server:
            for wanted in STEPS:
                fresh = []
                while len(held) + len(fresh) < wanted:
                    fresh.append(socket.create_connection(("127.0.0.1", server.port)))
                    fresh[-1].sendall(question)
                    if len(fresh) % 200 == 0 or len(held) + len(fresh) == wanted:
                        for peer in fresh[-200:]:
                            self.assertTrue(peer.recv(1000))
                held += fresh
                weights.append(server.private_bytes())
        for peer in held:
            peer.close()
        return [(after - before) / (n - m)
                for before, after, m, n in zip(weights, weights[1:], STEPS, STEPS[1:])]

    def check(self, kind, question, most):
        """The best of some servers: what else the machine does can only add, pages at a time."""
        for last in (False, False, False, True):
            slopes = self.slopes(kind, question)
            self.assertGreater(min(slopes), 80)  # it is the server that was weighed
            if max(slopes) <= most and max(slopes) / min(slopes) <= 1.05:
                return
            print(f"{kind}: {slopes} bytes a connection", file=sys.stderr)
            if last:
                self.fail(f"more than {most} bytes a connection, or not the same for all: {slopes}")

    def test_echo(self):
        self.check("echo", b"x" * 64, 256)

    def test_http(self):
        self.check("http", b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", 512)


if __name__ == "__main__":
    load_servers.take_option()
    command.main("__main__")
