"""A peer's program `tasks` whose single work takes as long as its arguments say.

    tasks.py [spin_us=N] [stalls=N] [fault=wrong_sum|few_tasks|dies|hangs|holds_for_ever|garbage|long_time|half_time|no_time|crashes] WORK workers=N …
"""

import json
import os
import signal
import sys
import time


def spin(microseconds):
    """At least so long, by the thread's own clock. What is reported is just that: then other load on the
    machine, or the host's, changes no ratio."""
    end = time.thread_time_ns() + microseconds * 1000
    while time.thread_time_ns() < end:
        pass


def main():
    pairs = dict(each.split("=", 1) for each in sys.argv[1:] if "=" in each)
    words = [each for each in sys.argv[1:] if "=" not in each]
    fault = pairs.get("fault")
    if words != ["toil"] and words != ["weigh"]:
        print(f"unknown work {words}", file=sys.stderr)
        return 3
    print("ready", flush=True)
    runs, memory = 0, []
    for line in sys.stdin:
        verb, _, count = line.strip().partition(" ")
        if verb == "quit":
            return 0
        if verb == "hold":
            if fault == "holds_for_ever":
                time.sleep(3600)
            memory.append(bytearray(b"x" * int(pairs.get("weighs", 100)) * int(count)))
            print(f"held {count}", flush=True)
        elif verb == "release":
            print("released", flush=True)
        else:
            runs += 1
            if fault == "dies" and runs > 2:
                print("out of luck", file=sys.stderr)
                return 9
            if fault == "hangs" and runs > 2:
                time.sleep(3600)
            if fault == "garbage" and runs > 2:
                print("well …", flush=True)
                continue
            each = int(pairs.get("spin_us", 1000))
            for _ in range(0 if fault == "no_time" else int(count)):
                spin(each)
            spent = each * 1000 * int(count)
            told = {"no_time": 1, "long_time": spent * 1000, "half_time": spent // 2}.get(fault, spent)
            print(json.dumps({
                "ns": told, "iterations": int(count),
                "stalls": int(pairs.get("stalls", 0)) * int(count),
                "tasks": 10 * int(count) - (fault == "few_tasks"),
                "sum": 45 * int(count) + (fault == "wrong_sum" and runs > 2)}), flush=True)
    if fault == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    return 0


sys.exit(main())
