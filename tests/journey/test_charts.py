"""What the pictures of journeys show: the numbers of their tables, in words that stay apart and inside the picture."""

import os
import subprocess
import sys
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text

from cxlab.errors import DataError
from cxlab.journey import charts
from cxlab.style import BLUE, ORANGE, PALE_BLUE, figure_style, new_axes

STAGES = ["Awareness", "Consideration", "Purchase", "Service", "Post-Purchase"]
LONG = ["Influencer collaboration on a short-video platform", "Donaudampfschifffahrtsgesellschaftskapitän", "NA",
        "$5 off and $10 back", "Click & collect / pick-up counter", "E-mail (Service)"]  # fmt: skip
CHANNELS = pd.DataFrame(
    {"touchpoint": ["Search", "Search", "Basket"], "channel": ["web", "a partner's market place", "app"],
     "share": [0.75, 0.25, 1.0]}
)  # fmt: skip


def hotel() -> pd.DataFrame:
    """A journey of nine touchpoints with everything measured."""
    names = [
        "Search",
        "Friend's tip",
        "Website",
        "Reviews",
        "Basket",
        "Check-out",
        "Room",
        "Breakfast",
        "Rebooking mail",
    ]
    drop = np.array([0.31, 0.12, 0.44, 0.18, 0.27, np.nan, 0.01, 0.03, 0.71])
    emotion = np.array([0.3, 0.9, 0.2, 0.5, -0.6, 0.4, 0.8, 1.2, -0.1])
    money = np.array([4000, 1000, 22000, 6000, 31000, np.nan, 3000, 0, 47000.0])
    return pd.DataFrame(
        {
            "stage": [STAGES[i] for i in (0, 0, 1, 1, 2, 2, 3, 3, 4)], "touchpoint": names,
            "journeys": [8200, 1900, 6400, 4100, 2650, 480, 2790, 2310, 2790],
            "contacts": [9100, 1950, 14100, 5200, 3300, 520, 2790, 4300, 5000],
            "drop_off": drop, "drop_off_low": drop - 0.01, "drop_off_high": drop + 0.01,
            "wait_s": [4000, 18000, 1e5, 3e5, 5e4, 3.5e4, 600, 4e4, 3.5e6],
            "wait_q25_s": [2000, 9000, 5e4, 1e5, 2e4, 1e4, 300, 2e4, 1e6],
            "wait_q75_s": [8000, 5e4, 2e5, 6e5, 1e5, 6e4, 1200, 8e4, 7e6],
            "emotion": emotion, "emotion_low": emotion - 0.15, "emotion_high": emotion + 0.15,
            "money": money, "money_low": money * 0.7, "money_high": money * 1.3,
            "mark": ["", "", "", "", "pain, moment of truth", "", "", "peak", "moment of truth"],
        }
    )  # fmt: skip


