"""Notebooks re-run by nbval are compared by findings: within Monte-Carlo error where a number is sampled."""

pytest_plugins = ["cxlab.runs.nbval_plugin"]
