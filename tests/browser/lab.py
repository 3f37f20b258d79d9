"""JupyterLab as a student has it: a server of its own with nothing of this machine's settings, and its pages."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import TimeoutError

#: settings of a page that stays the same while it is looked at: every cell drawn, no questions from afar
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


@contextmanager
def jupyterlab(folder: Path, home: Path):
    """JupyterLab serving `folder`, with a home of its own; yields the address with its token."""
    for name, values in SETTINGS.items():
        plugin, _, part = name.partition("/")
        file = home / "settings" / "@jupyterlab" / plugin / f"{part}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    own = {name: str(home / name.lower()) for name in (
        "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME",
    )}  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_", "PYTEST"))}
    environment |= own | {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}",
               "--ServerApp.port_retries=0", "--LabApp.collaborative=False"]  # fmt: skip
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api?token={token}", server, home / "server.log")
            # `reset`: what an earlier page had open is not opened again beside this one
            yield f"http://127.0.0.1:{port}/lab/tree/{{}}?reset&token={token}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_for(address: str, server: subprocess.Popen, log: Path, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


class Notebook:
    """A notebook open in JupyterLab, by what its reader sees of it."""

    def __init__(self, page):
        self.page = page
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=90_000)

    def ready(self) -> None:
        """Wait until a kernel is there and has nothing to do: cells that are run before that are run by nobody."""
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=90_000)

    def cell(self, source: str):
        """The code cell whose source has these words."""
        return self.page.locator(".jp-CodeCell", has=self.page.locator(".cm-content", has_text=source)).first

    def output(self, source: str):
        return self.cell(source).locator(".jp-OutputArea").first

    def menu(self, *path: str) -> None:
        """Choose from the menus."""
        bar, *rest = path
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{bar}$")).click()
        for item in rest:
            self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{item}")).first.click()

    def run_all(self, *, seconds: float) -> None:
        """Run every cell, and wait for the last."""
        for _ in range(3):  # a page that is still settling may swallow a click, as it may that of a person
            self.ready()
            self.menu("Run", "Run All Cells")
            try:
                self.page.locator(".jp-InputPrompt", has_text=re.compile(r"[*\d]")).first.wait_for(timeout=10_000)
                break
            except TimeoutError:
                continue
        self.settled(seconds)

    def settled(self, seconds: float) -> None:
        """Wait until every code cell has run and none is waiting."""
        self.page.wait_for_function(
            """() => {
                const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')];
                const said = cells.map(c => c.textContent.trim());
                return said.length > 0 && said.every(s => /^\\[\\d+\\]:?$/.test(s));
            }""",
            timeout=1000 * seconds,
        )

    def write(self, source: str, new: str) -> None:
        """Replace what is in the editor of a cell, as somebody would: click, select all, type."""
        editor = self.cell(source).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(new)

    def run(self, source: str, *, seconds: float = 60) -> str:
        """Run one cell and return what it says."""
        cell = self.cell(source)
        cell.locator(".cm-content").click()
        before = self.number(source)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            """([cell, before]) => {
                const said = cell.querySelector('.jp-InputPrompt').textContent.trim();
                return /^\\[\\d+\\]:?$/.test(said) && said !== before;
            }""",
            arg=[cell.element_handle(), before],
            timeout=1000 * seconds,
        )
        return self.output(source).inner_text()

    def number(self, source: str) -> str:
        return self.cell(source).locator(".jp-InputPrompt").inner_text().strip()
