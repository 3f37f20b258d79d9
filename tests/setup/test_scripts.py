"""Set-up finds a Python that works or says what to install, and never leaves a half-made environment in use."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SH = shutil.which("sh")
pytestmark = pytest.mark.skipif(SH is None, reason="the scripts of make need a POSIX shell")


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{SH}\n{text}\n")
    path.chmod(0o755)
    return path


def find_python(folder, **environment):
    """Run scripts/find-python where only the programs of `folder` exist."""
    environment = {"PATH": str(folder), "HOME": str(folder), **{k: str(v) for k, v in environment.items()}}
    return subprocess.run([SH, ROOT / "scripts/find-python"], env=environment, capture_output=True, text=True)


WORKING = f'exec "{sys.executable}" "$@"'


def test_no_python_at_all_is_one_message_that_says_what_to_install(tmp_path):
    answer = find_python(tmp_path)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("cxlab needs Python 3.12, 3.13 or 3.14, and none was found")
    assert "install one of them" in answer.stderr


def test_an_older_python_is_named_and_not_used(tmp_path):
    program(tmp_path / "python3", "echo version 3.11")
    answer = find_python(tmp_path)
    assert answer.returncode == 1
    assert "python3 is 3.11" in answer.stderr


def test_a_shim_that_does_not_answer_is_passed_over(tmp_path):
    program(tmp_path / "python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    program(tmp_path / "python3", WORKING)
    assert find_python(tmp_path).stdout.strip() == sys.executable


@pytest.mark.parametrize("root", [{}, {"PYENV_ROOT": "elsewhere"}])
def test_a_version_that_pyenv_holds_is_found_though_it_is_not_on_the_path(tmp_path, root):
    home = tmp_path / root["PYENV_ROOT"] if root else tmp_path / ".pyenv"
    program(home / "versions/3.13.9/bin/python", WORKING)
    assert find_python(tmp_path, **({"PYENV_ROOT": home} if root else {})).stdout.strip() == sys.executable


def test_debian_without_venv_is_told_the_package(tmp_path):
    program(tmp_path / "python3.12", "echo bare 3.12")
    assert "apt-get install python3.12-venv" in find_python(tmp_path).stderr


def test_a_named_python_is_used_or_refused_never_replaced(tmp_path):
    program(tmp_path / "python3", WORKING)
    old = program(tmp_path / "old", "echo version 3.9")
    assert find_python(tmp_path, PYTHON=sys.executable).stdout.strip() == sys.executable
    answer = find_python(tmp_path, PYTHON=old)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "old is 3.9" in answer.stderr


# A Python whose `-m venv` copies itself, and whose pip writes down that it was asked; it fails where `offline` lies.
STAND_IN = """
case "$*" in
    "-m venv "*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo made >>calls ;;
    "-m pip "*) echo pip >>calls; [ ! -e offline ] ;;
    "--version") echo Python 3.13.0 ;;
    "-c ") ;;
    *) echo "found $0" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder, with a space in its name, that can be set up without the network; calling it runs the set-up."""
    place = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", place / "scripts")
    (place / "requirements.lock").write_text("one==1\n")
    python = program(tmp_path / "python", STAND_IN)

    def set_up():
        environment = {**os.environ, "PYTHON": str(python)}
        return subprocess.run([SH, "scripts/set-up"], cwd=place, env=environment, capture_output=True, text=True)

    set_up.place = place
    set_up.calls = lambda: (place / "calls").read_text().split()
    return set_up


def test_set_up_is_done_once(checkout):
    assert checkout().returncode == 0
    assert checkout.calls() == ["made", "pip", "pip"]
    again = checkout()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert checkout.calls() == ["made", "pip", "pip"]


def test_set_up_that_failed_is_made_again_from_nothing(checkout):
    (checkout.place / "offline").touch()
    failed = checkout()
    assert failed.returncode == 1
    assert "run the same command again" in failed.stderr
    (checkout.place / ".venv/half-made").touch()
    (checkout.place / "offline").unlink()
    assert checkout().returncode == 0
    assert not (checkout.place / ".venv/half-made").exists()


@pytest.mark.parametrize("change", ["lock", "moved", "interpreter gone"])
def test_set_up_is_made_again_when_it_no_longer_holds(checkout, change):
    checkout()
    if change == "lock":
        (checkout.place / "requirements.lock").write_text("one==2\n")
    elif change == "moved":
        (checkout.place / ".venv/made-from").write_text("/another/place 1 2\n")
    else:
        (checkout.place / ".venv/bin/python").unlink()
    assert checkout().returncode == 0
    assert checkout.calls() == ["made", "pip", "pip"] * 2


@pytest.fixture
def with_spark(checkout):
    """The checkout after its set-up; calling it runs the one for Spark, with Java of a version on the PATH or none."""
    (checkout.place / "requirements-spark.lock").write_text("pyspark==4\n")
    assert checkout().returncode == 0
    programs = checkout.place / "programs"
    for name in ("sed", "grep", "cat", "cksum", "dirname", "tail", "cp", "mkdir"):
        programs.mkdir(exist_ok=True)
        (programs / name).symlink_to(shutil.which(name))

    def set_up(java=None, **environment):
        if java:
            program(programs / "java", f"echo 'openjdk version \"{java}\" 2025-04-15' >&2")
        environment = {"PATH": str(programs), **environment}
        return subprocess.run(
            [SH, "scripts/set-up-spark"], cwd=checkout.place, env=environment, capture_output=True, text=True
        )

    set_up.pips = lambda: checkout.calls().count("pip") - 2
    return set_up


def test_pyspark_is_added_once_where_java_is(with_spark):
    assert with_spark("17.0.15").returncode == 0
    again = with_spark("21.0.2")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert with_spark.pips() == 1


@pytest.mark.parametrize("java", [None, "11.0.2", "1.8.0_402"])
def test_without_java_17_one_message_says_what_to_install_and_ci_fails(with_spark, java):
    answer = with_spark(java)
    assert answer.returncode == 0
    assert "need Java 17 or later" in answer.stderr
    assert "They are skipped." in answer.stderr
    assert with_spark(java, CI="true").returncode == 1
    assert with_spark.pips() == 0
