"""Kano: which features must be there, which please the more there is of them, which delight, and how surely."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammainc, gammaincinv
from scipy.stats import beta

from cxlab.errors import ParameterError
from cxlab.experience.drivers.kano_answers import CATEGORIES, KanoAnswers, kano_category, read_kano
from cxlab.experience.drivers.ratings import spoken
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, number, share

__all__ = ["CATEGORIES", "KanoAnswers", "kano", "kano_category", "most_frequent", "read_kano"]

#: weight of each category before any answer (Jeffreys): shares of two groups of them are then known as little as can be
_PRIOR = 0.5
_FEW, _QUESTIONABLE, _REVERSE = 20, 0.1, 0.5
_AT, _WEIGHT = np.polynomial.legendre.leggauss(200)
_AT, _WEIGHT = (_AT + 1) / 2, _WEIGHT / 2


def most_frequent(counts: np.ndarray) -> np.ndarray:
    """Probability that each category is the most frequent among all customers, shape (…, 6), from counts.

    Notes
    -----
    Dirichlet posterior under Jeffreys' prior, which is that of independent Gamma variables over their sum; the largest
    of them by quadrature, ∫ f_k Π F_j, so no draws and no error from drawing.

    >>> most_frequent(np.array([6, 2, 2, 0, 0, 0])).round(2).tolist()
    [0.86, 0.07, 0.07, 0.0, 0.0, 0.0]
    """
    a = np.asarray(counts, dtype=float) + _PRIOR
    found = np.empty_like(a)
    for k in range(a.shape[-1]):
        at = gammaincinv(a[..., k, None], _AT)
        below = np.prod([gammainc(a[..., j, None], at) for j in range(a.shape[-1]) if j != k], axis=0)
        found[..., k] = below @ _WEIGHT
    return found / found.sum(-1, keepdims=True)


def kano(answers: KanoAnswers, *, level: float = 0.9) -> Finding:
    """The category of every attribute with its probability, and what its presence and absence do.

    Parameters
    ----------
    answers : of `read_kano`
    level : coverage of intervals, and the probability from which a category is taken as decided

    Returns
    -------
    Finding "experience.kano", a row an attribute (and group, columns first): attribute, n (pairs of answers), category
        (the most frequent), probability (that it is so among all customers), candidates (categories of which one is it
        as surely as `level`; joined by " or "), decided, better, better_low, better_high (share of those not against
        it, or in contradiction, who are more satisfied with it), worse, worse_low, worse_high (share who are less
        satisfied without it, as a negative number), p_attractive … p_questionable, attractive … questionable (counts)

    Notes
    -----
    Better = (A + O)/(A + O + M + I) and worse = −(O + M)/(A + O + M + I) (Berger et al. 1993, Kano's methods for
    understanding customer-defined quality) are Beta-distributed under the Dirichlet posterior: intervals are exact.

    >>> counts = pd.DataFrame([["Wifi", 3, 10, 25, 2, 0, 0]], columns=["attribute", *CATEGORIES])
    >>> found = kano(KanoAnswers(counts, (), 0, "")).table
    >>> found[["category", "probability", "better", "worse"]].round(3).values.tolist()
    [['must-be', 0.995, 0.325, -0.875]]
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a probability, 0 < level < 1", mend="level=0.9")
    table = _classified(answers, level)
    by = list(answers.by)
    n = int(table["n"].max())
    pairs, against, doubt = (int(table[c].sum()) for c in ("n", "reverse", "questionable"))
    sentences = [_reads(own, key, level) for key, own in _grouped(table, by)]
    fewest = int(table["n"].min())
    each = count(n) if fewest == n else f"{count(fewest)} to {count(n)}"
    said = f"{count(len(table[['attribute']].drop_duplicates()))} attributes, {each} pairs of answers each"
    said += f"{', ' * bool(answers.period)}{answers.period}."
    left = f"Left out for want of an answer: {count(answers.n_left_out)} pairs." if answers.n_left_out else ""
    notes = [f"{words[0].upper()}{words[1:]}." for words in answers.notes]
    first = table.iloc[0]
    return Finding(
        name="experience.kano",
        title=_title(table, by),
        text=" ".join(filter(None, [said, *sentences, left, *notes])),
        table=table,
        units=dict.fromkeys(
            [c for c in table.columns if c.startswith(("better", "worse", "p_", "probability"))], "share"
        ) | dict.fromkeys(["n", *CATEGORIES], "count"),
        checks=(
            Check("pairs of answers of the attribute with the fewest", table["n"].min() >= _FEW, int(table["n"].min()),
                  f"≥ {_FEW}", "Categories of so few change with a few answers."),
            Check("answers that contradict themselves", doubt <= _QUESTIONABLE * pairs, share(doubt / pairs),
                  f"≤ {share(_QUESTIONABLE)}", "The questions may not have been understood."),
            Check("answers against having it", against <= _REVERSE * pairs, share(against / pairs),
                  f"≤ {share(_REVERSE)}", 'The scale may run the other way: like="high".'),
        ),
        draw=lambda ax: _draw(ax, table, by),
        caption=f"n = {count(n)} pairs of answers to an attribute at most{', ' * bool(answers.period)}{answers.period}"
        f"; Kano's table, Dirichlet posterior, {level * 100:g} % intervals.",
        keys=(Key(first["category"], f"{spoken(first['attribute'])}, P = {share(first['probability'])} "
                  f"(n = {count(first['n'])})"),),
    )  # fmt: skip