def many(n: int = 30, stages: int = 8) -> pd.DataFrame:
    """Touchpoints with long names, holes in every measure, one that nobody met."""
    rng = np.random.default_rng(3)
    kinds = [*STAGES, "Consideration and comparison", "Complaint-handling", "Re-activation"][:stages]
    at = np.sort(np.append(np.arange(stages), rng.integers(0, stages, n - stages)))
    journeys = rng.lognormal(6, 1.6, n).astype(int)
    journeys[n // 2] = 0
    table = pd.DataFrame(
        {"stage": [kinds[i] for i in at], "touchpoint": [*LONG, *(f"Touchpoint {i}" for i in range(n - len(LONG)))],
         "journeys": journeys, "contacts": journeys * 2, "drop_off": rng.beta(1, 5, n),
         "wait_s": rng.lognormal(9, 3, n), "emotion": rng.uniform(-2, 2, n), "money": rng.lognormal(8, 2, n),
         "mark": rng.choice(["", "", "pain", "moment of truth"], n)}
    )  # fmt: skip
    for column, reach in (("drop_off", 0.05), ("emotion", 0.4), ("money", 3000)):
        table[f"{column}_low"], table[f"{column}_high"] = table[column] - reach, table[column] + reach
    table["wait_q25_s"], table["wait_q75_s"] = table["wait_s"] / 5, table["wait_s"] * 4
    for column in ("drop_off", "wait_s", "emotion", "money", "money_low", "emotion_high"):
        table.loc[rng.choice(n, n // 5, replace=False), column] = np.nan
    return table


def words(ax) -> list[str]:
    return [t.get_text() for t in ax.texts if t.get_text()]


def boxes(ax, colour) -> list[Rectangle]:
    return [p for p in ax.patches if isinstance(p, Rectangle) and to_hex(p.get_facecolor()) == colour.lower()]


def assert_readable(ax):
    """No words outside the figure, none on other words."""
    figure = ax.figure
    canvas = FigureCanvasAgg(figure)
    with figure_style():
        canvas.draw()
    renderer = canvas.get_renderer()
    seen = [(t.get_text(), t.get_window_extent(renderer)) for t in figure.findobj(Text) if t.get_text().strip()]
    outside = [w for w, b in seen if b.x0 < -1 or b.y0 < -1 or b.x1 > figure.bbox.x1 + 1 or b.y1 > figure.bbox.y1 + 1]
    assert not outside
    assert not [
        (a, b)
        for (a, x), (b, y) in combinations(seen, 2)
        if min(x.x1, y.x1) - max(x.x0, y.x0) > 2 and min(x.y1, y.y1) - max(x.y0, y.y0) > 4
    ]


TO_BE = hotel().assign(to_be_drop_off=hotel()["drop_off"].where(hotel().index != 4, 0.16), to_be_emotion=0.6,
                       to_be_money=14000.0, to_be_wait_s=3600.0, to_be_journeys=hotel()["journeys"] * 1.2)  # fmt: skip
PERSONAS = pd.concat(
    [hotel()[["touchpoint"]].assign(persona=name, emotion=e, emotion_low=e - 0.3, emotion_high=e + 0.3)
     for name, e in (("Business guests on long assignments", 0.4), ("Families", -1.9), ("Couples", np.nan))]
)  # fmt: skip
MAPS = {
    "as it is": (hotel(), {"channels": CHANNELS, "currency": "EUR", "title": "Half of it lies after the stay"}),
    "to be": (TO_BE, {"currency": "SEK"}),
    "personas": (hotel(), {"emotions": PERSONAS, "label": "simulated"}),
    "many": (many(), {"currency": "USD"}),
    "two stages": (many(12, 2), {}),
    "one touchpoint": (hotel().iloc[[4]], {"channels": CHANNELS}),
    "only journeys": (hotel()[["stage", "touchpoint", "journeys", "contacts"]], {}),
    "nothing measured": (hotel().assign(drop_off=np.nan, emotion=np.nan, money=np.nan, wait_s=np.nan, mark=""), {}),
}


@pytest.mark.parametrize("width", [3.6, 7.0, 12.0])
@pytest.mark.parametrize("name", MAPS)
def test_words_of_the_map_stay_apart_and_inside_at_every_width(name, width):
    table, options = MAPS[name]
    assert_readable(charts.draw_map(new_axes(width=width), table, **options))


@pytest.mark.parametrize("width", [3.6, 12.0])
def test_the_map_says_every_number_and_draws_it_to_scale(width):
    table = hotel()
    ax = charts.draw_map(new_axes(width=width), table, currency="EUR")
    said = words(ax)
    for text in ("8,200", "31 %", "€47k", "€0", "Search", "peak"):
        assert text in said
    assert any("pain" in w for w in said) and sum("truth" in w for w in said) >= 2
    phone = width < 5
    long = "get_width" if phone else "get_height"
    leaves = [getattr(b, long)() for b in boxes(ax, ORANGE)]
    n = table.loc[table["drop_off"].notna(), ["journeys", "drop_off"]].prod(axis=1)
    assert np.allclose(np.array(leaves) / leaves[0], n / n.iloc[0])
    strong = [getattr(b, long)() for b in boxes(ax, BLUE)]
    assert np.allclose(np.array(strong) / max(strong), np.array([22000, 31000, 47000]) / 47000)


def test_the_map_keeps_every_stage_and_what_is_marked_and_says_what_it_leaves_out():
    table = many()
    ax = charts.draw_map(new_axes(width=12), table, top=10)
    shown = " ".join(" ".join(words(ax)).split())
    for _, own in table.groupby("stage"):
        largest = own.loc[own["journeys"].idxmax(), "touchpoint"]
        assert largest in shown or largest[:9] in shown
    assert "Not drawn: 20 other touchpoints with" in shown


def test_lanes_without_data_are_left_out():
    said = words(charts.draw_map(new_axes(width=7), hotel().drop(columns=["money", "emotion"])))
    assert "Journeys" in said and "Wait" in said
    assert "Emotion" not in said and "Money at stake" not in said


def test_a_second_state_is_drawn_only_where_it_differs():
    table = hotel().assign(to_be_drop_off=hotel()["drop_off"], to_be_emotion=hotel()["emotion"])
    same = charts.draw_map(new_axes(width=7), table)
    assert not [w for w in words(same) if "→" in w or "to be" in w and "▢" not in w]
    other = words(charts.draw_map(new_axes(width=7), TO_BE))
    assert "→ 16 %" in other and "to be +0.6" in other


def test_a_missing_interval_is_not_drawn_as_one():
    bare = hotel().assign(money_low=np.nan, money_high=np.nan, drop_off_low=np.nan, drop_off_high=np.nan,
                          emotion_low=np.nan, emotion_high=np.nan)  # fmt: skip
    with_intervals, without = (charts.draw_map(new_axes(width=7), t) for t in (hotel(), bare))
    assert len(without.lines) < len(with_intervals.lines) - 3 * 7
    assert with_intervals.collections and not without.collections  # the band


def test_a_map_of_nothing_says_what_it_needs():
    with pytest.raises(DataError, match="no touchpoint"):
        charts.draw_map(new_axes(), hotel().iloc[:0])


def test_svg_is_the_same_bytes_in_every_process():
    code = (
        "import hashlib, runpy; t = runpy.run_path('tests/journey/test_charts.py');"
        "from cxlab.journey import charts; from cxlab.style import new_axes;"
        "m = charts.svg(charts.draw_map(new_axes(), t['hotel'](), channels=t['CHANNELS'], currency='EUR').figure);"
        "g = charts.svg(charts.draw_graph(new_axes(), t['MOVES'], t['MET']).figure, title='a < b');"
        "print(hashlib.sha256((m + g).encode()).hexdigest(), 'Date' in m, '<title>a &lt; b</title>' in g)"
    )
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True,
                       env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root}).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1
    assert runs.pop().split()[1:] == ["False", "True"]


MET = pd.DataFrame(
    {"touchpoint": ["Search", "Website", "Basket", "Order", "Help desk"], "stage": [STAGES[i] for i in (0, 1, 2, 2, 3)],
     "contacts": [900, 1400, 500, 400, 120]}
)  # fmt: skip
MOVES = pd.DataFrame(
    [("(start)", "Search", 900), ("Search", "Website", 800), ("Website", "Website", 400), ("Website", "Basket", 500),
     ("Basket", "Order", 400), ("Order", "Help desk", 100), ("Help desk", "Website", 60), ("Search", "Order", 10),
     ("Search", "(end)", 90), ("Order", "(end)", 300), ("Help desk", "(end)", 60)],
    columns=["source", "target", "contacts"],
)  # fmt: skip
MOVES["share"] = MOVES["contacts"] / MOVES.groupby("source")["contacts"].transform("sum")
MOVES = MOVES.assign(low=MOVES["share"] * 0.9, high=MOVES["share"] * 1.05, median_gap_s=90_000.0)


def lines_of(ax) -> list[PathPatch]:
    return [p for p in ax.patches if isinstance(p, PathPatch) and to_hex(p.get_facecolor(), True).endswith("00")]


@pytest.mark.parametrize("width", [3.6, 7.0, 12.0])
def test_the_graph_says_how_much_traffic_it_carries(width):
    ax = charts.draw_graph(new_axes(width=width), MOVES, MET, top=4)
    said = " ".join(" ".join(words(ax)).split())
    assert "The 4 largest of 7 transitions carry 93 % of traffic" in said  # 2,100 of 2,270
    assert "25 % end" not in said and "75 % end" in said  # the goal's, not a tenth of the search's
    drawn = lines_of(ax)
    assert len(drawn) == 4
    assert max(p.get_linewidth() for p in drawn) == pytest.approx(2 * min(p.get_linewidth() for p in drawn), rel=0.01)


def test_lines_back_to_an_earlier_stage_are_dashed():
    ax = charts.draw_graph(new_axes(), MOVES, MET)
    dashed = [p for p in lines_of(ax) if p.get_linestyle() != "solid" and p.get_linestyle() != "-"]
    assert len(lines_of(ax)) == 7 and len(dashed) == 1


def test_a_way_past_other_stages_does_not_run_through_their_touchpoints():
    ax = charts.draw_graph(new_axes(), MOVES, MET)
    nodes = {t.get_text(): t.get_position() for t in ax.texts if t.get_text() in set(MET["touchpoint"])}
    far = min(lines_of(ax), key=lambda p: p.get_linewidth())  # from the search to the order
    path = far.get_path().interpolated(40).vertices
    x, y = nodes["Website"]
    there = path[np.abs(path[:, 0] - x) < 4]
    assert len(there) and (np.abs(there[:, 1] - y) > 14).all()


def test_a_log_without_moves_cannot_be_a_graph():
    with pytest.raises(DataError, match="no contact follows another"):
        charts.draw_graph(new_axes(), MOVES[MOVES["source"] == "(start)"], MET)


FLOWS = pd.DataFrame(
    [(1, "Search", "Website", 60), (1, "Search", "(end)", 20), (1, "Friend's tip", "Website", 20),
     (2, "Website", "Basket", 50), (2, "Website", "(end)", 30), (3, "Basket", "(end)", 50)],
    columns=["step", "source", "target", "journeys"],
)  # fmt: skip


def test_flows_keep_every_journey_from_step_to_step():
    ax = charts.draw_step_flows(new_axes(width=7), FLOWS, tall=200)
    bars = [p for p in ax.patches if isinstance(p, Rectangle)]
    columns = {}
    for bar in bars:
        columns.setdefault(round(bar.get_x()), []).append(bar.get_height())
    heights = [sum(own) for _, own in sorted(columns.items())]
    assert np.allclose(heights, [200, 200, 160, 100])  # 100, 100, 80 and 50 journeys, those that ended once
    ended = [b.get_height() for b in bars if to_hex(b.get_facecolor()) == ORANGE.lower()]
    assert np.allclose(ended, [40, 60, 100])
    assert "80, 80 %" in words(ax)


def test_flows_draw_as_many_steps_as_fit_and_say_so():
    more = pd.concat([FLOWS.assign(step=FLOWS["step"] + 2 * i) for i in range(6)])
    ax = charts.draw_step_flows(new_axes(width=3.6), more)
    assert any("the first 3 of" in w.replace("\n", " ") for w in [" ".join(words(ax))])
    with pytest.raises(DataError, match="no journey has a step"):
        charts.draw_step_flows(new_axes(), FLOWS.iloc[:0])


def funnel(groups=("",)) -> pd.DataFrame:
    reach = np.array([1, 0.6, 0.3, 0.0])
    rows = pd.DataFrame(
        {"step": [1, 2, 3, 4], "touchpoint": ["Search", LONG[0], "Order", "Help desk"], "journeys": reach * 1000,
         "of_first": reach, "of_first_low": reach * 0.95, "of_first_high": np.minimum(reach * 1.05, 1),
         "of_previous": [np.nan, 0.6, 0.5, 0.0], "of_previous_low": [np.nan, 0.57, 0.47, 0.0],
         "of_previous_high": [np.nan, 0.63, 0.53, 0.01], "median_gap_s": [np.nan, 3600, 90_000, np.nan]}
    )  # fmt: skip
    return rows if groups == ("",) else pd.concat([rows.assign(group=g) for g in groups])


def test_the_funnel_says_what_is_lost_between_steps():
    ax = charts.draw_funnel(new_axes(width=7), funnel())
    bars = [b.get_width() for b in boxes(ax, BLUE)]
    assert np.allclose(np.array(bars) / bars[0], [1, 0.6, 0.3, 0])
    said = words(ax)
    assert "▼ 40 % go no further (37 % to 43 %)" in said
    assert "half of the others within 25 h" in said or "half of the others within 1 d" in said


MATRIX = pd.DataFrame(
    [(a, b, 10 * i + j) for i, a in enumerate(LONG, start=1) for j, b in enumerate(LONG)],
    columns=["source", "target", "contacts"],
)  # fmt: skip


def test_shares_of_a_row_of_the_matrix_add_up_even_when_rare_ones_are_folded():
    many_moves = pd.DataFrame(
        [(f"t{i:02}", f"t{j:02}", 1 + (i * j) % 7) for i in range(30) for j in range(30)],
        columns=["source", "target", "contacts"],
    )
    ax = charts.draw_transitions(new_axes(width=7), many_moves)
    said = words(ax)
    cells = [int(w) for w in said if w.isdigit()]
    assert len(cells) == 16 * 16 and "others" in said
    rows = np.array(cells).reshape(16, 16).sum(axis=1)
    assert (np.abs(rows - 100) <= 8).all()  # rounded one by one
    assert "15 rarer ones" in " ".join(said)


ROWS = many().rename(columns={"drop_off_low": "low", "drop_off_high": "high"})
RULES = pd.DataFrame(
    [(name, rule, 0.6 / (i + 1) * k, 0.5 / (i + 1) * k, 0.7 / (i + 1) * k)
     for i, name in enumerate(LONG) for k, rule in ((1, "lost"), (0.5, "rerouted"), (-0.2, "shapley"))],
    columns=["touchpoint", "rule", "credit", "low", "high"],
)  # fmt: skip
CHANGE = pd.DataFrame(
    [("conversion", "share", 0.40, 0.38, 0.42, 0.43, 0.41, 0.45, 0.03, 0.02, 0.04),
     ("days a journey", "days", 2.0, 1.9, 2.1, 1.9, 1.8, 2.0, -0.1, -0.2, 0.05),
     ("money a year", "money", 84_000, 80_000, 88_000, 89_000, 85_000, 93_000, 5000, 4000, 6000)],
    columns=["quantity", "unit", *(f"{s}{e}" for s in ("as_is", "to_be", "difference") for e in ("", "_low", "_high"))],
)  # fmt: skip
LOSS = pd.DataFrame(
    {"touchpoint": LONG, "journeys": 900.0, "drop_off": 0.3, "money": [9000, 50, 200, 0, 0, np.nan],
     "low": [7000, 20, -10, 0, 0, np.nan], "high": [12000, 90, 900, 0, 0, np.nan]}
)  # fmt: skip
MOMENTS = pd.DataFrame(
    {"touchpoint": LONG, "reach": 0.4, "effect": 0.1, "effect_low": 0.05, "effect_high": 0.2, "spread": 1.0,
     "score": [0.04, 0.03, 0.02, 0.01, 0.001, np.nan], "low": [0.03, 0.02, 0, 0, 0, np.nan],
     "high": [0.05, 0.04, 0.05, 0.02, 0.01, np.nan]}
)  # fmt: skip
OTHERS = {
    "graph": lambda ax: charts.draw_graph(ax, MOVES, MET),
    "funnel": lambda ax: charts.draw_funnel(ax, funnel()),
    "funnels": lambda ax: charts.draw_funnel(ax, funnel(("social media", "store", "word of mouth", "newsletter"))),
    "matrix": lambda ax: charts.draw_transitions(ax, MOVES),
    "channels": lambda ax: charts.draw_channels(ax, MATRIX),
    "drop-off": lambda ax: charts.draw_drop_off(ax, ROWS),
    "dwell": lambda ax: charts.draw_dwell(
        ax, ROWS.rename(columns={"wait_s": "median_s", "wait_q25_s": "q25_s", "wait_q75_s": "q75_s"})
    ),
    "attribution": lambda ax: charts.draw_attribution(ax, RULES),
    "loss": lambda ax: charts.draw_loss(ax, LOSS, currency="SEK"),
    "moments": lambda ax: charts.draw_moments(ax, MOMENTS),
    "what if": lambda ax: charts.draw_what_if(ax, CHANGE, currency="EUR"),
}


@pytest.mark.parametrize("width", [3.6, 7.0])
@pytest.mark.parametrize("name", OTHERS)
def test_words_of_the_other_pictures_stay_apart_and_inside(name, width):
    ax = OTHERS[name](new_axes(width=width))
    assert_readable(ax)
    assert ax.figure.get_size_inches()[0] == pytest.approx(width)


def test_bars_are_to_scale_and_what_loses_nothing_is_counted_not_drawn():
    ax = charts.draw_loss(new_axes(width=7), LOSS, currency="EUR")
    strong, pale = boxes(ax, BLUE), boxes(ax, PALE_BLUE)
    assert [b.get_width() / strong[0].get_width() for b in strong] == pytest.approx([1, 50 / 9000])
    assert len(pale) == 1  # its interval holds zero
    said = " ".join(words(ax))
    assert "2 others lose no more" in said and "not measured" in said and "€7.00k to €12.0k" in said


def test_a_difference_of_shares_is_in_points():
    said = words(charts.draw_what_if(new_axes(), CHANGE, currency="EUR"))
    assert "+3.0 points" in said and "+2.0 to +4.0" in said and "+€5.00k" in said
