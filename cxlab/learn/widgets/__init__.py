"""Pictures that can be moved: what a lesson shows, with two or three controls, and the same without a kernel."""

from __future__ import annotations

from importlib import import_module

from cxlab.errors import unknown

#: name → module that has `make`
_MODULES = {
    "alike-drivers": "alike_drivers",
    "customer-base": "customer_base",
    "customer-worth": "customer_worth",
    "found-groups": "found_groups",
    "friction": "friction",
    "hand-over": "hand_over",
    "match-threshold": "match_threshold",
    "nps-sample": "nps_sample",
    "owned-component": "owned_component",
    "rival-price": "rival_price",
    "trial-size": "trial_size",
}


def widgets() -> tuple[str, ...]:
    """The names of all widgets.

    >>> "nps-sample" in widgets()
    True
    """
    return tuple(_MODULES)


def widget(name: str, **given):
    """A picture with controls; where no kernel runs it shows as it begins.

    Parameters
    ----------
    name : one of `widgets()`
    given : what it is made of, where a lesson has made that already (``market=``, ``log=``); see the module of each

    Returns
    -------
    Widget : shows itself in a notebook; ``.move(n=200)`` returns the same as table, sentence and figure

    Raises
    ------
    ParameterError : an unknown name; lists those there are.

    >>> moved = widget("nps-sample").move(n=200)
    >>> len(moved.table), moved.settings["n"]
    (12, 200)
    """
    if name not in _MODULES:
        raise unknown("widget", name, _MODULES)
    return import_module(f"cxlab.learn.widgets.{_MODULES[name]}").make(**given)
