"""Greenacre's table of who smokes how much, by rank: inertias, coordinates and χ² as printed.

Source: Greenacre (1984), Theory and Applications of Correspondence Analysis, ch. 3; data and numbers also in the R
packages `ca` and `FactoMineR`.
"""

import pandas as pd
import pytest

from cxlab.differentiation.positioning.correspondence import correspondence
from cxlab.differentiation.positioning.perceptual_map import perceptual_map

SMOKING = pd.DataFrame(
    [[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]],
    index=["senior managers", "junior managers", "senior employees", "junior employees", "secretaries"],
    columns=["none", "light", "medium", "heavy"],
)


def test_inertias_and_the_test_of_independence():
    found = correspondence(SMOKING)
    assert found.inertias == pytest.approx([0.074759, 0.010017, 0.000414], abs=5e-7)
    assert found.inertia == pytest.approx(0.08519, abs=5e-6)
    assert found.chi_square == pytest.approx(16.44, abs=0.005) and found.df == 12
    assert found.p == pytest.approx(0.17, abs=0.005)


def test_coordinates_up_to_the_sign_of_an_axis():
    found = correspondence(SMOKING)
    rows = pd.DataFrame(found.rows, index=SMOKING.index)
    assert rows[0].abs().tolist() == pytest.approx([0.066, 0.259, 0.381, 0.233, 0.201], abs=5e-4)
    assert rows[1].abs().tolist() == pytest.approx([0.194, 0.243, 0.011, 0.058, 0.079], abs=5e-4)
    assert (rows.loc["senior employees", 0] > 0) != (rows.loc["junior employees", 0] > 0)
    # principal coordinates of columns: direction × √(inertia / mass)
    none = abs(found.columns[0, 0]) * (found.inertias[0] / found.column_masses[0]) ** 0.5
    assert none == pytest.approx(0.393, abs=5e-4)


def test_its_map_is_not_to_be_read():
    found = perceptual_map(SMOKING)
    assert found.title.startswith("Do not read this map")
    assert not found.believed
    assert found.table["share_of_x"].tolist()[:5] == pytest.approx([0.003, 0.084, 0.512, 0.331, 0.070], abs=5e-4)
