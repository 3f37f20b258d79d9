"""MBG/NBD: as BG/NBD, but customers may leave right after the first purchase too.

Story: that of BG/NBD with one more chance to leave, at the first purchase itself. So a customer who never came back may
have left at once, and one-time buyers get a probability of being alive that falls with the silence since.

L(x, t_x, T) = Γ(r+x) α^r / Γ(r) · B(a, b+x+1) / B(a, b) · [ (α+T)^−(r+x) + a / (b+x) · (α+t_x)^−(r+x) ]

Source: Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
International Journal of Research in Marketing 24(3).
"""

from __future__ import annotations

from cxlab.cltv.bg_nbd import BGNBD


class MBGNBD(BGNBD):
    """The MBG/NBD model; `parameters` r, alpha (time units), a, b.

    >>> round(float(MBG_NBD.p_alive((.525, 6.183, .891, 1.614), 0, 0, 38.86)), 3)
    0.39
    """

    key, title = "mbg_nbd", "MBG/NBD"
    source = "Batislam, Denizel & Filiztekin 2007"
    extra_chances = 1


MBG_NBD = MBGNBD()
