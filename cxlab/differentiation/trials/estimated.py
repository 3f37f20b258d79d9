"""What a comparison over time or at a limit comes to: a finding for the reader, an effect for money."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from cxlab.differentiation.trials.effect import Effect
from cxlab.finding import Finding


@dataclass(frozen=True)
class Estimated:
    """An effect that was not randomised.

    Parameters
    ----------
    finding : with the assumptions among its checks
    effect : its draws; its checks are those of the finding
    details : what the picture is drawn from, columns as documented by the measure
    """

    finding: Finding
    effect: Effect
    details: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def believed(self) -> bool:
        """Whether every check holds."""
        return self.finding.believed
