"""How long a move of a widget takes, from the value to the picture that is sent: below 200 ms it feels at once.

python benchmarks/widgets.py
"""

from __future__ import annotations

import statistics
import time

from cxlab.errors import ParameterError
from cxlab.learn.widgets import widget, widgets
from cxlab.learn.widgets.frame import Control
from cxlab.learn.widgets.live import html

MOVES = 24


def measured(name: str) -> tuple[float, float, float]:
    """Milliseconds of a move: median by the clock, median and most of this process's own work."""
    one = widget(name)
    html(one.move())
    taken = []
    for i in range(MOVES):
        control = one.controls[i % len(one.controls)]
        clock, work = time.perf_counter(), time.process_time()
        try:
            html(one.move(**{control.name: value(control, i // len(one.controls))}))
        except ParameterError:  # not with the others where they stand
            continue
        taken.append((1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - work)))
    clocks, works = zip(*taken, strict=True)
    return statistics.median(clocks), statistics.median(works), max(works)


def value(control: Control, i: int):
    """A place of a control: one of its names, or an end of it, the start, or a step from there."""
    if isinstance(control.start, bool):
        return i % 2 == 0
    if isinstance(control.start, str):
        return control.names[i % len(control.names)]
    return (control.low, control.start, min(control.start + control.step, control.high), control.high)[i % 4]


if __name__ == "__main__":
    print("widget            ms a move   of them work   most work")
    for name in widgets():
        clock, work, most = measured(name)
        print(f"{name:16} {clock:10.0f} {work:14.0f} {most:11.0f}")
