"""aside ask: what it says of real programs, and that it leaves them alone."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import command
from command import run

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "ask"))
import confusion  # noqa: E402
import programs   # noqa: E402

NAMED = {each.name: each for each in programs.ALL}


class ask_case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.shop = confusion.Workshop(cls.holder.name)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def judge(self, name, mode="exact", *flags):
        return confusion.judge(command.aside, NAMED[name], self.shop, mode, flags)


def difference(before, after):
    """What `ask diff` says of two results."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("before.json", "after.json")]
        for name, result in zip(names, (before, after)):
            with open(name, "w") as file:
                json.dump(result, file)
        return run("ask", "diff", *names)


class ask_verdicts(ask_case):
    """Programs whose verdict does not hang on what else the machine does."""

    def check(self, name, advice, mode="exact"):
        result = self.judge(name, mode)
        allowed = (NAMED[name].label,) + NAMED[name].also
        self.assertIn(result["verdict"]["code"], allowed, result["verdict"])
        if result["verdict"]["code"] == NAMED[name].label:
            self.assertEqual(result["verdict"]["advice"], advice)
        return result

    def test_a_program_that_a_signal_has_stopped(self):
        for mode in ("exact", "sampled"):
            with subprocess.Popen(["sleep", "60"]) as target:
                try:
                    target.send_signal(signal.SIGSTOP)
                    os.waitid(os.P_PID, target.pid, os.WSTOPPED)
                    flags = ["--sampled"] if mode == "sampled" else []
                    said = run("ask", "--json", "-", *flags, "--pid", target.pid, "--for", "300ms")
                    self.assertEqual(json.loads(said.out)["verdict"]["code"], "idle.stopped", mode)
                finally:
                    target.kill()

    def test_waiting_in_a_row(self):
        result = self.check("hundred_in_a_row", "tasks")
        if result["mode"] == "exact":
            self.assertEqual(result["waits"]["count"], 100)
        self.assertRegex(result["peers"][0], r"^127\.0\.0\.1:\d+$")

    def test_waits_of_many_threads_are_counted(self):
        result = self.check("fifty_at_once", "tasks")
        if result["mode"] == "exact":
            count = result["waits"]["by_cause"]["network"]["count"]
            self.assertGreaterEqual(count, 2000)
            if result["machine"]["idle_cores"] > 0.75 * os.cpu_count():
                self.assertEqual(count, 2000)
            else:  # starting a thread may then wait for a processor for more than a millisecond
                self.assertLessEqual(count, 2050)
        self.assertTrue(result["memory"]["calibrated"] or os.environ.get("ASIDE_SANITIZED"))

    def test_waiting_few(self):
        self.check("three_requests", "simple")

    def test_a_thread_that_sleeps_beside_hides_no_waits(self):
        result = self.check("row_beside_a_sleeper", "tasks")
        self.assertEqual(result["waits"]["for"], "network")
        if result["mode"] == "exact":
            self.assertGreaterEqual(result["waits"]["count"], 60)

    def test_server_of_datagrams(self):
        with open("/proc/sys/net/ipv4/ip_local_port_range") as given:
            if int(given.read().split()[0]) <= 2048:
                self.skipTest("every port may be anybody's here")
        self.check("udp_server", "simple")

    def test_both_modes_agree(self):
        for name in ["fifty_at_once", "sleep", "flock_held"]:
            for mode in ["exact", "sampled"]:
                with self.subTest(name=name, mode=mode):
                    result = self.judge(name, mode)
                    self.assertEqual(result["verdict"]["code"], NAMED[name].label)
                    if mode == "sampled":
                        self.assertEqual(result["mode"], "sampled")
                        self.assertTrue(result["mode_reason"])

    def test_threads_that_take_the_place_of_others_are_found(self):
        result = self.judge("rounds_of_sleepers", "sampled")
        self.assertGreater(result["threads"]["count"], 80)  # of a hundred
        self.assertEqual(result["verdict"]["code"], "timer")

    def test_idle_server(self):
        result = self.check("idle_thread_server", "tasks")
        self.assertGreaterEqual(result["threads"]["parked"], 300)

    def test_short(self):
        self.check("true", "simple")


