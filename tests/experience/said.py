"""Texts made of known themes: each of a vocabulary of its own, some of two, with a feeling in words and stars."""

import numpy as np
import pandas as pd

ABOUT = {
    "queue": "queue line waited waiting minutes slow endless service counter crowded served ages",
    "coffee": "espresso cappuccino crema roast beans flavour brew filter grinder aroma latte flat",
    "staff": "barista waiter smile manners greeted owner team apron tone welcome manager crew",
    "room": "chairs tables music seats sofa lamp window terrace heating plants carpet toilets",
    "price": "price expensive bill euros cost paid charge cheap value change menu money",
}
FELT = {
    True: ("lovely", "delightful", "pleasant", "superb", "great"),
    False: ("awful", "dreadful", "nasty", "horrible", "poor"),
}
PLACES = ("Counter", "Terrace", "Web shop")


def said(n, *, seed=0, negative=0.3, worse="queue", new="", themes=None, days=300, customers=None):
    """n texts; those about `worse` are negative more often, and of the last month a third is about `new`."""
    rng = np.random.default_rng(seed)
    names, rows = list(themes or ABOUT), []
    for i in range(n):
        day = int(rng.integers(days))
        about = list(rng.choice(names, 1 + (rng.random() < 0.2), replace=False))
        if new and day >= days - 30 and rng.random() < 0.33:
            about = [new]
        good = rng.random() > negative + 0.4 * (worse in about)
        words = [w for name in about for w in rng.choice(_words(name), 6, replace=False)]
        rng.shuffle(words)
        stars = float(np.clip(rng.choice([4, 5] if good else [1, 2, 3]), 1, 5))
        text = f"It was {rng.choice(FELT[good])}: {' '.join(words)}"
        at = pd.Timestamp("2026-01-01") + pd.Timedelta(days=day)
        place = PLACES[int(rng.integers(3))]
        rows.append((f"f{i}", text, f"c{rng.integers(customers or n)}", at, stars, place, "+".join(about)))
    columns = ["feedback_id", "text", "customer_id", "timestamp", "rating", "touchpoint", "about"]
    return pd.DataFrame(rows, columns=columns)


def _words(name):
    return ABOUT[name].split() if name in ABOUT else [f"{name}{letter * 2}" for letter in "abcdefghi"]
