"""What to mend first: themes by how many complain, by stars that go along with them, and by touchpoint."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t

from cxlab.errors import DataError, unknown
from cxlab.experience.feedback.prevalence import design_effect
from cxlab.experience.feedback.quality import reading_quality
from cxlab.experience.feedback.quotes import exemplars
from cxlab.experience.feedback.sentiment import HIDDEN, Sentiment
from cxlab.experience.feedback.themes import FEWEST, Themes
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.wording import MINUS, count, interval, share

#: texts below which a cell is marked as resting on few
FEW = 30
#: share of texts no theme covers from which themes do not tell what texts are about
_MOST_UNCOVERED = 0.5


def theme_ranking(themes: Themes, sentiment: Sentiment, *, feeling: str = "words", level: float = 0.9) -> Finding:
    """Themes from the one with the most negative texts, with the stars that go along with them and a quote.

    Parameters
    ----------
    themes, sentiment : of the same texts
    feeling : "words": as read from the text; "stars": negative is a text with too few stars (or labelled so)

    Returns
    -------
    Finding "experience.themes", a row a theme: theme, n (texts about it), covers, covers_low, covers_high (share of all
    texts), negative_n, negative, negative_low, negative_high (share of its texts), stars (their mean),
    stars_difference, stars_difference_low, stars_difference_high (from texts not about it; missing without stars), few
    (fewer than 30 texts), stability (0 … 1), quote, feedback_id (of the text quoted). Themes of fewer than 5 texts show
    no shares.
    Where texts are too few for themes: word, texts, low, high (share of texts).

    Raises
    ------
    DataError : stars are asked for and there are none.

    Notes
    -----
    Texts of one customer are not independent: counts are divided by their design effect, and the spread of stars is
    summed by customer. A theme going along with fewer stars does not say that mending it brings them back.
    """
    if feeling not in ("words", "stars"):
        raise unknown("feeling", feeling, ("words", "stars"))
    if not themes.names:
        return _only_words(themes)
    negative = _negative(sentiment, feeling)
    texts, rows = themes.texts, []
    customer = texts.table.get("customer_id")
    quotes = exemplars(themes, sentiment, each=1)
    for k, name in enumerate(themes.names):
        about = themes.rows(k)
        row = {"theme": name, "n": int(about.sum())} | _share("covers", about, customer, level)
        row |= {"negative_n": int(negative[about].sum())} if about.sum() >= HIDDEN else {"negative_n": np.nan}
        row |= _share("negative", negative[about], None if customer is None else customer[about], level)
        row |= _stars(texts.table, about, customer, level)
        own = quotes[quotes["theme"] == name]
        own = own[own["label"] == "negative"] if (own["label"] == "negative").any() else own
        row |= {"few": about.sum() < FEW, "stability": themes.stability[k]}
        row |= {c: own[c].iloc[0] if len(own) else "" for c in ("quote", "feedback_id")}
        rows.append(row)
    table = pd.DataFrame(rows).sort_values(["negative_n", "n"], ascending=False, na_position="last", ignore_index=True)
    covered = themes.about.any(1)[texts.table["text_id"]].mean()
    several = (themes.about.sum(1) > 1)[texts.table["text_id"]].mean()
    worst = table.iloc[0]
    how = "rated negative" if feeling == "stars" else f"called negative by {_reader(sentiment)}"
    sentences = [
        *themes.notes,
        f"Most complaints are about {worst.theme}: {count(worst.negative_n)} of its {count(worst.n)} texts are {how}, "
        f"{share(worst.negative)} {interval(share(worst.negative_low), share(worst.negative_high), level=level)}.",
        _stars_sentence(table, level),
        f"{share(1 - covered)} of {count(len(texts))} texts{_of(texts.period)} are about none of the themes, "
        f"{share(several)} about several.",
    ]
    return Finding(
        name="experience.themes",
        title=f"Most complaints are about {worst.theme}",
        text=" ".join(filter(None, sentences)),
        table=table,
        units=dict.fromkeys(["n", "negative_n"], "count")
        | dict.fromkeys([c for c in table if c.startswith(("covers", "negative")) and c != "negative_n"], "share"),
        checks=(
            Check("texts that a theme covers", covered >= 1 - _MOST_UNCOVERED, share(covered), "≥ 50 %",
                  "Read texts no theme covers; more texts tell more themes apart."),
            Check("stability of the least stable theme", float(themes.stability.min()) >= 0.5,
                  float(themes.stability.min()), "≥ 0.5", "In other texts this theme may not come again."),
            *_reading_checks(sentiment, feeling),
            *texts.checks,
        ),
        draw=lambda ax: _draw("draw_themes", ax, table),
        caption=f"n = {count(len(texts))} texts{_of(texts.period)}; TF-IDF and NMF; {level * 100:g} % Jeffreys "
        "intervals. Quotes are masked.",
        keys=(Key(share(worst.negative), f"of {count(worst.n)} texts about {worst.theme} are negative"),),
    )  # fmt: skip


def theme_matrix(
    themes: Themes, sentiment: Sentiment, *, by: str = "touchpoint", feeling: str = "words", level: float = 0.9
) -> Finding:
    """How many texts of each touchpoint are about each theme, and how many of those are negative.

    Parameters
    ----------
    by : column of the texts
    feeling : as in `theme_ranking`

    Returns
    -------
    Finding "experience.theme_matrix", a row a theme and group, themes by negative texts: theme, *by, n, negative_n,
    positive_n, negative, low, high (share negative of its texts), few (fewer than 30 texts), hidden (fewer than 5: no
    share is shown), quote, feedback_id

    Raises
    ------
    DataError : the texts have no such column, or are too few for themes.
    """
    texts = themes.texts
    if not texts.has(by):
        raise unknown("column of feedback", by, texts.table.columns, error=DataError)
    if not themes.names:
        raise DataError(themes.notes[0], expected="themes", mend="more texts, or find_themes(texts, themes=5)")
    negative = _negative(sentiment, feeling)
    positive = ~negative if feeling == "stars" else (sentiment.table["label"] == "positive").to_numpy()
    groups, customer = texts.table[by], texts.table.get("customer_id")
    rows = []
    for k, name in enumerate(themes.names):
        about = themes.rows(k)
        for group in sorted(groups.dropna().unique()):
            cell = about & (groups == group).to_numpy()
            row = {"theme": name, by: group, "n": int(cell.sum())}
            shown = cell.sum() >= HIDDEN
            row |= {"negative_n": negative[cell].sum() if shown else np.nan}
            row |= {"positive_n": positive[cell].sum() if shown else np.nan}
            ends = _share("negative", negative[cell], None if customer is None else customer[cell], level)
            row |= {"negative": ends["negative"], "low": ends["negative_low"], "high": ends["negative_high"]}
            row |= {"few": cell.sum() < FEW, "hidden": not shown, **_quoted(themes, k, cell, negative)}
            rows.append(row)
    table = pd.DataFrame(rows)
    order = table.groupby("theme")["negative_n"].sum().sort_values(ascending=False, kind="stable")
    table = table.sort_values(["theme", by], key=lambda c: c.map(dict(zip(order.index, range(len(order)), strict=True)))
                              if c.name == "theme" else c, ignore_index=True)  # fmt: skip
    told = table[~table["hidden"]]
    if told.empty:
        raise DataError(f"no theme has {HIDDEN} texts at any {by}.", expected="more texts", mend="theme_ranking")
    worst, surest = told.loc[told["negative_n"].idxmax()], told.loc[told["low"].idxmax()]
    text = (
        f"Most negative texts in one place: {worst.theme} at {worst[by]}, {count(worst.negative_n)} of "
        f"{count(worst.n)} texts, {share(worst.negative)} {interval(share(worst.low), share(worst.high), level=level)}."
    )
    if surest.name != worst.name:
        text += (
            f" The largest share that is sure: {surest.theme} at {surest[by]}, {share(surest.negative)} of "
            f"{count(surest.n)} {interval(share(surest.low), share(surest.high), level=level)}."
        )
    hidden = int(table["hidden"].sum())
    if hidden:
        text += f" {count(hidden)} of {count(len(table))} cells have fewer than {HIDDEN} texts and show no share."
    return Finding(
        name="experience.theme_matrix",
        title=f"{worst.theme} at {worst[by]} draws most complaints",
        text=text,
        table=table,
        units={"n": "count", "negative_n": "count", "positive_n": "count"}
        | dict.fromkeys(["negative", "low", "high"], "share"),
        checks=(
            Check("cells with 30 texts or more", (~table["few"]).mean() >= 0.3, share((~table["few"]).mean()), "≥ 30 %",
                  "Read the intervals, not the colours."),
            *_reading_checks(sentiment, feeling),
        ),
        draw=lambda ax: _draw("draw_theme_matrix", ax, table, by=by),
        caption=f"n = {count(len(texts))} texts{_of(texts.period)}; share negative, {level * 100:g} % Jeffreys "
        f"intervals; cells of fewer than {HIDDEN} texts are empty.",
    )  # fmt: skip


def _quoted(themes: Themes, k: int, cell: np.ndarray, negative: np.ndarray) -> dict[str, str]:
    from cxlab.experience.feedback.quotes import quote

    at = np.flatnonzero(cell & negative)
    if not len(at):
        return {"quote": "", "feedback_id": ""}
    place = themes.texts.table["text_id"].to_numpy()[at]
    best = int(np.argmax(themes.weight[place, k]))
    words = quote(themes.texts.distinct[place[best]], themes.words[k])
    return {"quote": words, "feedback_id": themes.texts.table["feedback_id"].iloc[at[best]]}


def _negative(sentiment: Sentiment, feeling: str) -> np.ndarray:
    if feeling == "words":
        return (sentiment.table["label"] == "negative").to_numpy()
    if not sentiment.table["known"].notna().any():
        raise DataError("no feeling of these texts is known.", expected="stars or labels", mend='feeling="words"')
    return (sentiment.table["known"] == 0).to_numpy()


def _share(name: str, hit: np.ndarray, customer, level: float) -> dict[str, float]:
    n = len(hit)
    if n < HIDDEN:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
    effect = design_effect(hit, customer)
    low, high = share_interval(hit.sum() / effect, n / effect, level=level)
    return {name: float(np.mean(hit)), f"{name}_low": float(low), f"{name}_high": float(high)}


def _stars(table: pd.DataFrame, about: np.ndarray, customer, level: float) -> dict[str, float]:
    """Mean stars of texts about a theme, and how they differ from the others'; customers are the unit."""
    nothing = dict.fromkeys(("stars", "stars_difference", "stars_difference_low", "stars_difference_high"), np.nan)
    if "rating" not in table:
        return nothing
    rating = table["rating"].to_numpy(float)
    told = np.isfinite(rating)
    own, others = about & told, ~about & told
    if min(own.sum(), others.sum()) < HIDDEN:
        return nothing
    gap = np.zeros(len(rating))
    gap[own] = (rating[own] - rating[own].mean()) / own.sum()
    gap[others] = -(rating[others] - rating[others].mean()) / others.sum()
    code = np.arange(len(rating)) if customer is None else pd.factorize(customer.fillna("").where(
        customer.notna(), [f"\0{i}" for i in range(len(customer))]))[0]  # fmt: skip
    parts = np.bincount(code[told], gap[told])
    units = len(np.unique(code[own]))
    error = np.sqrt((parts**2).sum() * units / max(units - 1, 1))
    reach, difference = t.ppf((1 + level) / 2, max(units - 1, 1)) * error, rating[own].mean() - rating[others].mean()
    return {
        "stars": float(rating[own].mean()), "stars_difference": float(difference),
        "stars_difference_low": float(difference - reach), "stars_difference_high": float(difference + reach),
    }  # fmt: skip