class ask_inside(unittest.TestCase):
    """Programs that are built on aside say how many tasks they have, others nothing."""

    SERVE = ["demo", "--tasks-only", "--connections", "300", "--for", "1500ms", "--port", "0"]

    def look(self, *line):
        with tempfile.NamedTemporaryFile() as file:
            done = run("ask", "--json", file.name, "--", *line)
            self.assertEqual(done.code, 0, done.err)
            return json.load(file), done.err

    def test_a_program_of_ours(self):
        for line in ([command.aside, *self.SERVE],
                     ["sh", "-c", f"sleep 0.1; exec {command.aside} {' '.join(self.SERVE)}"]):
            with self.subTest(line=line[0]):
                result, said = self.look(*line)
                # A task for each connection at least, on the side of the server and of the swarm.
                self.assertGreaterEqual(result["tasks"]["most"], 600)
                self.assertGreater(result["tasks"]["waiting"], 300)
                self.assertFalse(result["tasks"]["partial"])
                self.assertRegex(said, r"Inside, on average: \d+ tasks wait, ")
        self.assertRegex(difference(result, result).out, r"\n  tasks waiting +\d+ +\d+ +the same\n")
        without = dict(result, tasks=None)
        self.assertRegex(difference(without, result).out, r"\n  tasks at most +0 +\d+\n")
        self.assertNotIn("tasks", difference(without, without).out)

    def test_another_program(self):
        result, said = self.look("sleep", "0.3")
        self.assertIsNone(result["tasks"])
        self.assertNotIn("Inside", said)


class ask_near(ask_case):
    """The functions near which a program waits."""

    def test_functions_of_a_program(self):
        words = self.shop.words
        result = self.look(words["many_threads"], "50", "0.5")
        if result["places"] is None:
            self.skipTest("built without libdw")
        by_cause = {each["cause"]: each["function"] for each in reversed(result["places"])}
        self.assertEqual(by_cause["handoff"], "wait_long")
        self.assertEqual(by_cause["timer"], "main")
        other = dict(result, places=[dict(each, function="other::" + each["function"])
                                     for each in result["places"]])
        said = difference(result, other).out
        self.assertRegex(said, r"\n  waits near wait_long +\d+% +-\n")
        self.assertRegex(said, r"\n  waits near other::wait_long +- +\d+%\n")
        self.assertNotIn("waits near", difference(dict(result, places=None), dict(other, places=None)).out)

    def test_functions_of_c_that_are_named_like_types_of_cpp(self):
        source = """#include <unistd.h>
            __attribute__((noinline)) void f(void) { for (int i = 0; i < 40; ++i) { usleep(10000); __asm__(""); } }
            int main(void) { f(); return 0; }"""
        with tempfile.TemporaryDirectory() as folder:
            made = os.path.join(folder, "named")
            subprocess.run([os.environ.get("CC", "cc"), "-O1", "-x", "c", "-", "-o", made], input=source, text=True,
                           check=True)
            result = self.look(made)
        if result["places"] is None:
            self.skipTest("built without libdw")
        self.assertIn("f", [each["function"] for each in result["places"]])
        self.assertNotIn("float", [each["function"] for each in result["places"]])

    def test_a_program_without_symbols(self):
        bare = os.path.join(self.holder.name, "bare")
        subprocess.run(["strip", "-o", bare, self.shop.words["many_threads"]], check=True)
        self.assertFalse(self.look(bare, "5", "0.3")["places"])

    def look(self, *line):
        with tempfile.NamedTemporaryFile() as file:
            done = run("ask", "--json", file.name, "--", *line)
            self.assertEqual(done.code, 0, done.err)
            return json.load(file)


