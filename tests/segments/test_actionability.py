"""Actionability: every criterion is met, failed, or said not to be known."""

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.segments import FeatureTable, assess_stability
from cxlab.segments.actionability import actionability
from cxlab.segments.worth import worth
from cxlab.style import new_axes
from tests.segments.worlds import answers, boutique, found, tables


def verdicts(finding, criterion):
    return finding.table[finding.table["criterion"] == criterion].set_index("segment")["verdict"]


def test_nothing_is_claimed_of_what_is_not_given():
    finding = actionability(found())
    for criterion in ("reachable", "distinct", "stable", "recognised"):
        assert set(verdicts(finding, criterion)) == {"unknown"}
    assert "0 of 3 segments meet all 5" in finding.title and finding.text.count("is not known") == 4


def test_size_is_decided_by_its_interval():
    size = found().sizes
    between = int((size[0] + size[1]) / 2)
    assert verdicts(actionability(found(), smallest=between), "large").tolist()[:2] == ["pass", "fail"]
    assert verdicts(actionability(found(), smallest=int(size[1])), "large").iloc[1] == "unknown"


def test_consent_value_and_stability_are_weighed():
    made = found()
    stability = assess_stability(made.features, k=(3,), methods=("k_means",), bootstraps=10, splits=3, references=2)
    finding = actionability(made, source=tables(), worth=worth(tables(), made), stability=stability)
    for criterion in ("reachable", "distinct", "stable"):
        assert set(verdicts(finding, criterion)) == {"pass"}
    high = actionability(made, worth=worth(tables(), made), difference=1000.0, source=tables(), consent="consent=never")
    assert set(verdicts(high, "distinct")) == {"fail"} and set(verdicts(high, "reachable")) == {"fail"}
    with pytest.raises(DataError, match="not assessed for 3"):
        actionability(made, stability=assess_stability(made.features, k=(2,), methods=("k_means",), bootstraps=5,
                                                       splits=2, references=1))  # fmt: skip


def test_a_new_customer_is_recognised_by_what_tells_and_not_by_noise():
    made, frame = found(), boutique().tables["customers"].to_pandas()
    good = actionability(made, known=answers(boutique().tables["customers"]).select("age", "attitude_i_compare_prices"))
    assert set(verdicts(good, "recognised")) == {"pass"} and good.believed
    noise = pd.DataFrame({"id": frame["customer_id"], "luck": np.random.default_rng(1).normal(size=len(frame))})
    poor = actionability(made, known=FeatureTable.from_frame(noise, customer="id"))
    assert set(verdicts(poor, "recognised")) == {"fail"} and not poor.believed
    row = good.table[good.table["criterion"] == "recognised"].iloc[0]
    assert row["low"] < row["measured"] < row["high"] <= 1


def test_the_picture_has_a_sign_for_every_cell():
    for width in (7.0, 3.6):
        ax = new_axes(width=width)
        actionability(found(), source=tables()).plot(ax)
        signs = [t.get_text() for t in ax.texts]
        assert signs.count("✓") == 6 and signs.count("?") == 9


def test_limits_that_cannot_be_are_refused():
    with pytest.raises(ParameterError, match="smallest = 0"):
        actionability(found(), smallest=0)
