"""A server with a thousand quiet peers and a greedy one that sends all it can, stops reading, and goes on."""

import select
import signal
import socket
import threading
import time
import unittest

import command
import load_servers
from command import running
from load_servers import right

PIECE = 64 * 1024


def pattern(begin, size):
    """Bytes of a stream in which no two places look alike for long."""
    first = begin - begin % 8
    words = b"".join((at // 8 * 0x9e3779b97f4a7c15 % (1 << 64)).to_bytes(8, "little")
                     for at in range(first, begin + size + 8, 8))
    return words[begin - first:begin - first + size]


class GreedyPeer:
    """Sends the pattern in one thread; `read` checks what comes back."""

    def __init__(self, port):
        self.stream = socket.create_connection(("127.0.0.1", port))
        self.sent = self.read_so_far = 0
        self.over = threading.Event()
        self.sender = threading.Thread(target=self.send, daemon=True)
        self.sender.start()

    def send(self):
        self.stream.settimeout(60)
        while not self.over.is_set():
            piece = pattern(self.sent, PIECE)
            # Counted before, so that the reader never knows of less than may come back.
            self.sent += PIECE
            self.stream.sendall(piece)
        self.stream.shutdown(socket.SHUT_WR)

    def wait_until_blocked(self):
        """Nobody reads: the server's writes to us stop, then its reads from us, then our writes."""
        until = time.monotonic() + 60
        while select.select([], [self.stream], [], 0.3)[1]:
            assert time.monotonic() < until, "a peer that does not read can send for ever"

    def read(self, size):
        end = self.read_so_far + size
        while self.read_so_far < end:
            got = self.stream.recv(min(end - self.read_so_far, PIECE))
            assert got, f"closed after {self.read_so_far} bytes"
            assert got == pattern(self.read_so_far, len(got)), f"wrong after {self.read_so_far}"
            self.read_so_far += len(got)

    def end(self):
        self.over.set()
        while got := self.stream.recv(PIECE):
            assert got == pattern(self.read_so_far, len(got)), f"wrong after {self.read_so_far}"
            self.read_so_far += len(got)
        self.sender.join()
        self.stream.close()


class greedy(unittest.TestCase):
    def beside_others(self, server, disturb):
        """The result of a thousand other peers meanwhile."""
        with running("swarm", "tcp", "--engine", command.engine, "--target", server.target,
                     "--connections", "1000", "--rate", "1000", "--warm-up", "100ms", "--for",
                     "10m", "--timeout", "2m") as others:
            others.expect("of warm-up")
            disturb()
            others.process.send_signal(signal.SIGINT)
            others.expect("interrupted", 150)
            self.assertEqual(others.end(), 130)
        # An interruption gives no verdict; what has gone wrong before is in the line of errors.
        self.assertNotRegex(others.text, "wrong bytes|closed by|reset by|no answer in time")
        self.assertRegex(others.text, r"answered +[1-9][\d,]* messages")
        return others.text

    def test_stops_reading_and_goes_on(self):
        with right("echo") as server:
            peer = GreedyPeer(server.port)

            def disturb():
                for _ in range(3):
                    peer.read(4 << 20)
                    peer.wait_until_blocked()
                peer.end()
            self.beside_others(server, disturb)
            self.assertEqual(peer.read_so_far, peer.sent)
            self.assertGreater(peer.sent, 12 << 20)

    def test_server_stops_and_goes_on(self):
        with right("echo") as server:
            peer = GreedyPeer(server.port)

            def disturb():
                for _ in range(3):
                    peer.read(1 << 20)
                    server.process.send_signal(signal.SIGSTOP)
                    peer.wait_until_blocked()
                    server.process.send_signal(signal.SIGCONT)
                peer.read(1 << 20)
                peer.end()
            self.beside_others(server, disturb)
            self.assertEqual(peer.read_so_far, peer.sent)


if __name__ == "__main__":
    load_servers.take_option()
    command.main("__main__")
