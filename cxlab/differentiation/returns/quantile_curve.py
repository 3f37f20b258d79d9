"""The curve through three quantiles.

Three points L < B < H, read as the quantiles (1 − level)/2, ½ and (1 + level)/2, are joined by the curve

    g(z) = ξ + λ sinh(arsinh(δ z) + arsinh(n c δ)),    z = Φ⁻¹(p), c = Φ⁻¹((1 + level)/2), n = sign(L + H − 2B)

which passes through all three exactly, whatever their skew, and has normal tails of a width of its own on either
side. With a lower bound the logarithms of the distances to it are joined (Hadlock & Bickel's J-QPD-S), with two bounds
the normal scores of the place between them.

Source: Hadlock & Bickel (2017), Johnson quantile-parameterized distributions, Decision Analysis 14(1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from cxlab.errors import ParameterError


def scale_between(low, high, lower, upper):
    """Functions to the scale on which the points are joined and back, and whether it keeps the bounds by itself."""
    span = upper - lower
    there, back = (lambda x: np.asarray(x, float)), (lambda y: y)
    if np.isfinite(lower) and np.isfinite(upper):
        to, fro = (lambda x: ndtri((np.asarray(x) - lower) / span)), (lambda y: lower + span * ndtr(y))
    elif np.isfinite(lower):
        to, fro = (lambda x: np.log(np.asarray(x) - lower)), (lambda y: lower + np.exp(y))
    elif np.isfinite(upper):
        to, fro = (lambda x: -np.log(upper - np.asarray(x))), (lambda y: upper - np.exp(-y))
    else:
        return there, back, True
    with np.errstate(divide="ignore"):
        inside = bool(np.isfinite(to(np.array([low, high]))).all())  # a point on a bound is infinitely far on its scale
    return (to, fro, True) if inside else (there, back, False)


def curve_through(low: float, middle: float, high: float, reach: float) -> Callable[[np.ndarray], np.ndarray]:
    """g(z) through (−reach, low), (0, middle), (reach, high)."""
    near = max(min(middle - low, high - middle), 1e-9 * (high - low))
    bend = (high - low) / (2 * near)
    if bend < 1 + 1e-9:
        return lambda z: middle + (high - low) / (2 * reach) * z
    side = 1.0 if low + high > 2 * middle else -1.0
    start, steep = (low if side > 0 else high), np.sqrt(bend * bend - 1) / reach
    return lambda z: start + near / (steep * reach) * np.sinh(np.arcsinh(steep * z) + side * np.arcsinh(reach * steep))


def middle_of_mode(name, ends, likely, there, back, reach) -> float:
    """Median of the curve through the ends whose density is highest at `likely`."""
    z = np.linspace(-3, 3, 2001)
    inner = (z[1:] + z[:-1]) / 2

    def peak(place):
        x = back(curve_through(ends[0], place, ends[1], reach)(z))
        return float(((x[1:] + x[:-1]) / 2)[np.argmax(-inner * inner / 2 - np.log(np.maximum(np.diff(x), 1e-300)))])

    width = ends[1] - ends[0]
    tight, loose = ends[0] + 0.02 * width, ends[1] - 0.02 * width
    if not peak(tight) < likely < peak(loose):
        raise ParameterError(f"{name}: {likely:g} is too near an end to be the value met most often.",
                             expected=f"{peak(tight):.4g} to {peak(loose):.4g} between these ends",
                             mend='reads="median"')  # fmt: skip
    return float(back(brentq(lambda place: peak(place) - likely, tight, loose, xtol=1e-6 * width)))
