"""aside demo: its figures, its exit codes, and that it leaves nothing behind."""

import os
import pty
import re
import resource
import signal
import socket
import subprocess
import termios
import unittest

import command
from command import child, children, expect, forbidding, gone, run, running

# Beside the connections' threads: one accepts, one reports, and ThreadSanitizer has one of its own.
other_threads = 3 if os.environ.get("ASIDE_SANITIZED") == "thread" else 2

small = ["--connections", "300", "--port", "0"]


def demo(*arguments, **how):
    return run("demo", "--engine", command.engine, *arguments, **how)


def limited(which, value):
    return lambda: resource.setrlimit(which, (value, value))


class figures(unittest.TestCase):
    fields = ["connections", "delivered", "worker_threads", "os_threads", "engine",
              "user_bytes_per_connection", "kernel_bytes_per_connection", "messages_per_second",
              "wake_us", "context_switches_per_second", "seconds_to_open", "idle_share"]

    def check_side(self, side, connections):
        for field in self.fields:
            self.assertIn(field, side)
        self.assertEqual(side["connections"], connections)
        self.assertEqual(side["delivered"], side["subscribers"])
        self.assertEqual(side["subscribers"], connections - max(connections // 100, 1))
        self.assertEqual(side["messages_received"], side["messages_sent"])
        self.assertGreater(side["messages_sent"], 0)
        self.assertEqual(side["connections_lost"], 0)
        self.assertGreater(side["user_bytes_per_connection"], 0)
        self.assertGreater(side["messages_per_second"], 0)
        self.assertGreater(side["context_switches_per_second"], 0)
        self.assertGreater(side["seconds_to_open"], 0)
        self.assertTrue(0 <= side["idle_share"] <= 1)
        wake = side["wake_us"]
        self.assertTrue(0 < wake["p50"] <= wake["p99"] <= wake["p999"], wake)

    def test_both_sides(self):
        done = demo(*small, "--for", "4s", "--json")
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.check_side(result, 300)
        self.check_side(result["as_threads"], 300)
        self.assertEqual(result["engine"], command.engine)
        self.assertTrue(result["engine_reason"])
        self.assertGreaterEqual(result["os_threads"], result["worker_threads"])
        self.assertLess(result["os_threads"], 20)
        self.assertEqual(result["as_threads"]["worker_threads"], 300)
        self.assertEqual(result["as_threads"]["os_threads"], 300 + other_threads)
        self.assertIn("Threads are fine at this size", result["advice"])

    def test_tasks_only(self):
        done = demo("--port", "0", "--connections", "2000", "--for", "2s", "--tasks-only",
                    "--workers", "1", "--json")
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.check_side(result, 2000)
        self.assertIsNone(result["as_threads"])
        self.assertEqual(result["worker_threads"], 1)
        self.assertIn("Use tasks", result["advice"])
        if command.strict:
            self.assertLessEqual(result["user_bytes_per_connection"], 1500)

    def test_threads_only_as_plain_lines(self):
        done = demo(*small, "--for", "2s", "--threads-only")
        self.assertEqual(done.code, 0, done.err)
        self.assertNotIn("\033", done.out)
        self.assertRegex(done.out, rf"(?m)^OS threads +{300 + other_threads}$")
        self.assertRegex(done.out, r"(?m)^final event delivered +297 of 297$")
        self.assertIn("Threads are fine at this size", done.out)


class bad_input(unittest.TestCase):
    def one_line(self, done, code, *words):
        self.assertEqual(done.code, code, done.err)
        lines = [line for line in done.err.splitlines() if line.startswith("aside")]
        self.assertEqual(len(lines), 1, done.err)
        for word in words:
            self.assertIn(word, lines[0])

    def test_unknown_flag(self):
        self.one_line(demo("--frobnicate"), 2, "--frobnicate", "--help")

    def test_out_of_range(self):
        self.one_line(demo("--connections", "0"), 2, "--connections")
        self.one_line(demo("--for", "soon"), 2, "soon", "20s")
        self.one_line(demo("--engine", "steam"), 2, "--engine", "epoll")
        self.one_line(demo("--tasks-only", "--threads-only"), 2, "--threads-only")

    def test_port_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            self.one_line(demo("--port", port, "--for", "3s"), 3, str(port), "--port")

    def test_too_few_files(self):
        done = demo("--port", "0", "--for", "3s", preexec_fn=limited(resource.RLIMIT_NOFILE, 1000))
        self.one_line(done, 4, "10000", "1000", "ulimit -Hn", "--connections 936")

    def test_soft_limit_of_files_is_raised(self):
        def soft():
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
        done = demo(*small, "--for", "1s", "--tasks-only", "--json", preexec_fn=soft)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.json()["connections"], 300)

    @unittest.skipIf(os.environ.get("ASIDE_SANITIZED"), "a sanitizer reserves address space itself")
    def test_too_few_threads(self):
        # 150 stacks of 8 MB fit into 1.2 GB of address space.
        def little():
            resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, 8 << 20))
            resource.setrlimit(resource.RLIMIT_AS, (1200 << 20, 1200 << 20))
        done = demo(*small, "--for", "3s", "--json", preexec_fn=little)
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.assertEqual(result["connections"], 300)
        threads = result["as_threads"]
        self.assertTrue(0 < threads["connections"] < 300, threads)
        self.assertEqual(threads["delivered"], threads["subscribers"])
        self.assertIn("gave threads for", threads["note"])
        self.assertIn(" of 300 connections", threads["note"])
        self.assertIn("pthread_create", threads["note"])
        self.assertNotIn("cut_short", threads)
        self.assertIn("Use tasks", result["advice"])

    @unittest.skipIf(os.environ.get("ASIDE_SANITIZED"), "a sanitizer reserves address space itself")
    def test_threads_for_next_to_nobody(self):
        # About 13 stacks of 8 MB: less than there are talkers, so the load can't be had at all.
        # One arena, so that no thread takes address space beside its stack.
        environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}

        def little():
            resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, 8 << 20))
            resource.setrlimit(resource.RLIMIT_AS, (120 << 20, 120 << 20))
        many = ["--port", "0", "--connections", "3000", "--for", "3s"]
        done = demo(*many, "--json", preexec_fn=little, env=environment)
        self.assertEqual(done.code, 0, done.err)
        self.assertRegex(done.err, "aside demo: threads were cut short: .*gave threads for .*pthread")
        result = done.json()
        self.assertEqual(result["delivered"], 2970)
        threads = result["as_threads"]
        self.assertTrue(0 < threads["connections"] < 30, threads)
        self.assertIn("gave threads for", threads["cut_short"])
        self.assertIn("Use tasks", result["advice"])
        done = demo(*many, preexec_fn=little, env=environment)
        self.assertEqual(done.code, 0, done.err)
        self.assertRegex(done.out, r"(?m)^ +done +cut short$")
        self.assertRegex(done.out, r"(?m)^cut short: .*gave threads for")

    @unittest.skipIf(os.environ.get("ASIDE_SANITIZED"), "a sanitizer reserves address space itself")
    def test_too_little_memory(self):
        for megabytes in (22, 30):
            done = demo("--port", "0", "--connections", "8000", "--for", "3s", "--tasks-only",
                        preexec_fn=limited(resource.RLIMIT_AS, megabytes << 20))
            self.one_line(done, 4, "memory", "--connections")


