"""The lanes of the journey map where touchpoints are columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from cxlab.journey.charts import map_feelings
from cxlab.journey.charts.canvas import fits, say, short_count, short_money, wrap
from cxlab.journey.charts.parts import (
    MOVED,
    OUTLINE,
    Curve,
    Lane,
    Place,
    box,
    ground_of,
    leaving,
    measured,
    values,
    whisker,
)  # fmt: skip
from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, PALE_BLUE, SAND
from cxlab.wording import NO_BREAK, SYMBOLS, duration, share

#: rows of the channel lane at most, the last one for all others
_CHANNELS = 5
_TICKS = ((1, "1 s"), (60, "1 min"), (3600, "1 h"), (86_400, "1 d"), (604_800, "1 week"), (31_556_952, "1 year"))


def lanes(
    shown: pd.DataFrame, curves: list[Curve], channels: pd.DataFrame | None, place: Place, *, currency: str, money: str
) -> list[Lane]:
    """The lanes for which there is something to draw, from the top."""
    found = [_stages(place), _names(shown, place)]
    if channels is not None and len(channels):
        found.append(_channels(shown, channels, place))
    found.append(_journeys(shown, place))
    if measured(shown, "wait_s"):
        found.append(_waiting(shown, place))
    if curves:
        found.append(map_feelings.emotion(curves, place))
    if "mark" in shown and shown["mark"].fillna("").astype(bool).any():
        found.append(map_feelings.marks(shown, place))
    if measured(shown, "money"):
        found.append(_money(shown, place, currency, money))
    return found


def ground(ax: Axes, place: Place, y: float, lane: Lane) -> None:
    """The ground of a lane, every other stage shaded, and its name at the left."""
    if not lane.shaded:
        return
    for _, start, end in place.stages[::2]:
        box(ax, start, y, end - start, lane.height, facecolor=SAND, zorder=0)
    room = place.left - (6 * place.size if lane.axis else 10)
    name = wrap(lane.name, place.left - 14, place.size, lines=2, bold=True) if lane.name else []
    step = 1.2 * place.size
    most = max(1, int(lane.height / step) - len(name))
    beneath = wrap(lane.beneath, room, place.small, lines=most) if lane.beneath else []
    at = y + lane.height / 2 - step * (len(name) + len(beneath) - 1) / 2
    for i, words in enumerate([*name, *beneath]):
        strong = i < len(name)
        say(ax, 0, at + i * step, words, size=place.size if strong else place.small, ha="left", bold=strong,
            colour=INK if strong else MUTED)  # fmt: skip


def _stages(place: Place) -> Lane:
    """Arrows with the names of the stages."""
    size = next(
        (s for s in (place.size, place.size - 0.7, place.size - 1.4)
         if all(fits([n], b - a - 15, s, lines=2, bold=True) for n, a, b in place.stages)), place.size - 1.4
    )  # fmt: skip
    fitted = [wrap(n, b - a - 15, size, lines=2, bold=True) for n, a, b in place.stages]
    height = size * (1.2 * max(map(len, fitted)) + 1.2)

    def draw(ax, y, tall):
        for i, ((_, start, end), name) in enumerate(zip(place.stages, fitted, strict=True)):
            tip, notch = 6.0, 6.0 if i else 0.0
            ends = [(start, y), (end - 2, y), (end - 2 + tip, y + tall / 2), (end - 2, y + tall), (start, y + tall)]
            ax.add_patch(Polygon([*ends, (start + notch, y + tall / 2)], facecolor=INK, edgecolor="none", zorder=1))
            say(ax, (start + end + notch) / 2, y + tall / 2, "\n".join(name), size=size, colour="white", bold=True)

    return Lane(height, draw, shaded=False)


def _names(shown: pd.DataFrame, place: Place) -> Lane:
    """The touchpoints' names: side by side where they fit, else in turn on two levels."""
    names, n = shown["touchpoint"].astype(str).tolist(), len(shown)
    levels = 1 if n < 3 or all(
        fits([name], w - 4, place.size, lines=3) for name, w in zip(names, place.width, strict=True)
    ) else 2  # fmt: skip
    rooms = place.width - 4
    if levels == 2:  # as far as the next names on the same level, and the ends of the map
        x = place.middle
        sides = [[abs(x[j] - x[i]) - 4 for j in (i - 2, i + 2) if 0 <= j < n] for i in range(n)]
        ends = 2 * np.minimum(x - place.left + 24, place.right + 4 - x)
        rooms = np.maximum([min([*side, end]) for side, end in zip(sides, ends, strict=True)], rooms)
    size = next(
        (s for s in (place.size, place.size - 0.7, place.size - 1.4)
         if all(fits([name], room, s, lines=3) for name, room in zip(names, rooms, strict=True))), place.size - 0.7
    )  # fmt: skip
    step = 1.2 * size
    fitted = [wrap(name, room, size, lines=3) for name, room in zip(names, rooms, strict=True)]
    deep = [max((len(f) for f in fitted[level::levels]), default=1) * step for level in range(levels)]
    height = sum(deep) + (6 if levels == 2 else 0) + 2

    def draw(ax, y, tall):
        for i, words in enumerate(fitted):
            level = i % levels
            top = y + 2 + (deep[0] + 4 if level else 0)
            base = top + deep[level] - 0.25 * size
            if levels == 2 and not level:
                ax.plot([place.middle[i]] * 2, [base + 3, y + tall], color=LINE, linewidth=0.8, zorder=0)
            say(ax, place.middle[i], base, "\n".join(words), size=size, va="baseline", ground="white")

    return Lane(height, draw, gap=3, shaded=False)


