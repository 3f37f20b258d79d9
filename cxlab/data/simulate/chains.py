"""A declaration as arrays: for each segment the chain of touchpoints, its drop-off, waits and emotions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from cxlab.data.simulate.business import FELT, Business, checked_change

_EMOTIONS = np.arange(-2, 3)


@dataclass(frozen=True)
class Chains:
    """The chains of a business, one a segment; G segments, E touchpoints, C channels.

    Parameters
    ----------
    names, segments, channels : labels
    share : (G,) shares of the customers
    start : (G, E) where journeys begin
    move : (G, E, E) where a journey that goes on goes; rows sum to one (zero where every journey ends)
    drop : (G, E) chance that a contact is the last
    reach : (G, E, C) channels of a touchpoint
    wait : (E,) median wait before a contact, seconds
    emotion : (G, E) mean of the latent emotion
    effort, duration, cost : (E,) typical effort, median length in seconds, money a contact
    order_value : (G,) mean value of an order, and of the first term of the contracts signed with it
    goal : code of the touchpoint whose contact is an order
    """

    names: list[str]
    segments: list[str]
    channels: list[str]
    share: np.ndarray
    start: np.ndarray
    move: np.ndarray
    drop: np.ndarray
    reach: np.ndarray
    wait: np.ndarray
    emotion: np.ndarray
    effort: np.ndarray
    duration: np.ndarray
    cost: np.ndarray
    order_value: np.ndarray
    goal: int

    @property
    def transition(self) -> np.ndarray:
        """(G, E, E) chance that the next contact is at a touchpoint; rows and `drop` sum to one."""
        return self.move * (1 - self.drop)[:, :, None]


def chains(business: Business, *, separation: float = 1.0, change: Mapping | None = None) -> Chains:
    """The chains of a business.

    Parameters
    ----------
    separation : how far the segments are apart: 1 as declared, 0 not at all, in between on the scale of logarithms
    change : {touchpoint: {"drop_off": factor, "wait": factor, "emotion": points to add}}

    >>> from cxlab.data.simulate import PRESETS
    >>> made = chains(PRESETS["clothing_boutique"])
    >>> bool(np.allclose(made.transition.sum(axis=2) + made.drop, 1))
    True
    """
    points, segments, names = business.touchpoints, business.segments, business.names
    channels = list(dict.fromkeys(c for p in points for c in p.channels))
    share = shares(business)
    before = [p.stage in ("Awareness", "Consideration", "Purchase") and p.name != business.goal for p in points]
    start = np.array([_weights(business.start, names, s.start) for s in segments])
    move = np.array([[_weights(p.next, names, s.next) for p in points] for s in segments])
    reach = np.array([[_weights(p.channels, channels, s.channels) for p in points] for s in segments])
    odds = np.array(
        [
            [
                s.drop_off.get(p.name, s.drop_off.get("*", 1.0) if b else 1.0)
                for p, b in zip(points, before, strict=True)
            ]
            for s in segments
        ]
    )
    with np.errstate(divide="ignore"):
        drop = logit(np.array([p.drop_off for p in points])) + np.log(odds)
    drop = expit(drawn_together(drop, share, separation))
    emotion = np.array([[p.emotion + s.emotion for p in points] for s in segments])
    change = checked_change(business, change)
    felt, change = change.get(FELT), {name: what for name, what in change.items() if name != FELT}
    value = np.log([s.order_value for s in segments])
    if felt:
        value = value + business.experience.loyalty.spend * felt.get("effect", 1.0) * felt.get("points", 0.0)
    terms = business.contract
    signed = terms.share * terms.months * np.mean(list(terms.plans.values())) if terms else 0.0
    made = {
        "start": _probabilities(start, share, separation),
        "move": _probabilities(move, share, separation),
        "reach": _probabilities(reach, share, separation),
        "drop": drop,
        "emotion": drawn_together(emotion, share, separation),
        "wait": np.array([p.wait * 3600.0 for p in points]),
        "effort": np.array([p.effort for p in points]),
        "duration": np.array([p.duration for p in points]),
        "cost": np.array([p.cost for p in points]),
        "order_value": np.exp(drawn_together(value, share, separation)) + signed,
    }
    _change(business, made, change)
    labels = [s.name for s in segments]
    return Chains(names, labels, channels, share, goal=names.index(business.goal), **made)


def shares(business: Business) -> np.ndarray:
    """(G,) shares of the segments."""
    share = np.array([s.share for s in business.segments], dtype=float)
    return share / share.sum()


def drawn_together(values: np.ndarray, share: np.ndarray, separation: float) -> np.ndarray:
    """Values by segment (first axis), moved towards their mean: 1 as they are, 0 all the same."""
    if separation == 1:
        return values
    finite = np.where(np.isfinite(values), values, 0.0)
    mean = np.tensordot(share, finite, axes=1)
    return np.where(np.isfinite(values), mean + separation * (finite - mean), values)


def migration(business: Business, *, separation: float = 1.0) -> np.ndarray:
    """(G, G) chance to be in a segment in the second period, given the first."""
    share = shares(business)
    return business.stays * np.eye(len(share)) + (1 - business.stays) * share


def emotion_shares(mean: np.ndarray, spread: float) -> np.ndarray:
    """Shares of the answers −2…+2 (last axis) where the latent emotion is normal and is rounded.

    >>> emotion_shares(np.array(0.0), 1.0).round(3)
    array([0.067, 0.242, 0.383, 0.242, 0.067])
    """
    cuts = ndtr((np.array([-1.5, -0.5, 0.5, 1.5]) - np.asarray(mean)[..., None]) / spread)
    edge = np.zeros((*np.shape(mean), 1))
    return np.diff(np.concatenate([edge, cuts, edge + 1], axis=-1), axis=-1)


def emotion_mean(mean: np.ndarray, spread: float) -> np.ndarray:
    """Mean answer −2…+2 where the latent emotion is normal."""
    return emotion_shares(mean, spread) @ _EMOTIONS


def _weights(weights: Mapping[str, float], names: list[str], factors: Mapping[str, float]) -> np.ndarray:
    return np.array([weights.get(n, 0.0) * factors.get(n, 1.0) for n in names], dtype=float)


def _probabilities(weights: np.ndarray, share: np.ndarray, separation: float) -> np.ndarray:
    """Weights as chances along the last axis, the segments drawn together on the scale of logarithms."""
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weights.sum(axis=-1, keepdims=True)
        chances = np.where(total > 0, weights / total, 0.0)
        if separation != 1:
            chances = np.exp(drawn_together(np.log(chances), share, separation))
            total = chances.sum(axis=-1, keepdims=True)
            chances = np.where(total > 0, chances / total, 0.0)
    return chances


def _change(business: Business, made: dict, change: Mapping[str, Mapping[str, float]]) -> None:
    """Apply a change in place; what waiting and emotion do to the drop-off follows from the effects."""
    effects = business.effects
    for name, what in change.items():
        at = business.names.index(name)
        longer = np.log(what.get("wait", 1.0)) / effects.wait_spread
        better = what.get("emotion", 0.0) - effects.wait_on_emotion * longer
        score = ndtri(np.minimum(made["drop"][:, at] * what.get("drop_off", 1.0), 1.0))
        score += effects.wait * longer - effects.emotion * what.get("emotion", 0.0) / effects.shock
        made["drop"][:, at] = np.where(made["move"][:, at].sum(axis=1) > 0, ndtr(score), 1.0)
        made["wait"][at] *= what.get("wait", 1.0)
        made["emotion"][:, at] += better