class ask_six(unittest.TestCase):
    """The programs of docs/concepts/busy-or-waiting.md get the advice that the page argues for."""

    def test_each(self):
        examples = HERE.parent.parent / "examples" / "ask"
        page = (HERE.parent.parent / "docs" / "concepts" / "busy-or-waiting.md").read_text()
        rows = re.findall(r"^\| `(\d_\w+)` \| `([\w.]+)` \|", page, re.M)
        self.assertEqual([name for name, _ in rows], sorted(p.stem for p in examples.glob("*.cpp")))
        advice = {"busy.one_core": "threads", "waiting.few": "simple", "waiting.sequence": "tasks",
                  "waiting.many": "tasks", "lock": "other", "timer": "simple"}
        server = subprocess.Popen([sys.executable, examples / "slow_server.py", "0", "40"],
                                  stdout=subprocess.PIPE, text=True)
        try:
            port = re.search(r"\d+", server.stdout.readline())[0]
            with tempfile.TemporaryDirectory() as folder:
                for name, code in rows:
                    with self.subTest(name=name):
                        made = os.path.join(folder, name)
                        subprocess.run([os.environ.get("CXX", "c++"), "-std=c++20", "-O2", "-pthread", "-o", made,
                                        examples / f"{name}.cpp"], check=True)
                        result = os.path.join(folder, "result.json")
                        run("ask", "--json", result, "--", made, env={**os.environ, "PORT": port})
                        with open(result) as file:
                            found = json.load(file)
                        verdict = found["verdict"]
                        if verdict["code"].startswith("queued.") and name[0] in "15":
                            continue  # other programs have the cores just now
                        self.assertEqual((verdict["code"], verdict["advice"]), (code, advice[code]),
                                         verdict)
        finally:
            server.kill()
            server.communicate()


