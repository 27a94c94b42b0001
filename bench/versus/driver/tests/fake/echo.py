"""A peer's program `echo` that costs as much a message as its arguments say.

    echo.py [spin_us=N] [fault=flips|dies|hangs|leaves_badly] [after=N] port=P workers=N size=S
"""

import os
import selectors
import socket
import sys
import time


def spin(microseconds):
    """By a clock that is a system call each time."""
    end = time.thread_time_ns() + microseconds * 1000
    while time.thread_time_ns() < end:
        pass


def main():
    pairs = dict(each.split("=", 1) for each in sys.argv[1:])
    microseconds, fault = int(pairs.get("spin_us", 0)), pairs.get("fault")
    after, messages = int(pairs.get("after", 100)), 0
    listener = socket.create_server(("127.0.0.1", int(pairs["port"])), backlog=4096)
    print(f"listening {listener.getsockname()[1]}", flush=True)
    ready = selectors.DefaultSelector()
    ready.register(listener, selectors.EVENT_READ)
    ready.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            if key.fileobj is sys.stdin:
                if not os.read(0, 100):
                    return 5 if fault == "leaves_badly" else 0
            elif key.fileobj is listener:
                stream, _ = listener.accept()
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(stream, selectors.EVENT_READ)
            else:
                data = key.fileobj.recv(1 << 16)
                if not data:
                    ready.unregister(key.fileobj)
                    key.fileobj.close()
                    continue
                messages += 1
                if microseconds:
                    spin(microseconds)
                if messages > after and fault == "dies":
                    print("cannot go on", file=sys.stderr)
                    return 7
                if messages > after and fault == "hangs":
                    time.sleep(3600)
                if messages > after and fault == "flips":
                    data = bytes([data[0] ^ 1]) + data[1:]
                key.fileobj.sendall(data)


sys.exit(main())