def _stars_sentence(table: pd.DataFrame, level: float) -> str:
    told = table.dropna(subset=["stars_difference"])
    if told.empty:
        return ""
    row = told.loc[told["stars_difference_high"].idxmin()]
    if row.stars_difference_high >= 0:
        return "No theme goes along with fewer stars than other texts, as far as can be told."
    less, ends = (
        -row.stars_difference,
        interval(f"{-row.stars_difference_high:.2f}", f"{-row.stars_difference_low:.2f}", level=level),
    )
    return (
        f"Texts about {row.theme} have {less:.2f} stars less than others {ends.replace('-', MINUS)}; that goes along "
        "with the theme, it need not come from it."
    )


def _only_words(themes: Themes) -> Finding:
    table, n = themes.frequent, len(themes.texts)
    said = ", ".join(f"“{r.word}” ({count(r.texts)})" for r in table.head(5).itertuples())
    return Finding(
        name="experience.themes",
        title="Too few texts for themes" if len(themes.texts.distinct) < FEWEST else "No themes come again",
        text=" ".join(themes.notes) + f" Most frequent in {count(n)} texts: {said}.",
        table=table,
        units={"texts": "count", "low": "share", "high": "share"},
        checks=(
            Check(
                "different texts",
                len(themes.texts.distinct) >= FEWEST,
                float(len(themes.texts.distinct)),
                f"≥ {FEWEST}",
                "Read them all.",
            ),
        ),
        draw=lambda ax: _draw("draw_words", ax, table, n=n),
        caption=f"n = {count(n)} texts{_of(themes.texts.period)}; 90 % Jeffreys intervals.",
    )


def _reading_checks(sentiment: Sentiment, feeling: str) -> tuple[Check, ...]:
    """Whether what is called negative can be leaned on: as good as feeling was read where it is known."""
    if feeling != "words" or sentiment.quality.empty:
        return ()
    failed = [check.name for check in reading_quality(sentiment).failed]
    return (
        Check("how feeling was read", not failed, "fails: " + ", ".join(failed) if failed else "passes",
              "its checks pass", 'Read the quotes; count by stars instead: feeling="stars".'),
    )  # fmt: skip


def _reader(sentiment: Sentiment) -> str:
    return "the classifier" if sentiment.way == "classifier" else "VADER"


def _of(period: str) -> str:
    return f", {period}" if period else ""


def _draw(name: str, ax, table: pd.DataFrame, **more):
    from cxlab.experience.charts import feedback

    return getattr(feedback, name)(ax, table, **more)