class ask_leaves_alone(ask_case):
    def test_input_output_and_code(self):
        done = subprocess.run([command.aside, "ask", "--", "sh", "-c", "cat; echo two >&2; exit 7"],
                              input="one\n", capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (7, "one\n"))
        self.assertTrue(done.stderr.startswith("two\n"), done.stderr)

    def test_code_of_a_signal(self):
        self.assertEqual(run("ask", "--", "sh", "-c", "kill -TERM $$").code, 143)

    def test_the_mask_and_the_limits_are_those_of_before(self):
        line = "grep -E '^Sig(Blk|Ign)' /proc/self/status; ulimit -n"
        plain = subprocess.run(["sh", "-c", line], capture_output=True, text=True)
        asked = run("ask", "--", "sh", "-c", line)
        self.assertEqual(asked.out, plain.stdout)
        asked = run("ask", "--repeat", "3", "--", "sh", "-c", line)
        self.assertEqual(asked.out, 3 * plain.stdout)

    def test_a_thread_that_becomes_another_program(self):
        become = "import os, threading; threading.Thread(target=os.execvp, args=('sleep', ['sleep', '1'])).start()"
        done = run("ask", "--json", "-", "--", sys.executable, "-c", become)
        result = done.json()
        self.assertEqual(result["verdict"]["code"], "timer", done.err)
        self.assertLess(result["shares"]["cpu"], 0.5)

    def test_started_where_the_ends_of_children_are_ignored(self):
        ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        line = ["grep", "SigIgn", "/proc/self/status"]
        plain = subprocess.run(line, capture_output=True, text=True, preexec_fn=ignore)
        done = run("ask", "--", *line, preexec_fn=ignore, timeout=20)
        self.assertEqual((done.code, done.out), (0, plain.stdout))

    def test_report(self):
        done = run("ask", "--", "sleep", "0.3")
        lines = done.err.splitlines()
        self.assertRegex(lines[0], r"^waiting: it sleeps .*leave it\.  \[")
        self.assertLessEqual(len(lines), 15)
        self.assertNotIn("\033", done.err)
        self.assertRegex(lines[-1], r"exact|sampled: ")
        self.assertEqual(done.out, "")

    def test_words_pages_and_differences(self):
        with tempfile.TemporaryDirectory() as folder:
            one, two, page = (os.path.join(folder, name) for name in ("1.json", "2.json", "p.html"))
            done = run("ask", "--why", "--json", one, "--html", page, "--", "sleep", "0.3")
            self.assertIn("why timer", done.err)
            with open(page) as file:
                html = file.read()
            self.assertTrue(html.startswith("<!doctype html>"))
            self.assertNotRegex(html, r"(src|href)=|url\(http")
            self.assertEqual(html.count("<svg"), html.count("</svg>"))
            run("ask", "--json", two, "--", *map(str, [self.shop.words["cpu"], "one", "0.3"]))
            done = run("ask", "diff", one, two)
            self.assertEqual(done.code, 0, done.err)
            self.assertRegex(done.out, r"^timer has become (busy|queued)\.")
            self.assertRegex(done.out, r"\n  advice +simple +\w+\n")
            self.assertEqual(run("ask", "diff", one, page).code, 2)
            with open(two, "w") as broken:
                broken.write('{"schema": 1, "wall_s": 1, "verdict": "lock"}')
            done = run("ask", "diff", one, two)
            self.assertEqual((done.code, done.out), (2, ""))
            self.assertIn(f"{two} is no result", done.err)
        self.assertIn("Leave it simple", run("ask", "--explain", "waiting.few").out)

    def test_fail_on(self):
        self.assertEqual(run("ask", "--fail-on", "lock,timer", "--", "sleep", "0.2").code, 3)
        self.assertEqual(run("ask", "--fail-on", "lock", "--", "sleep", "0.2").code, 0)
        self.assertEqual(run("ask", "--fail-on", "slow", "--", "sleep", "0.2").code, 2)

    def test_repeat(self):
        done = run("ask", "--repeat", "3", "--json", "-", "--", "true")
        self.assertEqual(done.json()["runs_agree"], 3)

    def test_a_failure_of_one_of_several_runs_is_not_lost(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("ask", "--repeat", "3", "--", "sh", "-c",
                       f"test ! -e {folder}/seen || exit 7; touch {folder}/seen")
        self.assertEqual(done.code, 7, done.err)

    def test_words_that_are_no_text(self):
        with tempfile.NamedTemporaryFile() as file:
            done = run("ask", "--json", file.name, "--html", "/dev/null", "--", "sh", "-c", "exit 5", "\udcff")
            self.assertEqual(done.code, 5, done.err)
            self.assertTrue(json.load(file)["command"].endswith(" \ufffd"))

    def test_who_reads_the_report_may_end(self):
        with tempfile.NamedTemporaryFile() as file:
            read, write = os.pipe()
            os.close(read)
            subprocess.run([command.aside, "ask", "--json", file.name, "--", "true"], stderr=write, timeout=60)
            os.close(write)
            self.assertEqual(json.load(file)["verdict"]["code"], "short")

    def test_a_pipe_takes_the_result(self):
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "pipe")
            os.mkfifo(pipe)
            with subprocess.Popen([command.aside, "ask", "--json", pipe, "--", "true"],
                                  stderr=subprocess.DEVNULL) as asked:
                with open(pipe) as result:
                    self.assertEqual(json.load(result)["verdict"]["code"], "short")
                self.assertEqual(asked.wait(timeout=20), 0)

    def test_cost(self):
        if os.environ.get("ASIDE_SANITIZED"):
            self.skipTest("sanitizers cost more than they watch")
        for mode in ([], ["--sampled"]):
            with self.subTest(mode=mode):
                shares = []
                # What else the machine does only adds to it: the best counts.
                while len(shares) < 6 and min(shares, default=1) >= 0.02:
                    result = self.judge_line(["{many_threads}", "500", "3"], *mode)
                    self.assertEqual(result["threads"]["count"], 501)
                    shares.append(result["self"]["cpu_share"])
                    if result["mode"] == "exact":  # all of it waits: it is looked at less and less often
                        self.assertLess(result["self"]["sweeps"], 200)
                self.assertLess(min(shares), 0.02)

    def judge_line(self, line, *flags):
        with tempfile.NamedTemporaryFile() as result:
            run("ask", "--json", result.name, *flags, "--",
                *[word.format_map(self.shop.words) for word in line])
            with open(result.name) as file:
                return json.load(file)


if __name__ == "__main__":
    command.main("__main__")
