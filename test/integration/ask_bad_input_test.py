"""aside ask: what it makes of bad input, of programs that end, stay or hide, and of signals."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
import unittest

import command
from ask_test import ask_case
from command import child, gone, run


class ask_bad_input(ask_case):
    def one_line(self, done, code, *words):
        self.assertEqual(done.code, code, done.err)
        self.assertEqual(len(done.err.splitlines()), 1, done.err)
        for word in words:
            self.assertIn(word, done.err)

    def need_another_user(self):
        command.aside = os.path.abspath(command.aside)
        if not for_others(command.aside):
            self.skipTest("another user can't start the command in this folder")

    def test_each_exit_code_of_the_help(self):
        listed = re.findall(r"^  (\d+)  ", run("ask", "--help").out, re.M)
        with open("/dev/full", "w") as full:
            lost = subprocess.run([command.aside, "ask", "--json", "-", "--", "true"], stdout=full,
                                  stderr=subprocess.DEVNULL).returncode
        seen = [run("ask", "--bogus").code, run("ask", "--fail-on", "short", "--", "true").code,
                run("ask", "--json", "/no/such/folder/x", "--", "true").code, lost,
                run("ask", "--", "/etc/passwd").code, run("ask", "--", "no-such-program").code]
        self.assertEqual([int(each) for each in listed], seen)

    def test_does_not_look_at_itself(self):
        with subprocess.Popen(["sh", "-c", f"{command.aside} ask --json - --pid $$ --for 300ms; :"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as shell:
            out, _ = shell.communicate(timeout=30)
        result = json.loads(out)
        self.assertEqual(result["threads"]["processes"], 1)
        self.assertEqual(result["verdict"]["code"], "waiting.child")

    def test_no_such_program(self):
        self.one_line(run("ask", "--", "no-such-program"), 127, "no-such-program")

    def test_not_a_program(self):
        self.one_line(run("ask", "--", "/etc/passwd"), 126, "/etc/passwd", "denied")

    def test_a_program_whose_interpreter_is_not_there(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "script")
            with open(script, "w") as file:
                file.write("#!/no/such/interpreter\n")
            os.chmod(script, 0o755)
            self.one_line(run("ask", "--", script), 126, script, "first line")

    def test_no_such_process(self):
        self.one_line(run("ask", "--pid", "4194303"), 2, "4194303")

    def test_a_process_that_has_ended(self):
        with subprocess.Popen(["true"]) as gone_already:
            os.waitid(os.P_PID, gone_already.pid, os.WEXITED | os.WNOWAIT)
            for mode in ([], ["--sampled"]):
                with self.subTest(mode=mode):
                    done = run("ask", *mode, "--pid", gone_already.pid, "--for", "20s", timeout=15)
                    self.one_line(done, 2, str(gone_already.pid), "ended")

    def test_a_process_that_ends_meanwhile(self):
        for mode in ([], ["--sampled"]):
            with self.subTest(mode=mode), subprocess.Popen(["cat"], stdin=subprocess.PIPE) as target:
                asked = subprocess.Popen([command.aside, "ask", *mode, "--json", "-", "--pid", str(target.pid),
                                          "--for", "60s"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                         text=True)
                until = time.monotonic() + 20
                while "signalfd" not in " ".join(descriptors(asked.pid)):
                    self.assertLess(time.monotonic(), until)
                target.stdin.close()
                target.wait()
                out, _ = asked.communicate(timeout=20)
                if out:
                    self.assertEqual(json.loads(out)["ended"], "exited")
                else:  # it was gone before the first look
                    self.assertEqual(asked.returncode, 2)

    def test_a_process_that_ends_while_it_is_found(self):
        # The moment that matters is between what it opens; which of them is seen last varies.
        for number in range(240):
            last = ("signalfd", "/task", "perf_event")[number % 3]
            with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as target:
                asked = subprocess.Popen([command.aside, "ask", "--json", "-", "--pid", str(target.pid), "--for",
                                          "60s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                until = time.monotonic() + 20
                while not any(last in each for each in descriptors(asked.pid)) and asked.poll() is None:
                    self.assertLess(time.monotonic(), until)
                target.stdin.close()
                target.wait()
                try:
                    self.assertIn(asked.wait(timeout=20), (0, 2))
                finally:
                    asked.kill()
                    asked.wait()

    def test_nothing_to_ask_about(self):
        self.one_line(run("ask"), 2, "which program")
        self.one_line(run("ask", "--pid", "1", "--", "true"), 2, "exclude")

    def test_a_file_that_cannot_be_written(self):
        for flag in ("--json", "--html"):
            done = run("ask", flag, "/no/such/folder/x", "--", "echo", "it ran")
            self.one_line(done, 4, "/no/such/folder/x")
            self.assertEqual(done.out, "", "the program was started all the same")

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_another_users_process(self):
        self.need_another_user()
        done = run("ask", "--pid", os.getpid(), "--for", "100ms", user=65534, group=65534)
        self.one_line(done, 4, "another user")

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_an_ordinary_user(self):
        self.need_another_user()
        done = run("ask", "--json", "-", "--", "sleep", "0.3", user=65534, group=65534, cwd="/")
        self.assertEqual(done.json()["verdict"]["code"], "timer")

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_a_program_that_may_be_run_and_not_read(self):
        """The kernel keeps its switches, and more, from whoever started it."""
        self.need_another_user()
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            closed = shutil.copy(self.shop.words["cpu"], os.path.join(folder, "closed"))
            os.chmod(closed, 0o711)
            done = run("ask", "--json", "-", "--", closed, "one", "0.8", user=65534, group=65534, cwd="/")
        result = done.json()
        self.assertEqual(result["mode"], "sampled", result["mode_reason"])
        self.assertIn(result["verdict"]["code"], ("busy.one_core", "queued.others"))

    def test_children_that_nobody_has_asked_for(self):
        line = "import subprocess, time; all = [subprocess.Popen(['true']) for _ in range(3)]; time.sleep(1.5)"
        for mode in ([], ["--sampled"]):
            with self.subTest(mode=mode):
                result = run("ask", *mode, "--json", "-", "--", sys.executable, "-c", line).json()
                self.assertEqual(result["verdict"]["code"], "timer", result["shares"])
                self.assertLess(result["shares"]["disk"], 0.3)

    def test_a_program_that_becomes_a_daemon(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "pid")
            started = time.monotonic()
            done = run("ask", "--", "sh", "-c",
                       f"setsid sleep 30 >/dev/null 2>&1 & echo $! > {name}; sleep 0.2")
            self.assertLess(time.monotonic() - started, 10)
            with open(name) as file:
                daemon = int(file.read())
            try:
                self.assertIn(f"--pid {daemon}", done.err)
            finally:
                os.kill(daemon, signal.SIGKILL)

    def test_a_child_that_keeps_stderr_open(self):
        with tempfile.TemporaryFile() as kept:
            started = time.monotonic()
            code = subprocess.run([command.aside, "ask", "--", "sh", "-c", "sleep 5 & sleep 0.1"],
                                  stdin=subprocess.DEVNULL, stdout=kept, stderr=kept).returncode
            self.assertEqual(code, 0)
            self.assertLess(time.monotonic() - started, 4)
            kept.seek(0)
            left = re.search(rb"--pid (\d+)", kept.read())
            self.assertTrue(left)
            os.kill(int(left[1]), signal.SIGKILL)

    def test_two_thousand_threads(self):
        done = run("ask", "--json", "-", "--", self.shop.words["many_threads"], "2000", "1")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.json()["threads"]["count"], 2001)
        self.assertIn(done.json()["verdict"]["code"], ("idle.parked", "timer"))

    def test_five_hundred_short_children(self):
        done = run("ask", "--json", "-", "--", "sh", "-c",
                   "i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i+1)); done")
        result = done.json()
        if result["mode"] == "exact":
            self.assertEqual(result["threads"]["processes"], 501)
        self.assertEqual(result["verdict"]["code"], "busy.short_processes")

    def test_time_limit_ends_the_program_and_its_children(self):
        done = run("ask", "--for", "500ms", "--", "sh", "-c",
                   "sleep 41 >/dev/null 2>&1 & echo $!; sleep 42 >/dev/null 2>&1 & echo $!; wait")
        self.assertEqual(done.code, 143)
        self.assertIn("SIGTERM", done.err)
        left = [int(word) for word in done.out.split()]
        self.assertEqual(len(left), 2)
        self.assertTrue(gone(left))

    def test_time_limit_ends_all_generations(self):
        done = run("ask", "--for", "500ms", "--", "sh", "-c",
                   "sh -c 'sh -c \"sleep 43 & echo \\$!; wait\" & echo $!; wait' & echo $!; wait")
        self.assertEqual(done.code, 143)
        left = [int(word) for word in done.out.split()]
        self.assertEqual(len(left), 3)
        self.assertTrue(gone(left))
        self.assertNotIn("It left", done.err)

    def interrupt(self, *line):
        asked = subprocess.Popen([command.aside, "ask", "--", *line], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return asked

    def test_a_signal_reaches_the_program(self):
        asked = self.interrupt("sleep", "60")
        sleeper = child(asked.pid, "sleep 60")
        asked.send_signal(signal.SIGINT)
        _, said = asked.communicate(timeout=20)
        self.assertEqual(asked.returncode, 130)
        self.assertRegex(said, "it sleeps|too short")
        self.assertTrue(gone([sleeper, asked.pid]))

    def test_a_key_of_the_terminal_is_one_signal(self):
        counts = ("import signal, sys\n"
                  "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
                  "print('ready', flush=True)\n"
                  "signal.sigwait([signal.SIGINT])\n"
                  "again = signal.sigtimedwait([signal.SIGINT], 0.3)\n"
                  "print('one' if again is None else 'two', flush=True)\n"
                  "sys.exit(9)\n")
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(command.aside, [command.aside, "ask", "--", sys.executable, "-c", counts])
        holder = types.SimpleNamespace(text="")
        try:
            command.expect(terminal, holder, "ready", 30)
            os.write(terminal, b"\x03")
            self.assertEqual(command.expect(terminal, holder, r"(one|two)\r\n", 30)[1], "one")
            command.expect(terminal, holder, "ask itself used", 30)
            _, status = os.waitpid(pid, 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), 9)
        finally:
            os.close(terminal)  # what still lives is told by SIGHUP

    def test_a_program_that_ignores_the_signal(self):
        asked = self.interrupt("sh", "-c", "trap '' INT; echo set; while :; do sleep 0.05; done")
        self.assertEqual(asked.stdout.readline(), "set\n")
        stubborn = child(asked.pid, "trap")
        asked.send_signal(signal.SIGINT)
        line = asked.stderr.readline()
        self.assertIn("once more kills it", line)
        asked.send_signal(signal.SIGINT)
        asked.communicate(timeout=20)
        self.assertEqual(asked.returncode, 137)
        self.assertTrue(gone([stubborn]))

    def test_a_second_key_within_the_first_second_counts(self):
        asked = self.interrupt("sh", "-c", "trap 'echo told' INT; echo set; while :; do sleep 0.02; done")
        self.assertEqual(asked.stdout.readline(), "set\n")
        stubborn = child(asked.pid, "trap")
        asked.send_signal(signal.SIGINT)
        self.assertEqual(asked.stdout.readline(), "told\n")
        pressed = time.monotonic()
        while time.monotonic() < pressed + 0.1:
            pass
        asked.send_signal(signal.SIGINT)
        _, said = asked.communicate(timeout=20)
        self.assertEqual(asked.returncode, 137)
        self.assertNotIn("once more kills it", said)
        self.assertTrue(gone([stubborn]))

    def test_a_time_limit_holds_after_a_signal_that_was_ignored(self):
        asked = subprocess.Popen([command.aside, "ask", "--for", "3s", "--", "sh", "-c",
                                  "trap '' INT; echo set; while :; do sleep 0.05; done"], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(asked.stdout.readline(), "set\n")
        stubborn = child(asked.pid, "trap")
        asked.send_signal(signal.SIGINT)
        _, said = asked.communicate(timeout=30)
        self.assertEqual(asked.returncode, 143)
        self.assertIn("The time was up", said)
        self.assertTrue(gone([stubborn]))

    def test_interrupted_look_at_a_process_leaves_it_alone(self):
        with subprocess.Popen(["sleep", "60"]) as target:
            try:
                asked = subprocess.Popen([command.aside, "ask", "--json", "-", "--pid", str(target.pid),
                                          "--for", "50s"], stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True)
                until = time.monotonic() + 20
                while "signalfd" not in " ".join(descriptors(asked.pid)):
                    self.assertLess(time.monotonic(), until)
                asked.send_signal(signal.SIGINT)
                out, _ = asked.communicate(timeout=20)
                self.assertEqual(asked.returncode, 0)
                self.assertEqual(json.loads(out)["ended"], "interrupted")
                self.assertIsNone(target.poll())
            finally:
                target.kill()


def descriptors(pid):
    """What a process has open; nothing of what closed meanwhile."""
    found = []
    try:
        for each in os.listdir(f"/proc/{pid}/fd"):
            found.append(os.readlink(f"/proc/{pid}/fd/{each}"))
    except OSError:
        pass
    return found


def for_others(path):
    """May another user start it here?"""
    while True:
        if not os.stat(path).st_mode & 0o001:
            return False
        if path == "/":
            return True
        path = os.path.dirname(path)


if __name__ == "__main__":
    command.main("__main__")
