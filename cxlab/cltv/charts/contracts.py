"""Pictures of contracts: who is still there, and cohort by cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.errors import unknown
from cxlab.style import (
    INK,
    MUTED,
    SAND,
    figure_style,
    label_ends,
    look,
    narrow,
    sequential,
    text_size,
    write_axis,
)
from cxlab.wording import count, share


@figure_style()
def draw_survival(ax: Axes, table: pd.DataFrame, *, kind: str = "survival", time_unit: str = "year") -> Axes:
    """Share of contracts still there by age (or renewed at each age), modelled with its band, against what was seen.

    Parameters
    ----------
    table : a row an age (and segment): period (renewals passed), `kind`, low, high, actual (missing where not seen);
        segment where there are several; holdout (bool) where the model did not see what was seen
    kind : "survival" (of all who began) or "retention" (of those who were left)
    """
    if kind not in ("survival", "retention"):
        raise unknown("kind", kind, ("survival", "retention"))
    segments = list(dict.fromkeys(table["segment"])) if "segment" in table else [None]
    ends = []
    for i, segment in enumerate(segments):
        own = table if segment is None else table[table["segment"] == segment]
        style = look(i, marker=True)
        marker = style.pop("marker")
        ax.fill_between(own["period"], own["low"], own["high"], color=style["color"], alpha=0.2, linewidth=0)
        ax.plot(own["period"], own[kind], **style, linewidth=1.8, label=segment or "model")
        ends.append((own["period"].iloc[-1], own[kind].iloc[-1], segment or "model", style["color"]))
        if "actual" in own:
            later = own["holdout"].astype(bool) if "holdout" in own else np.zeros(len(own), dtype=bool)
            for rows, face in ((own[~later], style["color"]), (own[later], "white")):
                ax.plot(
                    rows["period"],
                    rows["actual"],
                    linestyle="none",
                    marker=marker,
                    markersize=5,
                    color=style["color"],
                    markerfacecolor=face,
                    zorder=3,
                    label=f"{segment or ''} actual".strip(),
                )
    seen = table.loc[~table["holdout"].astype(bool), "period"] if "holdout" in table else []
    if len(seen) and seen.max() < table["period"].max():
        ax.axvspan(seen.max(), table["period"].max(), color=SAND, linewidth=0, zorder=0, label="not seen")
    ax.set_xlim(table["period"].min(), table["period"].max())
    ax.set_ylim(0, 1)
    ax.xaxis.get_major_locator().set_params(integer=True)
    key = "line: model with interval; marks: actual" + ("; sand: not seen" if len(seen) else "")
    ax.text(
        0,
        1.02,
        key if not narrow(ax) else key.replace(" with interval", ""),
        transform=ax.transAxes,
        fontsize=text_size(ax),
        color=MUTED,
        va="bottom",
    )
    write_axis(ax.xaxis, f"{time_unit.capitalize()}s since the start of the contract")
    words = {"survival": "Contracts still there", "retention": "Contracts renewed, of those left"}
    write_axis(ax.yaxis, words[kind], unit="share")
    label_ends(ax, ends)
    return ax


@figure_style()
def draw_cohort_triangle(ax: Axes, table: pd.DataFrame, *, time_unit: str = "year") -> Axes:
    """Share of each cohort still there by age; what has not happened yet stays empty.

    Parameters
    ----------
    table : a row a cohort and age: cohort (label), period (age, in `time_unit`), share, and customers (who began)
    """
    import seaborn as sns

    cells = table.pivot(index="cohort", columns="period", values="share").reindex(list(dict.fromkeys(table["cohort"])))
    size = text_size(ax)
    width, height = ax.figure.get_figure(root=True).get_size_inches()
    fits = 72 * 0.75 * width / cells.shape[1] > 3.2 * size and 72 * 0.7 * height / cells.shape[0] > 1.3 * size
    words = cells.map(lambda v: "" if np.isnan(v) else share(v))
    sns.heatmap(
        cells,
        ax=ax,
        cmap=sequential(),
        vmin=0,
        vmax=1,
        cbar=not fits,
        annot=words if fits else None,
        fmt="",
        annot_kws={"fontsize": size},
        linewidths=1,
        linecolor="white",
        xticklabels=True,
        yticklabels=True,
    )
    names = [str(c) for c in cells.index]
    if "customers" in table:
        began = table.groupby("cohort", sort=False)["customers"].max()
        names = [f"{c}  ({count(began[c])})" for c in cells.index]
    every = max(1, int(np.ceil(1.4 * size / (72 * 0.7 * height / len(names)))))
    ax.set_yticks(np.arange(0, len(names), every) + 0.5, names[::every], rotation=0)
    across = max(1, int(np.ceil(2.2 * size / (72 * 0.75 * width / cells.shape[1]))))
    ax.set_xticks(np.arange(0, cells.shape[1], across) + 0.5, [f"{p:g}" for p in cells.columns[::across]], rotation=0)
    ax.tick_params(length=0)
    write_axis(ax.xaxis, f"{time_unit.capitalize()}s since the start; in cells: still there")
    write_axis(ax.yaxis, "Cohort (customers)" if "customers" in table else "Cohort")
    if not fits:
        from matplotlib.ticker import FuncFormatter

        bar = ax.collections[0].colorbar
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: share(v)))
        bar.ax.tick_params(labelsize=size, length=2)
        bar.set_label("Still there", fontsize=size, color=INK)
        write_axis(ax.xaxis, f"{time_unit.capitalize()}s since the start")
    return ax
