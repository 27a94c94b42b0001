"""One process that holds 38,000 connections while its descriptor limit is 20,000, all of which echo."""

import json
import subprocess
import time
import unittest

import command
import load_servers
from load_servers import right

LIMIT = 20_000
CONNECTIONS = 38_000
PROCESSES = 4  # of the swarm, each below the limit
PATIENCE = 240


class beyond_limit(unittest.TestCase):
    def test_38000_connections_under_a_limit_of_20000(self):
        with open("/proc/meminfo") as info:
            free = next(int(line.split()[1]) for line in info if line.startswith("MemAvailable"))
        if free < 2_000_000:
            self.skipTest("76,000 sockets need some memory")
        with right("echo", cores=2, limit=LIMIT) as server:
            with open(f"/proc/{server.process.pid}/limits") as limits:
                row = next(line for line in limits if line.startswith("Max open files"))
            self.assertEqual(row.split()[3:5], [str(LIMIT), str(LIMIT)])
            began = time.monotonic()
            words = [command.aside, "swarm", "tcp", "--target", server.target, "--connections",
                     str(CONNECTIONS), "--processes", str(PROCESSES), "--warm-up", "1s",
                     "--for", "6s", "--timeout", "60s", "--think", "2s", "--json"]
            swarm = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            most = {}
            while swarm.poll() is None and time.monotonic() < began + PATIENCE:
                now = server.sockets()
                if sum(now.values()) > sum(most.values()):
                    most = now
                time.sleep(0.3)
            if swarm.poll() is None:
                swarm.kill()
                swarm.wait()
                self.fail(f"not over in {PATIENCE} s; the most that were open: {most}")
            said = json.loads(swarm.stdout.read())
            swarm.stdout.close()
            self.assertEqual(swarm.returncode, 0, said)
            self.assertEqual(said["connections"]["open"], CONNECTIONS)
            self.assertEqual(said["connections"]["lost"], 0)
            self.assertGreaterEqual(said["messages"]["answered"], CONNECTIONS)
            self.assertEqual(said["messages"]["unanswered"], 0)
            tables = {name: most[name] for name in ("aside-0", "aside-1")}
            self.assertGreaterEqual(sum(tables.values()), CONNECTIONS, most)
            self.assertLess(max(tables.values()), LIMIT)
            print(f"open at once: {tables}; opened in {said['connections']['seconds_to_open']:.1f} s; "
                  f"{said['messages']['answered']} answers; {time.monotonic() - began:.1f} s in all")
            # When the peers have gone each connection has ended: a listening socket is left for each core.
            until = time.monotonic() + 30
            while sum(server.sockets().values()) > 2 and time.monotonic() < until:
                time.sleep(0.1)
            left = server.sockets()
            self.assertEqual((left["aside-0"], left["aside-1"], sum(left.values())), (1, 1, 2), left)


if __name__ == "__main__":
    load_servers.take_option()
    command.main("__main__")