class forbidden(unittest.TestCase):
    """What a container may forbid costs a sentence, not the demo."""

    def engine(self, *arguments, **how):
        done = run("demo", *small, "--for", "1s", "--tasks-only", "--json", *arguments, **how)
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.assertEqual(result["delivered"], result["subscribers"])
        return result["engine"], result["engine_reason"]

    def test_io_uring(self):
        chosen, why = self.engine("--engine", "uring", preexec_fn=forbidding("io_uring_setup"))
        self.assertEqual(chosen, "epoll")
        self.assertIn("Operation not permitted", why)

    def test_an_engine_that_was_named_and_refused_is_said(self):
        few = ["demo", *small, "--for", "1s", "--tasks-only"]
        named = ["--engine", "uring"]
        how = dict(preexec_fn=forbidding("io_uring_setup"))
        done = run(*few, *named, **how)
        self.assertEqual(done.code, 0, done.err)
        lines = done.err.splitlines()
        self.assertEqual(len(lines), 1, done.err)
        for word in ["the engine is epoll", "uring", "not permitted"]:
            self.assertIn(word, lines[0])
        self.assertRegex(done.out, "(?m)^the engine of the tasks is epoll: .*not permitted")
        refused = run("swarm", "--target", "127.0.0.1:1", "--connections", "2", *named, **how)
        self.assertIn("aside swarm: the engine is epoll", refused.err)
        done = run(*few, "--engine", "epoll")
        self.assertEqual(done.err, "")

    def test_calls_that_nothing_works_without(self):
        for calls in (["eventfd2"], ["epoll_create1"], ["clone", "clone3"], ["accept4"]):
            with self.subTest(calls=calls):
                done = run("demo", *small, "--for", "2s", "--threads-only",
                           preexec_fn=forbidding(*calls))
                self.assertEqual(done.code, 4, done.err)
                last = done.err.splitlines()[-1]
                self.assertIn("Operation not permitted", last)
                self.assertIn("seccomp", last)
                self.assertNotIn("memory", last)

    def test_accept(self):
        done = run("demo", *small, "--for", "2s", "--tasks-only",
                   preexec_fn=forbidding("accept4"))
        self.assertEqual(done.code, 4, done.err)
        self.assertIn("accept", done.err.splitlines()[-1])
        self.assertNotIn("--connections", done.err.splitlines()[-1])

    def test_membarrier(self):
        for asked in command.engines():
            chosen, _ = self.engine("--engine", asked, preexec_fn=forbidding("membarrier"))
            self.assertEqual(chosen, asked)

    def test_environment_chooses(self):
        for asked in command.engines():
            chosen, why = self.engine(env={**os.environ, "ASIDE_ENGINE": asked})
            self.assertEqual(chosen, asked)
            self.assertIn("ASIDE_ENGINE", why)

    def test_environment_is_no_engine(self):
        for verb in (["demo", *small, "--for", "1s", "--tasks-only"],
                     ["swarm", "--target", "127.0.0.1:1", "--connections", "2"]):
            done = run(*verb, env={**os.environ, "ASIDE_ENGINE": "steam"})
            self.assertEqual(done.code, 1, done.err)
            self.assertRegex(done.err.splitlines()[-1],
                             r"^aside( [^:]*)?: (the [^:]*: )?ASIDE_ENGINE=steam is no engine: set it to "
                             "epoll or uring")