def _channels(shown: pd.DataFrame, channels: pd.DataFrame, place: Place) -> Lane:
    """Squares as large as the share of a channel in the contacts of a touchpoint; the main one dark."""
    own = channels[channels["touchpoint"].isin(shown["touchpoint"])]
    contacts = own["touchpoint"].map(shown.set_index("touchpoint")["contacts"]).astype(float) * own["share"]
    order = contacts.groupby(own["channel"].astype(str)).sum().sort_values(ascending=False, kind="stable").index
    names = list(order[:_CHANNELS]) if len(order) <= _CHANNELS else [*order[: _CHANNELS - 1], "others"]
    row = own["channel"].astype(str).map(lambda c: names.index(c) if c in names else len(names) - 1)
    grid = np.zeros((len(names), len(shown)))
    column = own["touchpoint"].map({t: i for i, t in enumerate(shown["touchpoint"])})
    np.add.at(grid, (row.to_numpy(), column.to_numpy()), own["share"].to_numpy(float))
    step, room = 1.45 * place.size, place.left - 5.6 * place.size

    def draw(ax, y, tall):
        side = step - 2
        for r, name in enumerate(names):
            middle = y + 3 + (r + 0.5) * step
            small = place.small if fits([name], room, place.small, lines=1) else place.small - 0.9
            say(ax, place.left - 4, middle, wrap(name, room, small, lines=1)[0], size=small, ha="right")
            for c in range(len(shown)):
                if grid[r, c] <= 0:
                    continue
                edge = max(side * np.sqrt(min(grid[r, c], 1.0)), 1.5)
                main = grid[r, c] == grid[:, c].max()
                x = place.middle[c]
                box(ax, x - edge / 2, middle - edge / 2, edge, edge, facecolor=MUTED if main else "#AEB9C0", zorder=2)
                if main and place.width[c] > 58 and grid[r, c] < 0.995:
                    say(ax, x + side / 2 + 2, middle, share(grid[r, c]), size=place.small, ha="left", colour=MUTED)

    return Lane(len(names) * step + 6, draw, "Channel", "share of contacts", axis=True)


