"""The command with stdin, stdout and stderr closed or unwritable, as shells and supervisors start it."""

import os
import unittest

import command
from command import child, run, running, signal

few = ["demo", "--connections", "50", "--port", "0", "--tasks-only"]


def closing(*descriptors):
    return lambda: [os.close(each) for each in descriptors]


def writing_to_full():
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, 1)
    os.close(full)


class standard_files(unittest.TestCase):
    def test_no_file_of_ours_takes_a_closed_descriptor(self):
        for closed in ([0], [1], [2], [0, 1, 2]):
            with self.subTest(closed=closed), \
                    running("demo", *few[1:], preexec_fn=closing(*closed)) as it:
                child(it.process.pid, "--serve")
                for each in closed:
                    self.assertEqual(os.readlink(f"/proc/{it.process.pid}/fd/{each}"), "/dev/null")
                it.process.send_signal(signal.SIGINT)
                it.end()

    def lost(self, done, why):
        self.assertEqual(done.code, 7, done.err)
        self.assertEqual(done.out, "")
        lines = [line for line in done.err.splitlines() if line.startswith("aside")]
        self.assertIn(why, lines[-1])
        self.assertEqual(sum("stdout" in line for line in lines), 1, done.err)

    def test_closed_stdout(self):
        self.lost(run(*few, "--for", "1s", preexec_fn=closing(1)), "Bad file descriptor")
        self.lost(run("--help", preexec_fn=closing(1)), "Bad file descriptor")

    def test_closed_stdout_is_seen_before_the_work(self):
        for verb in (few, ["swarm", "--connections", "5"]):
            self.lost(run(*verb, "--json", preexec_fn=closing(1)), "stdout is closed")

    def test_full_disk(self):
        for words in (few + ["--for", "1s", "--json"], few + ["--for", "1s"], ["--help"],
                      ["demo", "--help"], ["--version"]):
            with self.subTest(words=words):
                self.lost(run(*words, preexec_fn=writing_to_full), "No space left on device")

    def test_another_failure_keeps_its_code(self):
        done = run("demo", "--frobnicate", preexec_fn=writing_to_full)
        self.assertEqual(done.code, 2, done.err)

    def test_help_names_the_code(self):
        self.assertRegex(run("--help").out, r"(?m)^  7 +stdout can't be written")


if __name__ == "__main__":
    command.main("__main__")
