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

#: settings of a page that stays the same while it is looked at: every cell drawn, no questions from afar
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


#: a slow machine that does much else is waited for: seconds for the server to answer, for anything on a page
START, PATIENCE = 180, 240


@contextmanager
def jupyterlab(folder: Path, home: Path):
    """JupyterLab serving `folder`, with a home of its own; yields the address with its token."""
    for name, values in SETTINGS.items():
        plugin, _, part = name.partition("/")
        file = home / "settings" / "@jupyterlab" / plugin / f"{part}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    token = secrets.token_hex(16)
    server, port = _started(folder, home, token)
    try:
        # `reset`: what an earlier page had open is not opened again beside this one
        yield f"http://127.0.0.1:{port}/lab/tree/{{}}?reset&token={token}"
    finally:
        _stop(server)


def _started(folder: Path, home: Path, token: str) -> tuple[subprocess.Popen, int]:
    """A server that answers, and its port: somebody else may take a free port first, so there is more than one try."""
    own = {name: str(home / name.lower()) for name in (
        "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME",
    )}  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_", "PYTEST"))}
    environment |= own | {"HOME": str(home), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    log = home / "server.log"
    for _ in range(3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
                   "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}",
                   "--ServerApp.port_retries=0", "--LabApp.collaborative=False"]  # fmt: skip
        with log.open("ab") as said:
            server = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT, cwd=folder)
        if _answers(f"http://127.0.0.1:{port}/api/status?token={token}", server):
            return server, port
        _stop(server)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


def _answers(address: str, server: subprocess.Popen) -> bool:
    end = time.monotonic() + START
    while time.monotonic() < end and server.poll() is None:
        try:
            urlopen(address, timeout=10).close()
            return True
        except OSError:
            time.sleep(0.3)
    return False


def _stop(server: subprocess.Popen) -> None:
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


class Notebook:
    """A notebook open in JupyterLab, by what its reader sees of it."""

    def __init__(self, page, address: str):
        from playwright.sync_api import TimeoutError

        self.page = page
        for last in (False, False, True):  # a page that was not served in time is asked for again
            try:
                page.goto(address)
                page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
                break
            except TimeoutError:
                if last:
                    raise

    def ready(self) -> None:
        """Wait until a kernel is there and has nothing to do: cells that are run before that are run by nobody."""
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()

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
        from playwright.sync_api import TimeoutError

        for _ in range(3):  # a page that is still settling may swallow a click, as it may that of a person
            self.ready()
            self.menu("Run", "Run All Cells")
            try:
                self.page.locator(".jp-InputPrompt", has_text=re.compile(r"[*\d]")).first.wait_for(timeout=30_000)
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
        editor.filter(has_text=new.splitlines()[-1]).wait_for()

    def run(self, source: str) -> None:
        """Run one cell, and wait until it has run."""
        cell = self.cell(source)
        cell.locator(".cm-content").click()
        before = cell.locator(".jp-InputPrompt").inner_text().strip()
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            """([cell, before]) => {
                const said = cell.querySelector('.jp-InputPrompt').textContent.trim();
                return /^\\[\\d+\\]:?$/.test(said) && said !== before;
            }""",
            arg=[cell.element_handle(), before],
        )
