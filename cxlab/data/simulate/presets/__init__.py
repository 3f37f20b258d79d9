"""Businesses that are ready to simulate, one a module. Every name and number is made up."""

from __future__ import annotations

from collections.abc import Mapping

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.presets.boutique_hotel import BOUTIQUE_HOTEL
from cxlab.data.simulate.presets.clothing_boutique import CLOTHING_BOUTIQUE
from cxlab.data.simulate.presets.coffee_shop import COFFEE_SHOP
from cxlab.data.simulate.presets.saas import SAAS
from cxlab.data.simulate.presets.spa import SPA

#: the businesses that are ready, by name
PRESETS: Mapping[str, Business] = {b.name: b for b in (CLOTHING_BOUTIQUE, COFFEE_SHOP, BOUTIQUE_HOTEL, SAAS, SPA)}
