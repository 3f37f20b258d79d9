"""Notebooks re-run by nbval are compared by findings: within Monte-Carlo error where a number is sampled.

Studies of the cases that ship run once a session: tests and notebooks find them in one scratch folder.
"""

import atexit
import os
import shutil
import tempfile

pytest_plugins = ["cxlab.runs.nbval_plugin"]

if "CXLAB_CASES" not in os.environ:
    os.environ["CXLAB_CASES"] = tempfile.mkdtemp(prefix="cxlab-cases-")
    atexit.register(shutil.rmtree, os.environ["CXLAB_CASES"], ignore_errors=True)