class ends(unittest.TestCase):
    def test_killed_swarm(self):
        with running("demo", "--engine", command.engine, *small, "--tasks-only") as it:
            it.expect("messages arrive")
            mine = children(it.process.pid)
            os.kill(child(it.process.pid, "swarm"), signal.SIGKILL)
            self.assertEqual(it.end(), 5)
            self.assertRegex(it.text, r"aside demo: the swarm ended before its time, killed by "
                                      r"signal 9")
            self.assertTrue(gone(mine))

    def test_killed_server(self):
        with running("demo", "--engine", command.engine, *small) as it:
            it.expect("messages arrive")
            mine = children(it.process.pid)
            os.kill(child(it.process.pid, "--serve"), signal.SIGKILL)
            self.assertEqual(it.end(), 5)
            self.assertIn("the server of tasks ended before its time", it.text)
            self.assertTrue(gone(mine))

    def test_server_killed_at_once(self):
        with running("demo", "--engine", command.engine, *small, "--tasks-only") as it:
            os.kill(child(it.process.pid, "--serve"), signal.SIGKILL)
            self.assertEqual(it.end(), 5, it.text)
            self.assertIn("the server of tasks ended before its time, killed by signal 9", it.text)

    def test_killed_server_of_threads_leaves_the_result_of_the_tasks(self):
        with running("demo", "--engine", command.engine, *small, "--for", "4s") as it:
            it.expect("threads: 300 connections are open")
            os.kill(child(it.process.pid, "--serve threads"), signal.SIGKILL)
            self.assertEqual(it.end(), 5, it.text)
            self.assertRegex(it.text, r"(?m)^final event delivered +297 of 297 ")
            self.assertIn("threads were cut short: the server of threads ended", it.text)
            self.assertIn("There is nothing to compare", it.text)

    def test_killed_itself_leaves_nothing_running(self):
        with running("demo", "--engine", command.engine, *small) as it:
            it.expect("messages arrive")
            mine = children(it.process.pid)
            self.assertEqual(len(mine), 2, mine)
            it.process.kill()
            it.process.wait()
            self.assertTrue(gone(mine), "children outlive the demo")

    def test_interrupted_before_the_end(self):
        with running("demo", "--engine", command.engine, *small) as it:
            it.expect("messages arrive")
            mine = children(it.process.pid)
            it.process.send_signal(signal.SIGINT)
            self.assertEqual(it.end(), 130)
            self.assertRegex(it.text, r"drained: closed 300 connections as tasks; \d+ messages sent, "
                                      r"\d+ received, 0 connections lost")
            self.assertTrue(gone(mine))

    def test_goes_on_until_interrupted(self):
        with running("demo", "--engine", command.engine, "--connections", "100", "--port", "0",
                     "--tasks-only") as it:
            it.expect("until Ctrl-C", timeout=90)
            child(it.process.pid, "swarm")
            it.process.send_signal(signal.SIGTERM)
            self.assertEqual(it.end(), 0)
            self.assertIn("drained: closed", it.text)


