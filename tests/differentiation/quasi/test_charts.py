"""Pictures: each is drawn at both widths, names what it shows, and shows a broken assumption."""

from dataclasses import replace

import numpy as np
import pytest

from cxlab.differentiation.trials.bandwidths import cutoff_bandwidths, cutoff_placebos
from cxlab.differentiation.trials.density import cutoff_density
from cxlab.differentiation.trials.did import difference_in_differences
from cxlab.differentiation.trials.discontinuity import regression_discontinuity
from cxlab.differentiation.trials.event_study import event_study, parallel_trends
from cxlab.differentiation.trials.interrupted import interrupted_series
from cxlab.differentiation.trials.placebos import synthetic_donors, synthetic_placebos
from cxlab.differentiation.trials.synthetic import synthetic_control
from cxlab.style import new_axes
from tests.differentiation.quasi.cases import months, weekly
from tests.recovery.quasi import cutoff, mixed

#: days on the axis say themselves what they are
OVER_TIME = ("did", "interrupted", "synthetic", "synthetic_placebos")


@pytest.fixture(scope="module")
def findings():
    panel, place, rows = (
        months(starts=(12,)),
        mixed("one of the places", 3, effect=4.0),
        cutoff("gently bent, 300 rows", 1),
    )
    return [
        difference_in_differences(panel).finding, event_study(panel).finding, parallel_trends(panel),
        interrupted_series(replace(weekly(), simulated=True)).finding, synthetic_control(place).finding,
        synthetic_placebos(place), synthetic_donors(place), regression_discontinuity(rows).finding,
        cutoff_density(rows), cutoff_bandwidths(rows), cutoff_placebos(rows),
    ]  # fmt: skip


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_have_labels_and_their_words_stay_inside(findings, width):
    for finding in findings:
        ax = finding.plot(new_axes(width=width, height=4.0 if width > 5 else 3.4))
        figure = ax.figure
        figure.canvas.draw()
        assert ax.get_xlabel() or finding.name.rsplit(".")[-1] in (
            "did",
            "interrupted",
            "synthetic",
            "synthetic_placebos",
        )
        assert ax.get_ylabel() or len(ax.get_yticklabels())
        box = ax.get_tightbbox()
        assert box.x0 >= -2 and box.x1 <= figure.bbox.width + 2, finding.name


def test_every_finding_says_how_many_how_sure_and_what_would_change_our_mind(findings):
    for finding in findings:
        assert "n = " in finding.caption and "simulated" in finding.caption, finding.name
        assert "%" in finding.caption + finding.text and "What would change our mind" in finding.text, finding.name
        assert finding.text.startswith("Simulated data: "), finding.name
        numeric = [c for c in finding.table.columns if finding.table[c].dtype.kind == "f"]
        assert numeric and finding.checks, finding.name


def test_a_drift_shows_in_the_picture_of_the_differences():
    ax = event_study(months(starts=(12,), each=10, never=10, drift=0.3)).finding.plot()
    band = ax.collections[0].get_paths()[0].vertices
    early = band[band[:, 0] < -8]
    assert (early[:, 1] < 0).mean() > 0.9 and np.isfinite(early).all()
