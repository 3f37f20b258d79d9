"""Run a job in a process of its own and say what it cost; build the environments of other packages."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: environments, simulated logs and forecasts; left out of git
SCRATCH = HERE / ".bench"


def python_of(package: str) -> Path | str:
    """The interpreter that runs the jobs of a package."""
    if package == "cxlab":
        return sys.executable
    return SCRATCH / package / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def build(package: str) -> None:
    """Make the environment of a peer from its pins, unless it is there already."""
    pins = HERE / f"peers-{package}.txt"
    folder, stamp = SCRATCH / package, SCRATCH / package / "made-from"
    if stamp.is_file() and stamp.read_text() == pins.read_text():
        return
    print(f"Setting up {package} in an environment of its own. This takes a minute.", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    pip = [python_of(package), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    done = subprocess.run([*pip, "--requirement", pins], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{package} could not be installed:\n{done.stderr[-2000:]}")
    stamp.write_text(pins.read_text())


def measure(package: str, job: str, *, limit_seconds: float, limit_gb: float | None = None, **options) -> dict:
    """Run one job alone in a process.

    Parameters
    ----------
    options : of the job, by name; None and False leave an option out, True is a flag
    limit_seconds : wall time after which the job is ended
    limit_gb : address space the job may take, gigabytes

    Returns
    -------
    What the job measured, with status ("done", "out of memory", "out of time", "failed"), process_seconds and
    process_cpu_seconds (with imports and reading), peak_gb (largest resident memory of one of its processes)
    """
    if package != "cxlab":
        build(package)
    command = [str(python_of(package)), str(HERE / "jobs" / f"{package.replace('-', '_')}_jobs.py"), job]
    for name, value in options.items():
        if value is not None and value is not False:
            command += [f"--{name}"] + ([] if value is True else [str(value)])
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent) if package == "cxlab" else "", "COLUMNS": "200"}
    name = f"{package} {job} " + " ".join(f"{k}={v}" for k, v in options.items() if k in ("model", "sampler", "method"))
    print(f"  {name.strip()} …", end="", flush=True)

    def cap():
        os.setsid()
        if limit_gb:
            size = int(limit_gb * 2**30)
            resource.setrlimit(resource.RLIMIT_AS, (size, size))

    with open(SCRATCH / "out", "w+") as out, open(SCRATCH / "err", "w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, preexec_fn=cap, cwd=HERE)
        late = threading.Event()

        def end():
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(limit_seconds, end)
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        printed, complaint = out.read().strip(), err.read()
    result = {"package": package, "job": job, **{k: v for k, v in options.items() if k not in ("out", "data", "theta")}}
    result |= {
        "process_cpu_seconds": used.ru_utime + used.ru_stime,
        # kilobytes on Linux, bytes on macOS
        "peak_gb": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9,
    }
    if process.returncode == 0:
        result |= {"status": "done", **json.loads(printed.splitlines()[-1])}
        print(f" {result.get('seconds', 0):.1f} s, {result['peak_gb']:.2f} GB", flush=True)
        return result
    memory = any(w in complaint for w in ("MemoryError", "Unable to allocate", "bad_alloc", "Out of Memory"))
    result["status"] = "out of time" if late.is_set() else "out of memory" if memory else "failed"
    last = complaint.strip().splitlines()[-1:] or [""]
    result["complaint"] = last[0].replace(str(HERE), "benchmarks")[:200]
    print(f" {result['status']}", flush=True)
    return result