def _journeys(shown: pd.DataFrame, place: Place) -> Lane:
    """Bars of the journeys that meet a touchpoint; the part that ends there at the top, with its interval."""
    n, drop = values(shown, "journeys"), values(shown, "drop_off")
    low, high = values(shown, "drop_off_low"), values(shown, "drop_off_high")
    to_be, to_be_n = values(shown, "to_be_drop_off"), values(shown, "to_be_journeys")
    dropped, second = np.isfinite(drop).any(), np.isfinite(to_be).any()
    head = place.size * (1.3 + 1.25 * dropped + 1.25 * second) + 3
    most = max(np.nanmax(np.append(n, 1)), np.nanmax(np.append(to_be_n, 1)))

    def draw(ax, y, tall):
        base, unit = y + tall, (tall - head) / most
        for i, x in enumerate(place.middle):
            wide = min(place.width[i] * 0.66, 46)
            whole = np.nan_to_num(n[i]) * unit
            box(ax, x - wide / 2, base - whole, wide, whole, facecolor=PALE_BLUE, zorder=1)
            top = base - whole
            words = [(short_count(n[i]), MUTED, False)]
            if np.isfinite(drop[i]) and n[i] > 0:
                leaving(ax, x - wide / 2, base - whole, wide, whole * drop[i])
                ends = base - whole * (1 - np.array([low[i], high[i]]))
                whisker(ax, np.array([x, x]), ends)
                words.append((share(drop[i]), ORANGE, True))
            differs = abs(to_be[i] - drop[i]) > 5e-4 or abs(to_be_n[i] - n[i]) > MOVED * n[i]
            if differs:
                other = (to_be_n[i] if np.isfinite(to_be_n[i]) else n[i]) * unit
                box(ax, x - wide / 2 - 2, base - other, wide + 4, other, **OUTLINE)
                top = min(top, base - other)
            if differs and abs(to_be[i] - drop[i]) > 5e-4:
                at = base - other * (1 - to_be[i])
                ax.plot([x - wide / 2 - 2, x + wide / 2 + 2], [at, at], color=INK, linewidth=1.4, zorder=4)
                words.append((f"→ {share(to_be[i])}", INK, True))
            for j, (word, colour, bold) in enumerate(reversed(words)):
                say(ax, x, top - 1 - (j + 0.55) * 1.25 * place.size, word, size=place.size, colour=colour, bold=bold)

    beneath = "▨ end here, with interval" if dropped else ""
    return Lane(62 * place.tall + head, draw, "Journeys", beneath + (f", ▢{NO_BREAK}to{NO_BREAK}be" if second else ""))


def _waiting(shown: pd.DataFrame, place: Place) -> Lane:
    """The median wait until the next contact as a dot, the middle half of waits as a line, on a logarithmic axis."""
    wait, low, high = (values(shown, c) for c in ("wait_s", "wait_q25_s", "wait_q75_s"))
    to_be = values(shown, "to_be_wait_s")
    every = np.concatenate([v[np.isfinite(v)] for v in (wait, low, high, to_be)])
    least = max(float(every.min()), 1.0)
    bottom, top = np.log10(least) - 0.15, max(np.log10(max(every.max(), 1.0)), np.log10(least) + 1) + 0.15

    def draw(ax, y, tall):
        head, foot = 1.5 * place.small, 3.0

        def at(seconds):
            level = (np.log10(np.maximum(seconds, least)) - bottom) / (top - bottom)
            return y + tall - foot - level * (tall - head - foot)

        ticks = [(s, w) for s, w in _TICKS if bottom <= np.log10(s) <= top]
        drawn = []
        for seconds, words in reversed(ticks):
            if all(abs(at(seconds) - other) > 1.1 * place.small for other in drawn):
                drawn.append(at(seconds))
                ax.plot([place.left, place.right], [at(seconds)] * 2, color="#E3E0D8", linewidth=0.6, zorder=1)
                say(ax, place.left - 4, at(seconds), words, size=place.small, ha="right", colour=MUTED)
        for i, x in enumerate(place.middle):
            if not np.isfinite(wait[i]):
                say(ax, x, y + tall - foot - 6, "–", size=place.small, colour=MUTED)
                continue
            if np.isfinite([low[i], high[i]]).all():
                ax.plot([x, x], at(np.array([low[i], high[i]])), color="#8FA0AB", linewidth=3.2, zorder=2,
                        solid_capstyle="butt")  # fmt: skip
            ax.plot([x], [at(wait[i])], marker="o", markersize=4.2, color=INK, zorder=3)
            highest = np.nanmin([at(wait[i]), at(high[i]) if np.isfinite(high[i]) else np.inf])
            words = duration(wait[i])
            if np.isfinite(to_be[i]) and abs(to_be[i] - wait[i]) > 0.005 * max(wait[i], 1):
                ax.plot([x + 5], [at(to_be[i])], marker="s", markersize=4, color=INK, markerfacecolor="white", zorder=3)
                words = f"{words} → {duration(to_be[i])}" if place.width[i] > 62 else f"→ {duration(to_be[i])}"
            say(ax, x, highest - 0.75 * place.small, words, size=place.small, ground=ground_of(place, x))

    return Lane(66 * place.tall, draw, "Wait", "median and middle half, to the next contact", axis=True)


