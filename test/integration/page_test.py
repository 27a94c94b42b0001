"""The demo's page in a browser: live figures, chart, comparison, and its end."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import command
from command import running, signal

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait


class page(unittest.TestCase):
    def setUp(self):
        self.profile = tempfile.mkdtemp(prefix="aside-page-")
        self.addCleanup(shutil.rmtree, self.profile, ignore_errors=True)
        options = webdriver.ChromeOptions()
        for each in ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                     "--disable-background-networking", "--disable-dev-shm-usage",
                     "--hide-scrollbars", "--window-size=1100,1070",
                     "--remote-debugging-pipe", f"--user-data-dir={self.profile}"]:
            options.add_argument(each)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Remote(f"http://127.0.0.1:{self.driver_port()}", options=options)
        self.addCleanup(self.browser.quit)

    def driver_port(self):
        """Starts the driver; by address, because a bare system has no name for this machine."""
        driver = subprocess.Popen(["/usr/bin/chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.addCleanup(driver.stdout.close)
        self.addCleanup(driver.wait)
        self.addCleanup(driver.terminate)
        for line in driver.stdout:
            if started := re.search(r"started successfully on port (\d+)", line):
                return started[1]
        raise AssertionError("chromedriver did not start")

    def text(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def wait(self, condition, what, seconds=60):
        def met(_):
            return condition()
        return WebDriverWait(self.browser, seconds, poll_frequency=0.05).until(met, what)

    def curve(self):
        """The points of the tasks' curve; each message replaces the element, so asked for at once."""
        return self.browser.execute_script(
            "const curve = document.querySelector('#chart .tasks polyline');"
            "return curve ? curve.getAttribute('points').split(' ') : [];")

    def curves(self):
        return len(self.browser.find_elements(By.CSS_SELECTOR, "#chart polyline"))

    def errors(self):
        return [each for each in self.browser.get_log("browser") if each["level"] == "SEVERE"]

    def test_live_figures(self):
        connections = os.environ.get("ASIDE_PAGE_CONNECTIONS", "300")
        shown = f"{int(connections):,}"
        with running("demo", "--connections", connections, "--port", "0") as demo:
            address = demo.expect(r"http://127.0.0.1:\d+/")[0]
            self.browser.get(address)
            self.assertEqual(self.browser.title, "aside demo")
            self.wait(lambda: self.text("#tasks [data-key=connections]") == shown,
                      "the tasks' connections do not show")
            self.wait(lambda: self.text("#tasks [data-key=state]") == "messages arrive", "no load")
            self.wait(lambda: self.text("#tasks [data-key=wake]") != "–", "no wake-up times")

            before = self.wait(self.curve, "no curve")
            self.wait(lambda: len(self.curve()) > len(before), "the curve does not grow")

            self.wait(lambda: self.text("#threads [data-key=os_threads]") ==
                      f"{int(connections) + 2:,}", "the threads do not show")
            self.wait(lambda: self.text("#advice"), "no advice")
            self.assertEqual(self.text("#tasks [data-key=state]"), "done")
            self.assertEqual(self.text("#threads [data-key=state]"), "done")
            self.assertEqual(self.curves(), 2)
            delivered = self.text("#rows tr:last-child td[data-side=tasks]")
            self.assertEqual(len(set(delivered.split(" of "))), 1, delivered)

            for metric in self.browser.find_elements(By.NAME, "metric"):
                metric.click()
                self.assertEqual(self.curves(), 2)
            self.browser.find_elements(By.NAME, "metric")[0].click()

            live = "#rows tr:nth-child(6) td[data-side=live]"
            self.wait(lambda: self.text(live) not in ("", "–"), "nothing goes on")
            self.wait(lambda: "until Ctrl-C" in self.text("#status"), "no status")
            # The figures move on: a later message replaces the text of at least one of them.
            first = self.text("#rows")
            self.wait(lambda: self.text("#rows") != first, "the figures stand still")
            picture = os.environ.get("ASIDE_PAGE_PICTURE")
            if picture:
                self.browser.save_screenshot(picture)

            self.assertEqual(self.errors(), [])
            demo.process.send_signal(signal.SIGINT)
            self.assertEqual(demo.end(), 0)
            self.wait(lambda: "has ended" in self.text("#status"), "the end does not show")


if __name__ == "__main__":
    command.main("__main__")