class terminal(unittest.TestCase):
    """The demo in a pseudo terminal, as a person sees it."""

    def setUp(self):
        self.start(rows=40, columns=100)

    def start(self, rows, columns, *more):
        self.text = ""
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (rows, columns))
        self.before = termios.tcgetattr(theirs)
        self.keep = os.dup(theirs)

        def own_terminal():
            os.setsid()
            import fcntl
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        environment = {**os.environ, "TERM": "xterm-256color"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [command.aside, "demo", "--engine", command.engine, *small, *more], stdin=theirs, stdout=theirs,
            stderr=theirs, preexec_fn=own_terminal, env=environment)
        os.close(theirs)

    def tearDown(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.keep)
        os.close(self.ours)

    def expect(self, pattern, timeout=60):
        return expect(self.ours, self, pattern, timeout)

    def ended(self, code):
        self.process.wait(30)
        result = self.process.returncode
        self.assertEqual(result if result >= 0 else 128 - result, code)
        self.assertEqual(termios.tcgetattr(self.keep), self.before)
        # Whatever hides the cursor or takes another screen would have to be undone; nothing does.
        self.assertNotRegex(self.text, "\033\\[\\?")
        # Marks are switched off at the end of every line.
        for line in self.text.split("\n"):
            marks = re.findall("\033\\[(\\d+)m", line)
            self.assertTrue(not marks or marks[-1] == "0", repr(line))

    def test_table_and_ctrl_c(self):
        self.expect("messages arrive, [1-9]")
        self.assertRegex(self.text, "tasks +threads")
        self.assertIn("\033[J", self.text)
        os.write(self.ours, b"\x03")
        self.expect("drained: closed 300 connections")
        self.ended(130)

    def lines(self):
        """What was written, without marks, by lines."""
        return re.sub("\033\\[\\d*[mAJ]|\r", "", self.text).split("\n")

    def again(self, *how):
        self.tearDown()
        self.start(*how)

    def test_narrow(self):
        for columns in (40, 50):
            self.again(40, columns, "--for", "4s")
            self.expect("Threads are fine at this size[\\s\\S]*at\\s+once\\.")
            self.assertEqual([line for line in self.lines() if len(line) > columns], [])
            self.assertRegex("\n".join(self.lines()), r"\nmemory, own +[\d,]+ B +[\d,]+ B\n")
            self.assertRegex("\n".join(self.lines()), r"\nlast event +297( of 297)? +297( of 297)?\n")

    def test_lines_break_between_words(self):
        self.expect("see also\\s+http://127.0.0.1:[0-9]+/")
        self.expect("messages arrive")
        self.assertEqual([line for line in self.lines() if len(line) > 100], [])

    def test_low(self):
        self.again(10, 100)
        self.expect("messages arrive, [1-9]")
        self.assertTrue(set(re.findall("\033\\[(\\d+)A", self.text)) <= {str(n) for n in range(10)})

    def test_continued_after_a_stop(self):
        self.expect("messages arrive, [1-9]")
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        os.write(self.keep, b"written by the shell\r\n")
        self.expect("written by the shell\r*\n")
        stopped = self.text.index("written by the shell")
        self.process.send_signal(signal.SIGCONT)
        self.expect("written by the shell[\\s\\S]*messages arrive[\\s\\S]*messages arrive")
        frames = self.text[stopped:]
        self.assertLess(frames.index("tasks  "), frames.index("\033[J"), repr(frames[:300]))

    def test_ctrl_c_twice(self):
        self.expect("messages arrive")
        mine = children(self.process.pid)
        # The swarm is stopped so that draining can't finish: only the second Ctrl-C ends it.
        os.kill(child(self.process.pid, "swarm"), signal.SIGSTOP)
        os.write(self.ours, b"\x03")
        self.expect("closing the connections")
        for _ in range(100):  # one within 100 ms of the first is taken for the first
            os.write(self.ours, b"\x03")
            try:
                self.process.wait(0.3)
                break
            except subprocess.TimeoutExpired:
                pass
        self.ended(130)
        self.assertTrue(gone(mine))


if __name__ == "__main__":
    command.main("__main__")