def _money(shown: pd.DataFrame, place: Place, currency: str, money: str) -> Lane:
    """Bars of money with their intervals; the three largest strong."""
    value, low, high = (values(shown, c) for c in ("money", "money_low", "money_high"))
    to_be = values(shown, "to_be_money")
    every = np.concatenate([[0.0], *(v[np.isfinite(v)] for v in (value, low, high, to_be))])
    bottom, top = float(every.min()), float(every.max())
    top = max(top, bottom + 1e-9)
    order = np.argsort(-np.nan_to_num(value, nan=-np.inf), kind="stable")
    strong = {int(i) for i in order[:3] if value[i] > 0}

    def draw(ax, y, tall):
        head = place.size * (1.6 + 1.2 * np.isfinite(to_be).any())
        foot = 2 + (place.size * 1.4 if bottom < 0 else 0)

        def at(amount):
            return y + head + (top - amount) / (top - bottom) * (tall - head - foot)

        ax.plot([place.left, place.right], [at(0)] * 2, color="#B9C1C7", linewidth=0.8, zorder=1)
        for i, x in enumerate(place.middle):
            if not np.isfinite(value[i]):
                say(ax, x, at(0) - 0.8 * place.size, "–", size=place.small, colour=MUTED)
                continue
            wide = min(place.width[i] * 0.66, 46)
            colour = BLUE if i in strong else PALE_BLUE
            box(ax, x - wide / 2, min(at(value[i]), at(0)), wide, abs(at(value[i]) - at(0)), facecolor=colour, zorder=2)
            whisker(ax, np.array([x, x]), at(np.array([low[i], high[i]])))
            words = [(short_money(value[i], currency), INK if i in strong else MUTED, i in strong)]
            ends = [at(v) for v in (value[i], high[i], 0.0) if np.isfinite(v)]
            if np.isfinite(to_be[i]) and short_money(to_be[i]) != short_money(value[i]):
                box(ax, x - wide / 2 - 2, min(at(to_be[i]), at(0)), wide + 4, abs(at(to_be[i]) - at(0)), **OUTLINE)
                ends.append(at(to_be[i]))
                words.append((f"→ {short_money(to_be[i], currency)}", INK, True))
            for j, (word, shade, bold) in enumerate(reversed(words)):
                say(
                    ax,
                    x,
                    min(ends) - 1 - (j + 0.55) * 1.25 * place.size,
                    word,
                    size=place.size,
                    colour=shade,
                    bold=bold,
                )

    unit = f"{currency}, " if currency and len(SYMBOLS.get(currency, currency)) > 1 else ""
    return Lane(78 * place.tall, draw, money, f"{unit}with interval")
