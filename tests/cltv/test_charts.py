"""What the pictures draw: the numbers of their tables, intervals always with them, in words that can be read."""

from itertools import combinations

import ibis
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.text import Text

from cxlab.cltv import charts
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.posterior import Posterior
from cxlab.cltv.summary import summarise
from cxlab.errors import ParameterError
from cxlab.style import INK, new_axes

THETA = np.array([0.525, 6.183, 0.891, 1.614])  # MBG/NBD on CDNOW
STEPS = np.arange(1, 11)
SEGMENTS = ["small", "a segment with an unusually long name", "large"]


@pytest.fixture(scope="module")
def summary():
    """Sixty customers: a third buys once, a third thrice, a third every other week."""
    weeks = {0: [0], 1: [0, 3, 9], 2: list(range(0, 20, 2))}
    lines = [(f"c{i}", i // 6 % 5 + week) for i in range(60) for week in weeks[i % 3]]
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta([7 * week for _, week in lines], unit="D")
    log = pd.DataFrame({"customer_id": [c for c, _ in lines], "timestamp": days, "amount": 10.0})
    return summarise(ibis.memtable(log), observation_end="2024-06-30")


def posterior(model, summary, *thetas):
    """A posterior of equally weighted draws at given parameters."""
    z = np.stack([model.coordinates_of(np.asarray(t)[:, None]) for t in thetas])
    weights = np.full(len(z), 1 / len(z))
    return Posterior(model, z, weights, ("all",), summary.rows, "fast", {"k_hat": 0.1, "effective": 1000.0})


def tracking(*models):
    parts = []
    for i, model in enumerate(models):
        cumulative, period = (3.0 + i) * STEPS**0.9, np.full(10, 3.0 + i)
        parts.append(
            pd.DataFrame(
                {
                    "model": model, "time": STEPS * 1.0, "start": pd.date_range("2024-01-01", periods=10, freq="7D"),
                    "actual_cumulative": 3.2 * STEPS, "expected_cumulative": cumulative,
                    "low_cumulative": cumulative - 2, "high_cumulative": cumulative + 2, "actual_period": 3.2,
                    "expected_period": period, "low_period": period - 1, "high_period": period + 1,
                    "holdout": STEPS > 5,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def calibration(*models):
    parts = []
    for i, model in enumerate(models):
        actual = np.arange(8) * 0.8 + 0.2
        predicted = actual * (0.9 + 0.1 * i)
        parts.append(
            pd.DataFrame(
                {
                    "model": model, "frequency": [*map(str, range(7)), "7+"], "customers": 14119 // (np.arange(8) + 1),
                    "actual": actual, "actual_low": actual * 0.9, "actual_high": actual * 1.1, "predicted": predicted,
                    "predicted_low": predicted * 0.95, "predicted_high": predicted * 1.05,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


PIT = pd.DataFrame(
    {"model": "MBG/NBD", "low": np.arange(10) / 10, "high": np.arange(1, 11) / 10, "share": np.linspace(0.08, 0.12, 10),
     "band_low": 0.09, "band_high": 0.11}
)  # fmt: skip
HOLDOUT = pd.DataFrame(
    {"model": ["MBG/NBD", "BG/NBD", "Pareto/NBD", "NBD", "historical mean"], "actual": 1882.0,
     "predicted": [1577.0, 1653.0, 1666.0, 3400.0, 3900.0], "low": [1500.0, 1580.0, 1590.0, 3300.0, np.nan],
     "high": [1650.0, 1730.0, 1740.0, 3500.0, np.nan], "mae": [0.765, 0.786, 0.755, 1.3, 1.2],
     "correlation": [0.627, 0.626, 0.63, 0.6, np.nan]}
)  # fmt: skip
VALUES = pd.DataFrame({"value": np.geomspace(1, 500, 60), "customers": np.linspace(900, 1, 60).round()}).assign(
    value_low=lambda t: 0.8 * t["value"], value_high=lambda t: 1.3 * t["value"]
)
CURVE = pd.DataFrame({"customer_share": np.arange(1, 51) / 50}).assign(
    value_share=lambda t: t["customer_share"] ** 0.3, low=lambda t: t["customer_share"] ** 0.35,
    high=lambda t: t["customer_share"] ** 0.25,
)  # fmt: skip
WORTH = pd.DataFrame(
    {"segment": [*SEGMENTS, "all"], "customers": [50.0, 700.0, 7000.0, 7750.0], "each": [4.0, 36.0, 12.0, 14.1]}
).assign(
    each_low=lambda t: t["each"] * 0.9, each_high=lambda t: t["each"] * 1.2, total=lambda t: t["each"] * t["customers"],
    total_low=lambda t: t["total"] * 0.9, total_high=lambda t: t["total"] * 1.2,
)  # fmt: skip
POOLED = pd.DataFrame(
    [
        (segment, customers, quantity, pooling, mean, mean * 0.8, mean * 1.3)
        for quantity, base in (("purchase_rate", 0.08), ("dropout", 0.3))
        for segment, customers, own in zip(SEGMENTS, (50, 700, 7000), (0.7, 1.6, 1.1), strict=True)
        for pooling, mean in (("none", base * own), ("partial", base * (1 + own) / 2), ("complete", base))
    ],
    columns=["segment", "customers", "quantity", "pooling", "mean", "low", "high"],
)
PARAMETERS = pd.DataFrame(
    {"parameter": ["r", "alpha", "a", "b", "purchase_rate", "dropout"],
     "mean": [0.525, 6.18, 0.891, 1.61, 0.0849, 0.356]}
).assign(low=lambda t: t["mean"] * 0.9, high=lambda t: t["mean"] * 1.15)  # fmt: skip
PRIOR = pd.DataFrame({"frequency": [*map(str, range(10)), "10+"]}).assign(
    actual=np.geomspace(0.6, 0.01, 11), predicted=np.geomspace(0.5, 0.02, 11),
    predicted_low=np.geomspace(0.2, 0.001, 11), predicted_high=np.geomspace(0.9, 0.1, 11),
)  # fmt: skip
CHANNELS = pd.DataFrame(
    {"channel": ["catalogue", "search", "affiliates"], "cac": [48.0, 12.0, 31.0], "clv": [37.0, 36.0, 34.0],
     "clv_low": [30.0, 31.0, 28.0], "clv_high": [45.0, 41.0, 40.0], "p_above": [0.04, 0.99, 0.78],
     "payback": [np.nan, 9.2, 38.0]}
)  # fmt: skip
MARGIN = pd.DataFrame({"time": np.arange(53.0)}).assign(
    value=lambda t: 10 + 0.5 * t["time"],
    low=lambda t: 10 + 0.4 * t["time"],
    high=lambda t: 10 + 0.625 * t["time"],
    cac=20.0,
)
SURVIVAL = pd.concat(
    pd.DataFrame({"segment": segment, "period": np.arange(13), "survival": start ** np.arange(13) ** 0.7}).assign(
        low=lambda t: t["survival"] * 0.95, high=lambda t: np.minimum(t["survival"] * 1.05, 1),
        actual=lambda t: t["survival"], holdout=lambda t: t["period"] > 7,
    )
    for segment, start in (("high-end", 0.87), ("regular", 0.63))
)  # fmt: skip
COHORTS = pd.DataFrame(
    [(2000 + c, k, 0.6**k, 1000 - c) for c in range(8) for k in range(8 - c)],
    columns=["cohort", "period", "share", "customers"],
)
GRID = pd.DataFrame(
    [
        (x, w, 1 / (1 + np.exp(w / 6 - 2 + x / 9)), 0.1, 0.9, max(0, 300 - 40 * x - 9 * w))
        for w in range(39)
        for x in range(9)
    ],
    columns=["frequency", "silence", "p_alive", "p_alive_low", "p_alive_high", "customers"],
)

PICTURES = {
    "p_alive": lambda ax: charts.draw_histories(ax, GRID),
    "tracking": lambda ax: charts.draw_tracking(ax, tracking("MBG/NBD", "BG/NBD", "Pareto/NBD")),
    "tracking_period": lambda ax: charts.draw_tracking(ax, tracking("MBG/NBD"), kind="period"),
    "calibration": lambda ax: charts.draw_calibration(ax, calibration("MBG/NBD", "BG/NBD", "Pareto/NBD")),
    "pit": lambda ax: charts.draw_pit(ax, PIT),
    "holdout": lambda ax: charts.draw_holdout(ax, HOLDOUT),
    "value_distribution": lambda ax: charts.draw_value_distribution(ax, VALUES, currency="USD"),
    "lorenz": lambda ax: charts.draw_lorenz(ax, CURVE),
    "segment_values": lambda ax: charts.draw_segment_values(ax, WORTH, currency="EUR"),
    "segment_totals": lambda ax: charts.draw_segment_values(ax, WORTH, measure="total", currency="SEK"),
    "shrinkage": lambda ax: charts.draw_shrinkage(ax, POOLED, label="Purchases a week while active"),
    "parameters": lambda ax: charts.draw_parameters(ax, PARAMETERS),
    "prior_predictive": lambda ax: charts.draw_prior_predictive(ax, PRIOR),
    "clv_cac": lambda ax: charts.draw_clv_cac(ax, CHANNELS, currency="USD"),
    "payback": lambda ax: charts.draw_payback(ax, MARGIN, currency="USD"),
    "survival": lambda ax: charts.draw_survival(ax, SURVIVAL),
    "cohorts": lambda ax: charts.draw_cohort_triangle(ax, COHORTS),
}


def line(ax, label):
    return next(each for each in ax.lines if each.get_label() == label)


def band(ax, label):
    """Lower and upper edge of a band, at its x in order."""
    patch = next(each for each in ax.collections if each.get_label() == label)
    corners = pd.DataFrame(patch.get_paths()[0].vertices, columns=["x", "y"]).groupby("x")["y"]
    return corners.min(), corners.max()


def points(ax, label):
    """Positions of points with intervals, and the ends of each interval: (x, y), segments."""
    container = next(c for c in ax.containers if c.get_label() == label)
    return np.array(container[0].get_xydata()), [np.array(s) for s in container[2][0].get_segments()]


def written(ax):
    """Every text that shows, with its place on the page."""
    figure = ax.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    ticks = {}
    for each in figure.axes:
        for axis in (each.xaxis, each.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                ticks[tick.label1], ticks[tick.label2] = low - 1e-9 <= tick.get_loc() <= high + 1e-9, False
    shown = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and ticks.get(t, True)]
    return [(t, t.get_window_extent(renderer)) for t in shown]


@pytest.mark.parametrize("size", [(7, 4), (3.4, 3)], ids=["page", "phone"])
@pytest.mark.parametrize("name", PICTURES)
def test_words_can_be_read_and_do_not_collide(name, size):
    ax = new_axes(width=size[0], height=size[1])
    assert PICTURES[name](ax) is ax
    words = written(ax)
    page = ax.figure.bbox
    assert min(t.get_fontsize() for t, _ in words) >= 8
    for text, box in words:
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, text
    for (one, here), (other, there) in combinations(words, 2):
        apart = here.x1 - 1 <= there.x0 or there.x1 - 1 <= here.x0 or here.y1 - 1 <= there.y0 or there.y1 - 1 <= here.y0
        assert apart, (one.get_text(), other.get_text())
    assert not ax.get_title(loc="left") and not ax.get_title()


@pytest.mark.parametrize("name", PICTURES)
def test_minus_is_a_minus(name):
    ax = new_axes()
    PICTURES[name](ax)
    assert not [t.get_text() for t, _ in written(ax) if t.get_text().startswith("-")]


def test_p_alive_is_the_models_at_the_corners(summary):
    ax, model = new_axes(), MBG_NBD
    charts.draw_p_alive(ax, posterior(model, summary, THETA), summary, draws=10)
    mesh = next(c for c in ax.collections if isinstance(c, QuadMesh))
    drawn = np.ma.filled(mesh.get_array().reshape(mesh.get_coordinates().shape[0] - 1, -1), np.nan)
    T, last = summary.rows["T"].max(), drawn.shape[1] - 1
    longest = charts.history_grid(posterior(model, summary, THETA), summary, draws=1)["silence"].max()
    assert T - longest < 1
    assert drawn[0, 0] == pytest.approx(model.p_alive(THETA, 0.0, 0.0, 0.0))
    assert drawn[-1, 0] == pytest.approx(model.p_alive(THETA, 0.0, 0.0, longest))
    assert drawn[0, last] == pytest.approx(model.p_alive(THETA, float(last), T, T))
    assert np.isnan(drawn[-1, last])  # somebody silent since the first purchase has not bought again
    low, high = ax.get_ylim()
    assert low < high  # the recent are at the bottom


def test_expected_purchases_are_the_models_over_the_horizon(summary):
    means = posterior(MBG_NBD, summary, THETA, 1.3 * THETA)
    grid = charts.history_grid(means, summary, horizon=13, draws=200)
    cell = grid[(grid["frequency"] == 4) & (grid["silence"] > 3)].iloc[0]
    both = [MBG_NBD.expected_purchases(t, 4.0, cell["recency"], cell["T"], 13.0) for t in (THETA, 1.3 * THETA)]
    assert cell["expected_purchases"] == pytest.approx(np.mean(both))
    assert cell["p_alive_low"] < cell["p_alive"] < cell["p_alive_high"]
    ax = new_axes()
    charts.draw_expected_purchases(ax, means, summary, horizon=13)
    assert "13 weeks" in ax.figure.axes[1].get_ylabel()


def test_every_customer_is_on_the_map_and_empty_cells_are_pale(summary):
    ax = new_axes()
    grid = charts.history_grid(posterior(BG_NBD, summary, THETA), summary, draws=2)
    assert grid["customers"].sum() == summary.n_customers
    charts.draw_histories(ax, grid)
    mesh = next(c for c in ax.collections if isinstance(c, QuadMesh))
    dots = next(c for c in ax.collections if c.get_label() == "customers")
    assert len(dots.get_offsets()) == (grid["customers"] > 0).sum()
    ax.figure.canvas.draw()
    opacity = mesh.get_facecolors()[:, 3]
    order = grid.sort_values(["silence", "frequency"])
    known = order["p_alive"].notna().to_numpy()
    there = order["customers"].to_numpy() > 0
    assert opacity[known & there].min() > opacity[known & ~there].max()


def test_a_segment_has_its_own_map_and_all_have_the_average():
    log = pd.DataFrame({"customer_id": list("aabbccdd"), "amount": 1.0, "region": ["x"] * 6 + ["y"] * 2})
    log["timestamp"] = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 40] * 4, unit="D")
    summary = summarise(ibis.memtable(log), segment="region", observation_end="2024-04-30")
    z = np.stack([MBG_NBD.coordinates_of(t[:, None])[:, 0] for t in (THETA, 2 * THETA)], axis=-1)[None]
    both = Posterior(MBG_NBD, z, np.ones(1), ("x", "y"), summary.rows, "fast", {"k_hat": 0.1, "effective": 1000.0})
    x, y, whole = (charts.history_grid(both, summary, segment=s, draws=1) for s in ("x", "y", None))
    assert [t["customers"].sum() for t in (x, y, whole)] == [3, 1, 4]
    assert np.allclose(whole["p_alive"], 0.75 * x["p_alive"] + 0.25 * y["p_alive"], equal_nan=True)
    assert not np.allclose(x["p_alive"], y["p_alive"], equal_nan=True)


def test_an_unknown_segment_is_named(summary):
    with pytest.raises(ParameterError, match="unknown segment 'gone'"):
        charts.history_grid(posterior(BG_NBD, summary, THETA), summary, segment="gone")


@pytest.mark.parametrize("kind", ["cumulative", "period"])
def test_tracking_draws_what_happened_and_bands_that_hold_their_lines(kind):
    table = tracking("MBG/NBD", "BG/NBD")
    ax = charts.draw_tracking(new_axes(), table, kind=kind)
    own = table[table["model"] == "BG/NBD"]
    assert line(ax, "actual").get_ydata().tolist() == own[f"actual_{kind}"].tolist()
    assert to_hex(line(ax, "actual").get_color()).upper() == INK
    for model in ("MBG/NBD", "BG/NBD"):
        low, high = band(ax, f"{model} interval")
        drawn = line(ax, model).get_ydata()
        assert drawn.tolist() == table.loc[table["model"] == model, f"expected_{kind}"].tolist()
        assert (low.to_numpy() <= drawn).all() and (drawn <= high.to_numpy()).all()
        assert low.tolist() == table.loc[table["model"] == model, f"low_{kind}"].tolist()
    assert line(ax, "MBG/NBD").get_linestyle() != line(ax, "BG/NBD").get_linestyle()
    assert ax.get_xlabel() == "Weeks since 1 Jan 2024"
    assert ax.get_ylim()[0] == 0
    ground = next(p for p in ax.patches if p.get_label() == "holdout")
    assert ground.get_x() == 5


def test_a_step_that_is_no_unit_of_time_is_named():
    table = tracking("MBG/NBD").assign(time=STEPS * 7.0)
    ax = charts.draw_tracking(new_axes(), table, kind="period", time_unit="day")
    assert ax.get_ylabel() == "Repeat purchases in 7.00 days"


def test_calibration_draws_all_models_with_intervals_and_survives_missing_ones():
    table = calibration("MBG/NBD", "historical mean")
    table.loc[table["model"] == "historical mean", ["predicted_low", "predicted_high"]] = np.nan
    ax = charts.draw_calibration(new_axes(), table)
    for label, column in (("actual", "actual"), ("MBG/NBD", "predicted"), ("historical mean", "predicted")):
        own = table[table["model"] == ("MBG/NBD" if label == "actual" else label)]
        at, ends = points(ax, label)
        assert at[:, 1].tolist() == own[column].tolist()
        lengths = np.array([end[1, 1] - end[0, 1] for end in ends])
        assert np.allclose(lengths, (own[f"{column}_high"] - own[f"{column}_low"]).fillna(0))
    assert ax.get_xticklabels()[0].get_text() == "0\n14,119"


def test_a_model_looks_the_same_in_every_picture():
    alone = charts.draw_tracking(new_axes(), tracking("Pareto/NBD"))
    among = charts.draw_holdout(new_axes(), HOLDOUT)
    container = next(c for c in among.containers if c.get_label() == "Pareto/NBD")
    assert line(alone, "Pareto/NBD").get_color() == container[0].get_color()


def test_pit_draws_shares_from_zero_with_the_band_of_chance():
    ax = charts.draw_pit(new_axes(), PIT)
    assert [bar.get_height() for bar in ax.patches] == PIT["share"].tolist()
    low, high = band(ax, "band")
    assert (low.min(), high.max()) == (0.09, 0.11)
    assert ax.get_ylim()[0] == 0


def test_holdout_sets_every_model_against_what_came():
    ax = charts.draw_holdout(new_axes(), HOLDOUT)
    assert line(ax, "actual").get_xdata()[0] == 1882
    for row in HOLDOUT.dropna(subset="low").to_dict("records"):
        at, ends = points(ax, row["model"])
        assert at[0, 0] == row["predicted"]
        assert ends[0][:, 0].tolist() == pytest.approx([row["low"], row["high"]])
    assert ax.get_yticklabels()[0].get_text() == "MBG/NBD\nMAE 0.765, r 0.627"
    assert ax.get_yticklabels()[4].get_text() == "historical mean\nMAE 1.20"


def test_value_distribution_counts_every_customer_and_marks_median_and_best_tenth():
    ax = charts.draw_value_distribution(new_axes(), VALUES, currency="USD")
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(VALUES["customers"].sum())
    rank = VALUES["customers"].cumsum() / VALUES["customers"].sum()
    for label, place in (("median", 0.5), ("best tenth from", 0.9)):
        row = VALUES[rank >= place].iloc[0]
        at, ends = points(ax, label)
        assert at[0, 0] == row["value"]
        assert ends[0][:, 0].tolist() == pytest.approx([row["value_low"], row["value_high"]])
    assert ax.get_xscale() == "log" and "USD" in ax.get_xlabel() and ax.get_ylim()[0] == 0


def test_worthless_customers_are_counted_too():
    table = pd.concat([VALUES, pd.DataFrame([{"value": 0.0, "value_low": 0.0, "value_high": 0.0, "customers": 40}])])
    ax = charts.draw_value_distribution(new_axes(), table)
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(VALUES["customers"].sum() + 40)
    assert ax.get_xlim()[0] > 0.01


def test_lorenz_writes_out_what_the_best_tenth_holds():
    ax = charts.draw_lorenz(new_axes(), CURVE)
    value = line(ax, "value")
    assert value.get_xydata()[0].tolist() == [0, 0] and value.get_xydata()[-1].tolist() == [1, 1]
    low, high = band(ax, "interval")
    assert (low.to_numpy() <= value.get_ydata()).all() and (value.get_ydata() <= high.to_numpy()).all()
    assert "50 % of value\n(45 % to 56 %)" in "".join(t.get_text() for t in ax.texts)


def test_segments_are_bars_from_zero_with_intervals_and_all_as_a_line():
    ax = charts.draw_segment_values(new_axes(), WORTH, currency="EUR")
    bars = next(c for c in ax.containers if c.get_label() == "each")
    assert [(b.get_x(), b.get_width()) for b in bars] == [(0, 36.0), (0, 12.0), (0, 4.0)]
    _, ends = points(ax, "interval")
    assert ends[0][:, 0].tolist() == pytest.approx([32.4, 43.2])
    assert line(ax, "all").get_xdata()[0] == 14.1
    assert "€36.00 (€32.40 to €43.20)" in [t.get_text() for t in ax.texts]
    assert ax.get_yticklabels()[1].get_text() == "large\n7,000 customers"


def test_more_segments_than_fit_are_cut_to_the_largest_and_it_says_so():
    many = pd.concat([WORTH.iloc[:1].assign(segment=f"s{i}", customers=100.0 + i) for i in range(30)])
    ax = charts.draw_segment_values(new_axes(height=3), many)
    bars = next(c for c in ax.containers if c.get_label() == "each")
    assert f"{len(bars)} largest of 30" in ax.get_xlabel() and len(bars) < 30
    assert {t.get_text().split("\n")[0] for t in ax.get_yticklabels()} == {f"s{i}" for i in range(30 - len(bars), 30)}


def test_shrinkage_draws_three_ways_of_one_quantity():
    ax = charts.draw_shrinkage(new_axes(), POOLED, quantity="dropout", unit="share")
    own = POOLED[POOLED["quantity"] == "dropout"]
    for pooling in ("none", "partial"):
        at, ends = points(ax, pooling)
        rows = own[own["pooling"] == pooling]
        assert at[:, 0].tolist() == rows["mean"].tolist()
        assert np.allclose([e[:, 0] for e in ends], rows[["low", "high"]])
    assert line(ax, "complete").get_xdata()[0] == 0.3
    assert ax.get_yticklabels()[0].get_text().startswith("large")
    with pytest.raises(ParameterError, match="unknown quantity 'churn'"):
        charts.draw_shrinkage(new_axes(), POOLED, quantity="churn")


def test_parameters_stand_on_one_logarithmic_axis_with_their_numbers():
    ax = charts.draw_parameters(new_axes(), PARAMETERS, parameters=["alpha", "r"])
    at, ends = points(ax, "posterior")
    assert at.tolist() == [[6.18, 0], [0.525, 1]]
    assert np.allclose(ends[0][:, 0], [6.18 * 0.9, 6.18 * 1.15])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["alpha", "r"] and ax.get_xscale() == "log"
    assert "0.525  (0.473 to 0.604)" in [t.get_text() for t in ax.texts]


def test_parameters_of_groups_and_priors_are_told_apart():
    table = pd.concat([PARAMETERS.assign(group=g, prior_low=0.01, prior_high=9.0) for g in ("new", "old")])
    ax = charts.draw_parameters(new_axes(), table)
    new, old = (next(c for c in ax.containers if c.get_label() == g)[0] for g in ("new", "old"))
    assert new.get_marker() != old.get_marker()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["prior", "new", "old"]


def test_prior_predictive_draws_data_and_the_band_of_the_prior():
    ax = charts.draw_prior_predictive(new_axes(), PRIOR)
    assert [b.get_height() for b in ax.patches] == PRIOR["actual"].tolist()
    low, high = band(ax, "prior interval")
    assert low.tolist() == PRIOR["predicted_low"].tolist() and high.tolist() == PRIOR["predicted_high"].tolist()


def test_channels_are_set_against_their_cost_the_surest_first():
    ax = charts.draw_clv_cac(new_axes(), CHANNELS, currency="USD")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["search", "affiliates", "catalogue"]
    assert line(ax, "cost (CAC)").get_xdata().tolist() == [12.0, 31.0, 48.0]
    at, ends = points(ax, "worth (CLV)")
    assert at[:, 0].tolist() == [36.0, 34.0, 37.0] and ends[0][:, 0].tolist() == [31.0, 41.0]
    words = [t.get_text() for t in ax.texts]
    assert "3.0×, 99 %\nback after 9.2 weeks" in words and "0.77×, 4 %\nnot paid back" in words
    assert ax.get_xlim()[0] == 0


def test_payback_is_where_margin_less_cost_crosses_zero():
    ax = charts.draw_payback(new_axes(), MARGIN, currency="USD")
    drawn = line(ax, "margin less cost").get_ydata()
    low, high = band(ax, "margin less cost interval")
    assert drawn[0] == -10 and (low.to_numpy() <= drawn).all() and (drawn <= high.to_numpy()).all()
    at, ends = points(ax, "margin less cost payback")
    assert at[0].tolist() == pytest.approx([20, 0]) and ends[0][:, 0].tolist() == pytest.approx([16, 25])
    assert any("20 weeks\n(16 to 25)" in t.get_text() for t in ax.texts)


def test_what_is_never_paid_back_says_so():
    ax = charts.draw_payback(new_axes(), MARGIN.assign(cac=90.0))
    assert any("not back yet" in t.get_text() for t in ax.texts)


def test_survival_draws_model_band_and_what_was_seen():
    ax = charts.draw_survival(new_axes(), SURVIVAL)
    own = SURVIVAL[SURVIVAL["segment"] == "regular"]
    drawn = line(ax, "regular").get_ydata()
    low, high = band(ax, "regular interval")
    assert drawn.tolist() == own["survival"].tolist()
    assert (low.to_numpy() <= drawn).all() and (drawn <= high.to_numpy()).all()
    assert len(line(ax, "regular actual").get_xdata()) == 8
    assert line(ax, "regular holdout").get_markerfacecolor() == "white"
    assert ax.get_ylim() == (0, 1) and ax.get_xlabel().startswith("Years")


def test_retention_has_its_own_label():
    table = SURVIVAL.rename(columns={"survival": "retention"}).drop(columns=["segment", "holdout"]).iloc[:13]
    assert "renewed" in charts.draw_survival(new_axes(), table, kind="retention").get_ylabel()


def test_cohorts_are_written_where_there_is_room_and_empty_where_nothing_happened():
    ax = charts.draw_cohort_triangle(new_axes(), COHORTS)
    assert len([t for t in ax.texts if t.get_text()]) == len(COHORTS)
    assert ax.get_yticklabels()[1].get_text() == "2001  (999)"
    narrow = charts.draw_cohort_triangle(new_axes(width=3.4, height=3), COHORTS)
    assert not narrow.texts and len(narrow.figure.axes) == 2


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda ax: charts.draw_tracking(ax, tracking("MBG/NBD"), kind="weekly"), "unknown kind 'weekly'"),
        (lambda ax: charts.draw_segment_values(ax, WORTH, measure="mean"), "unknown measure 'mean'"),
        (lambda ax: charts.draw_survival(ax, SURVIVAL, kind="churn"), "unknown kind 'churn'"),
        (lambda ax: charts.draw_histories(ax, GRID, value="p_dead"), "unknown value 'p_dead'"),
        (lambda ax: charts.draw_parameters(ax, PARAMETERS, parameters=["s"]), "unknown parameter 's'"),
    ],
)
def test_an_unknown_choice_lists_the_known_ones(draw, message):
    with pytest.raises(ParameterError, match=message):
        draw(new_axes())
