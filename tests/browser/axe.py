"""axe-core in a page of Chromium: what of a page some people could not read, hear or reach.

The script is fetched once from npm, in a pinned version, into `build/axe` (git-ignored).
"""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

VERSION = "4.14.1"
FOLDER = Path(__file__).parents[2] / "build" / "axe"
#: of minor, moderate, serious and critical
GRAVE = ("serious", "critical")


@cache
def script() -> str:
    """The text of axe-core; npm brings it where it is not there yet.

    Raises
    ------
    OSError, subprocess.CalledProcessError : there is no npm, or no registry within reach.
    """
    file = FOLDER / VERSION / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        file.parents[2].mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
        command += ["--prefix", str(file.parents[2]), f"axe-core@{VERSION}"]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    return file.read_text(encoding="utf-8")


def faults(page, *, within: str | None = None, grave: tuple[str, ...] = GRAVE) -> list[str]:
    """What axe-core finds in a page of playwright (sync), one line a fault.

    Parameters
    ----------
    page : shows what is to be judged
    within : CSS selector of the part to judge, None: the whole page
    grave : kinds of impact that count

    Returns
    -------
    Lines "impact rule: what is wrong (place, place, …)"; empty where nothing was found.
    """
    page.evaluate(script())
    found = page.evaluate("where => axe.run(where || document, {resultTypes: ['violations']})", within)
    return [
        f"{fault['impact']} {fault['id']}: {fault['help']} "
        f"({len(fault['nodes'])}: {' | '.join(str(node['target'][0]) for node in fault['nodes'][:4])})"
        for fault in found["violations"]
        if fault["impact"] in grave
    ]
