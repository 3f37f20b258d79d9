"""How long a move of a widget takes, from the value to the picture that is sent: below 200 ms it feels at once.

python benchmarks/widgets.py
"""

from __future__ import annotations

import statistics
import time

from cxlab.learn.widgets import widget, widgets
from cxlab.learn.widgets.live import html

MOVES = 15


def measured(name: str) -> tuple[float, float]:
    """Median milliseconds of a move: by the clock, and of this process's own work."""
    one = widget(name)
    places = [control for control in one.controls if not isinstance(control.start, (str, bool))]
    taken = []
    for i in range(MOVES + 2):
        control = places[i % len(places)]
        value = control.start + (i % 3 - 1) * control.step
        value = min(max(value, control.low), control.high)
        clock, work = time.perf_counter(), time.process_time()
        html(one.move(**{control.name: int(value) if isinstance(control.start, int) else value}))
        taken.append((1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - work)))
    return tuple(statistics.median(column) for column in zip(*taken[2:], strict=True))


if __name__ == "__main__":
    print("widget            ms a move   of them work")
    for name in widgets():
        clock, work = measured(name)
        print(f"{name:16} {clock:10.0f} {work:14.0f}")
