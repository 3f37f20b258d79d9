"""What is new in what customers say: themes and words of late that were rarer before, with few false alarms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import gammaln

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.feedback.languages import function_words
from cxlab.experience.feedback.prevalence import design_effect
from cxlab.experience.feedback.quotes import quote
from cxlab.experience.feedback.themes import Themes
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.wording import count, days, interval, share

_PERIODS = {"week": "W-SUN", "month": "M", "quarter": "Q", "day": "D"}
#: texts with a word from which it is looked at, and texts of late and before that are needed
_LEAST_WORD, FEWEST = 10, 30


def emerging(
    themes: Themes,
    *,
    period: str = "month",
    recent: int = 1,
    words: bool = True,
    false_alarms: float = 0.1,
    level: float = 0.9,
) -> Finding:
    """Themes and words that are more frequent of late than before.

    Parameters
    ----------
    themes : of texts with times
    period : "day", "week", "month" or "quarter"
    recent : how many of the last periods are "of late"
    words : whether single words are looked at as well, beside themes
    false_alarms : chance that any theme (or any word) is called emerging or fading when none has changed

    Returns
    -------
    Finding "experience.emerging", a row a theme or word that was looked at, surest first: kind ("theme", "word"), what,
    recent_n, recent, recent_low, recent_high, before (shares of texts), difference, difference_low, difference_high, p
    (adjusted), call ("emerging", "fading" or ""), quote, feedback_id (of a recent text)

    Raises
    ------
    DataError : texts have no times, or there are not two periods.

    Notes
    -----
    Fisher's exact test of the share of late against the share before, two-sided, Holm's adjustment over themes and over
    words: the chance of any false alarm is at most `false_alarms` for each of the two. Shares that vary from period to
    period more than independent texts would, and texts of the same customers, make the counts count for less. Interval
    of the difference: Newcombe (1998), method 10, of Jeffreys intervals.
    """
    if period not in _PERIODS:
        raise unknown("period", period, _PERIODS)
    if not 0 < false_alarms < 1 or recent < 1:
        raise ParameterError(f"false_alarms = {false_alarms}, recent = {recent}.", expected="a share; 1 period or more")
    texts = themes.texts
    if not texts.has("timestamp"):
        raise DataError("these texts have no times.", expected="a column `timestamp`")
    at = texts.table["timestamp"].dt.tz_localize(None).dt.to_period(_PERIODS[period])
    told = at.notna().to_numpy()
    number = pd.factorize(at[told], sort=True)[0]
    calendar = np.sort(at[told].unique())
    if len(calendar) <= recent:
        raise DataError(f"texts are of {count(len(calendar))} {period}s.", expected=f"more than {recent}")
    late = number >= len(calendar) - recent
    customer = texts.table.get("customer_id")
    customer = None if customer is None else customer[told]
    looked = [("theme", name, themes.rows(k)[told]) for k, name in enumerate(themes.names)]
    looked += [("word", word, hit[told]) for word, hit in _words(themes)] if words else []
    if not looked:
        raise DataError("there is no theme and no frequent word to look at.", expected="more texts")
    effect = _effect([hit for *_, hit in looked], number, late, customer)
    rows = []
    for kind, what, hit in looked:
        compared = _compared(hit, late, effect, level)
        rows.append({"kind": kind, "what": what} | compared | _quoted(themes, hit, late, told))
    table = pd.DataFrame(rows)
    table["p"] = table.groupby("kind")["p"].transform(lambda p: holm(p.to_numpy()))
    called = table["p"] <= false_alarms
    table["call"] = np.select([called & (table["difference"] > 0), called], ["emerging", "fading"], "")
    table = table.sort_values(["p", "difference"], ascending=[True, False], ignore_index=True)
    series = _series(looked, table, number, calendar, level)
    up, down = (_apart(table[table["call"] == call]) for call in ("emerging", "fading"))
    span = days(calendar[-recent].start_time, texts.table["timestamp"].max())
    sentences = [_line(row, level) for row in up.head(3).itertuples()] or [
        f"No theme{' or word' if words else ''} is more frequent than before, as far as can be told."
    ]
    if len(down):
        sentences.append("Fading: " + ", ".join(f"{r.what} ({share(r.before)} to {share(r.recent)})" for r in
                                                down.head(3).itertuples()) + ".")  # fmt: skip
    n_late, n_before = int(late.sum()), int((~late).sum())
    return Finding(
        name="experience.emerging",
        title=f"More is said of late about {' and '.join(up['what'].head(2))}" if len(up) else "Nothing new is said",
        text=f"{count(n_late)} texts of late ({span}) beside {count(n_before)} before. " + " ".join(sentences)
        + f" {count(len(table))} themes and words were looked at: if none changed, one or more themes would be called "
        f"in {share(false_alarms)} of cases at most, and one or more words as often.",
        table=table,
        units=dict.fromkeys([c for c in table if c.startswith(("recent", "before", "difference")) and c != "recent_n"],
                            "share") | {"recent_n": "count"},
        checks=(
            Check("texts of late", n_late >= FEWEST, float(n_late), f"≥ {FEWEST}", "Wait, or take more periods."),
            Check("texts before", n_before >= FEWEST, float(n_before), f"≥ {FEWEST}", "Little to compare with."),
        ),
        draw=lambda ax: _draw(ax, series),
        caption=f"n = {count(n_late + n_before)} texts, {texts.period}; share of texts a {period}, {level * 100:g} % "
        "intervals; Fisher's exact test, Holm's adjustment.",
        keys=(Key(count(len(up)), f"themes and words emerged ({span})"),),
    )  # fmt: skip


def holm(p: np.ndarray) -> np.ndarray:
    """P-values adjusted so that the chance of any false one stays as stated (Holm 1979).

    >>> holm(np.array([.01, .04, .03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    found = np.empty(len(p))
    found[order] = np.minimum(steps, 1.0)
    return found


def fisher(hits: float, n: float, others: float, n_others: float) -> float:
    """Two-sided p-value of two shares being one; counts need not be whole, they are rounded to the safe side.

    >>> round(fisher(8, 10, 1, 10), 4)
    0.0055
    """
    n, n_others = int(n), int(n_others)
    x, y = (min(round(v), m) for v, m in ((hits, n), (others, n_others)))
    at = np.arange(max(0, x + y - n_others), min(n, x + y) + 1)
    logs = -gammaln(at + 1) - gammaln(n - at + 1) - gammaln(x + y - at + 1) - gammaln(n_others - x - y + at + 1)
    chances = np.exp(logs - logs.max())
    return float(chances[chances <= chances[x - at[0]] * (1 + 1e-7)].sum() / chances.sum())


def _effect(hits: Sequence[np.ndarray], number: np.ndarray, late: np.ndarray, customer) -> float:
    """How many texts count as one: for customers who wrote several, and for shares that vary by period."""
    periods = np.bincount(number[~late])
    spread = []
    if (periods > 0).sum() >= 4:
        use = periods > 0
        for hit in hits:
            p = hit[~late].mean()
            if 0 < p < 1 and p * periods[use].mean() >= 2:
                own = np.bincount(number[~late], hit[~late], minlength=len(periods))[use]
                spread.append(((own - p * periods[use]) ** 2 / (periods[use] * p * (1 - p))).sum() / (use.sum() - 1))
    alike = customer is not None and customer.dropna().duplicated().any()
    by_customer = [design_effect(hit, customer) for hit in hits[:20]] if alike else [1.0]
    return max(1.0, float(np.mean(spread)) if spread else 1.0, float(np.mean(by_customer)))


def _compared(hit: np.ndarray, late: np.ndarray, effect: float, level: float) -> dict[str, float]:
    n, m = late.sum() / effect, (~late).sum() / effect
    x, y = hit[late].sum() / effect, hit[~late].sum() / effect
    a, b = x / n, y / m
    (low, high), (least, most) = share_interval(x, n, level=level), share_interval(y, m, level=level)
    return {
        "recent_n": int(hit[late].sum()), "recent": a, "recent_low": float(low), "recent_high": float(high),
        "before": b,
        "difference": a - b, "difference_low": a - b - float(np.hypot(a - low, most - b)),
        "difference_high": a - b + float(np.hypot(high - a, b - least)), "p": fisher(x, n, y, m),
    }  # fmt: skip


def _words(themes: Themes) -> list[tuple[str, np.ndarray]]:
    """Frequent words and pairs, and the rows that hold them; those that are always together are looked at once."""
    from sklearn.feature_extraction.text import CountVectorizer

    place = themes.texts.table["text_id"].to_numpy()
    vectorizer = CountVectorizer(
        binary=True, ngram_range=(1, 2), min_df=3, max_features=300, stop_words=sorted(function_words()),
        token_pattern=r"(?u)\b[^\W\d_][^\W\d_]+\b",
    )  # fmt: skip
    try:
        hits = vectorizer.fit_transform(themes.texts.distinct).tocsc()
    except ValueError:
        return []
    found, seen = [], set()
    for j, word in enumerate(vectorizer.get_feature_names_out()):
        row = np.asarray(hits[:, j].todense()).ravel().astype(bool)[place]
        key = row.tobytes()
        if row.sum() >= _LEAST_WORD and key not in seen:
            seen.add(key)
            found.append((str(word), row))
    return found


def _quoted(themes: Themes, hit: np.ndarray, late: np.ndarray, told: np.ndarray) -> dict[str, str]:
    at = np.flatnonzero(told)[hit & late]
    if not len(at):
        return {"quote": "", "feedback_id": ""}
    row = themes.texts.table.iloc[at[-1]]
    return {"quote": quote(themes.texts.distinct[row["text_id"]]), "feedback_id": row["feedback_id"]}


def _apart(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that share no word with one before them: "app" speaks for "app works", too."""
    seen: set[str] = set()
    keep = []
    for what in table["what"]:
        own = set(what.replace(" / ", " ").split())
        keep.append(not own & seen)
        seen |= own
    return table[np.array(keep, dtype=bool)]


def _series(looked, table: pd.DataFrame, number: np.ndarray, calendar: np.ndarray, level: float) -> pd.DataFrame:
    """Shares by period of what was called, or of the most frequent where nothing was."""
    called = table[table["call"] == "emerging"]
    shown = list(_apart(called)["what"].head(3)) or list(table.sort_values("recent", ascending=False)["what"].head(2))
    n, parts = np.bincount(number, minlength=len(calendar)), []
    for what in shown:
        hit = next(h for _k, w, h in looked if w == what)
        x = np.bincount(number, hit, minlength=len(calendar))
        low, high = share_interval(x, n, level=level)
        start = [p.start_time for p in calendar]
        parts.append(pd.DataFrame({"what": what, "period": start, "n": n, "share": x / n, "low": low, "high": high}))
    return pd.concat(parts, ignore_index=True)


def _line(row, level: float) -> str:
    ends = interval(share(row.difference_low, digits=1), share(row.difference_high, digits=1), level=level)
    return (
        f"{row.what}: {share(row.recent, digits=1)} of texts, {share(row.before, digits=1)} before, more by "
        f"{share(row.difference, digits=1)} {ends}."
    )


def _draw(ax, series: pd.DataFrame):
    from cxlab.experience.charts.feedback import draw_emerging

    return draw_emerging(ax, series)