def _classified(answers: KanoAnswers, level: float) -> pd.DataFrame:
    counts = answers.counts[list(CATEGORIES)].to_numpy(float)
    chance = most_frequent(counts)
    best = counts.argmax(1)
    order = np.argsort(-chance, axis=1)
    enough = (np.cumsum(np.take_along_axis(chance, order, 1), 1) < level).sum(1) + 1
    candidates = [" or ".join(CATEGORIES[c] for c in row[:k]) for row, k in zip(order, enough, strict=True)]
    a, o, m, i = (counts[:, k] for k in range(4))
    tails = ((1 - level) / 2, (1 + level) / 2)
    sides = {"better": (a + o, m + i), "worse": (o + m, a + i)}
    parts = {}
    for name, (yes, no) in sides.items():
        low, high = (beta.ppf(p, yes + 2 * _PRIOR, no + 2 * _PRIOR) for p in tails)
        # where all or none say so, the interval ends there
        low, high = np.where(yes > 0, low, 0.0), np.where(no > 0, high, 1.0)
        with np.errstate(invalid="ignore"):
            value = yes / (yes + no)
        sign = 1 if name == "better" else -1
        low, high = (low, high) if sign > 0 else (high, low)
        parts |= {name: sign * value, f"{name}_low": sign * low, f"{name}_high": sign * high}
    return answers.counts[[*answers.by, "attribute"]].assign(
        n=counts.sum(1).astype(int), category=[CATEGORIES[k] for k in best],
        probability=np.take_along_axis(chance, best[:, None], 1)[:, 0], candidates=candidates, decided=enough == 1,
        **parts, **{f"p_{name.replace('-', '_')}": chance[:, k] for k, name in enumerate(CATEGORIES)},
        **{name: answers.counts[name] for name in CATEGORIES},
    )  # fmt: skip


def _grouped(table: pd.DataFrame, by: list[str]):
    return table.groupby(by) if by else [((), table)]


def _reads(own: pd.DataFrame, key, level: float) -> str:
    said = []
    for row in own.itertuples():
        name = spoken(row.attribute)
        if row.decided:
            said.append(f"{name} is {row.category} (P = {share(row.probability)})")
        else:
            said.append(f"{name} is not decided between {' and '.join(row.candidates.split(' or '))}")
    strong = own.loc[own["worse"].idxmin()] if own["worse"].notna().any() else None
    text = "; ".join(said) + "."
    if strong is not None:
        ends = interval(number(strong["worse_low"], digits=2), number(strong["worse_high"], digits=2), level=level)
        text += f" To be without {spoken(strong['attribute'])} costs most: {number(strong['worse'], digits=2)} {ends}."
    return (", ".join(map(str, key)) + ": " if key else "") + text


def _title(table: pd.DataFrame, by: list[str]) -> str:
    if by:
        sure = table[table["decided"]].groupby("attribute")["category"].nunique()
        differ = [spoken(name) for name in sure[sure > 1].index]
        return f"What {', '.join(differ)} is to customers differs between groups" if differ else (
            "No attribute is surely one thing to some and another to others")  # fmt: skip
    sure = table[table["decided"]]
    if sure.empty:
        return "No attribute has a category yet that is decided"
    parts = [
        f"{category}: {', '.join(sure.loc[sure['category'] == category, 'attribute'].map(spoken))}"
        for category in ("must-be", "one-dimensional", "attractive", "indifferent", "reverse", "questionable")
        if (sure["category"] == category).any()
    ]
    words = "; ".join(parts)
    return words[0].upper() + words[1:]


def _draw(ax, table: pd.DataFrame, by: list[str]):
    from cxlab.experience.charts.kano import draw_kano

    return draw_kano(ax, table, by=by)
