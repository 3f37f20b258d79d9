"""Words from which texts of customers are made: sentences by theme and sentiment, and sentences that say nothing.

A pattern stands for every sentence that it can be read as: ``(a|b)`` is either. ``{name}`` is who served.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import cache

import numpy as np

#: which component a theme speaks of ("": overall), and how much it leans to praise (log-odds)
ABOUT: Mapping[str, tuple[str, float]] = {
    "wait": ("efficiency", -0.6),
    "staff": ("empathy", 0.5),
    "coffee": ("consistency", 0.6),
    "price": ("", -0.7),
    "room": ("", 0.3),
    "order errors": ("consistency", -1.8),
    "app": ("ease", -0.6),
    "treatment": ("consistency", 0.8),
    "breakfast": ("consistency", 0.6),
    "booking": ("ease", -0.2),
}

#: {theme: (praise, complaint)}
PATTERNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "wait": (
        ("(No queue|No line|Nobody ahead of me) (at noon|yesterday|this morning), (in and out|done) in "
         "(two|three|five) "
         "minutes.",
         "(Served|Looked after) (straight away|at once|within a minute|in no time), (even|also) (at rush hour|at noon|"
         "when it was packed).",
         "(The line|The queue) (looks long|goes out of the door) but it (moves|goes) (fast|quickly|like clockwork).",
         "(I caught|Still caught) my (train|bus|tram) because (they are so quick|it took two minutes).",
         "(Quick|Fast|Speedy) as (ever|always), (exactly|just) what I need before (work|my shift)."),
        ("(Waited|Stood there|Had to wait) (10|twelve|15|twenty) minutes for (a flat white|one espresso|a simple "
         "filter|two cappuccinos).",
         "The (queue|line) was (endless|far too long|out of the door|not moving) (again|as usual|at eight|on "
         "Saturday).",
         "(It takes|They take) (ages|forever|much too long) (these days|in the morning|when two people are ahead).",
         "(Missed|Nearly missed) my (train|bus|meeting) because (nothing moved|of the delay at the till|it was "
         "so slow).",
         "(So slow|Painfully slow|Not exactly fast), (only one till open|one person for everything|nobody in a "
         "hurry)."),
    ),
    "staff": (
        ("{name} (is|was) (so|really|incredibly) (kind|friendly|sweet|attentive) (to us|today|as always|).",
         "(The team|The crew|The girl at the till|The guy at the bar) (remembers|knows) my (name|order|dog).",
         "(Always|Greeted with) a (smile|warm hello|friendly word), (feels like home|makes my day|that is rare).",
         "(Thanks|Big thank you|A compliment) to {name} (for the help|for the patience|, what a host).",
         "(Lovely|Charming|Helpful|Warm) (people|service|team), (they listen|nothing is too much for them)."),
        ("{name} (was|seemed) (rude|short with me|bored|in a terrible mood) (and rolled eyes|and did not even "
         "look up|).",
         "(Nobody|No one) (said hello|looked up|cared) when (I came in|we sat down|I asked for help).",
         "(The service|The tone at the counter|The attitude) (has gone downhill|was cold|leaves a lot to be desired).",
         "(I felt|We were made to feel) (ignored|like a nuisance|unwelcome), (they chatted among themselves|what a "
         "pity).",
         "(Unfriendly|Grumpy|Arrogant|Indifferent) (staff|people behind the counter|lot), (never a smile|no "
         "thanks)."),
    ),
    "coffee": (
        ("(The flat white|The espresso|My cappuccino|Their filter) (is|was) (superb|spot on|velvety|the best in town|"
         "perfect).",
         "(You can taste|One notices) that they roast (themselves|on site|in the back), (so aromatic|rich and round).",
         "(Silky|Creamy|Beautiful) (foam|crema|milk), (balanced|not bitter|full of flavour).",
         "(Great|Fantastic|Wonderful) (beans|roast|brew|cup), (every single time|as ever).",
         "(The cinnamon bun|The carrot cake|The croissant) (is to die for|was fresh|melts in the mouth)."),
        ("(The flat white|The espresso|My cappuccino|Their filter) (was|came) (lukewarm|bitter|burnt|watery|sour).",
         "(Yesterday|Last week) it was (great|fine), (today|this time) (undrinkable|like dishwater|a disappointment).",
         "(The taste|The roast|Quality) (varies|depends on the day|is a lottery) (too much|lately|).",
         "(The milk|The foam) (was off|tasted burnt|was like bubble bath).",
         "(The croissant|The cake|The bun) was (dry|stale|from the day before|still frozen inside)."),
    ),
    "price": (
        ("(Fair|Honest|Reasonable) (price|prices|money) for (what you get|this quality|a large cup).",
         "(Good value|Worth every cent|Cheaper than the chain), (and better too|I keep coming back).",
         "(The punch card|The tenth cup free|The loyalty stamp) (really pays off|is a nice touch)."),
        ("(4.80|Five euros|Almost six) for (a cup|a cappuccino|a tea bag) is (a joke|steep|hard to justify|too much).",
         "(Overpriced|Far too expensive|Pricey) (for the size|for what it is|compared with others).",
         "(They raised|Up again:) (the prices|what they charge) (twice this year|without a word|again).",
         "(Who can afford|I cannot pay) that (every day|as a student|any more)?"),
    ),
    "room": (
        ("(Cosy|Beautiful|Bright|Charming) (room|place|corner by the window), (nice music|soft light|good chairs).",
         "(Perfect|Ideal) (spot|place) to (read|work|meet friends|sit for hours).",
         "(Spotless|Clean and tidy) (tables|everywhere|toilets), (plants everywhere|lovely atmosphere)."),
        ("(Too loud|So noisy|Deafening music), (you cannot talk|I left with a headache|no place to work).",
         "(Sticky|Dirty|Wobbly) (tables|chairs|trays), (crumbs everywhere|nobody cleans up).",
         "(Cold|Draughty|Stuffy) (inside|near the door|upstairs) and (nowhere to sit|cramped|no sockets).",
         "(The toilet|The restroom) was (filthy|out of order|locked|without paper)."),
    ),
    "order errors": (
        ("(Got|They got) (exactly|precisely) what I (ordered|asked for), (with all the extras|oat milk and all).",
         "(They noticed|Noticed) (the mix-up|their slip) and (made a new one|put it right) (at once|without fuss)."),
        ("(Asked for|Ordered) (oat milk|decaf|a latte|no sugar) and (got|received) (cow's milk|regular|something "
         "else|syrup in it).",
         "(Wrong|Mixed-up) (drink|order|cup) (again|for the third time|in my bag), (had to go back|noticed at work).",
         "(Half of it|The sandwich|One of the drinks) was (missing|forgotten|left out).",
         "(My name was called|The receipt was right) but (it was not my drink|somebody took mine).",
         "(They confused|Mixed up) (our orders|the cups|the two bags), (what a mess|nobody apologised)."),
    ),
    "app": (
        ("(Ordering ahead|The app|Pre-order) (works|worked) (like a charm|smoothly|without a hitch).",
         "(Paid|Ordered) (on my phone|from the tram), (picked it up|it was ready) (when I arrived|on the shelf).",
         "(Love|Really like) the new (app|digital stamp card|mobile ordering)."),
        ("(The app|The new app|Mobile ordering) (crashed|froze|logged me out) (twice|at the payment step|after the "
         "update).",
         "(Paid|Charged twice) (in the app|on my phone) but (no order arrived|nobody knew of it|it never showed up).",
         "(Cannot|Could not) (log in|reset my password|see my stamps) (since the update|any more|at all).",
         "(Why force|Please do not force) (everyone|people) to (download|install) (an app|yet another thing)?",
         "(The update|The latest version) (broke|deleted) (my points|the favourites|everything)."),
    ),
    "treatment": (
        ("(The massage|The facial|My treatment) was (heavenly|so relaxing|done with great care|exactly right).",
         "(My back|My skin|My neck) (feels new|has not felt this good in years|is like silk)."),
        ("(The massage|The facial|My treatment) was (rushed|shorter than booked|rough|nothing special).",
         "(Skin|My neck|My back) (red|sore|worse than before) (for days|afterwards)."),
    ),
    "breakfast": (
        ("(Breakfast|The buffet|The morning spread) was (plentiful|delicious|fresh and regional|a highlight).",
         "(Warm bread|Fresh juice|Eggs to order) (every morning|until eleven), (wonderful|just great)."),
        ("(Breakfast|The buffet) was (picked clean by nine|poor|the same every day|cold).",
         "(No|Not even) (fresh fruit|refills|free table) (at half past eight|when we came down)."),
    ),
    "booking": (
        ("(Booking|The reservation|Rebooking) was (easy|done in a minute|painless).",
         "(They moved|Changed) (our dates|my appointment) (without fuss|at once|free of charge)."),
        ("(The website|The booking form|The calendar) (lost my dates|sent me in circles|showed no free slots).",
         "(Double booked|Nobody had our reservation|Cancelled at short notice), (not a word of apology|unbelievable)."),
    ),
}  # fmt: skip

#: sentences without a theme: praise, complaint, and what says nothing
GENERAL = (
    ("(Lovely|Great|Nice) (place|spot), (will be back|see you soon|recommended).",
     "(Keep it up|All good|Simply great|My favourite)(!|.)",
     "(Ten out of ten|Top|Five stars from me)."),
    ("(Not|Probably not) coming back(.| any time soon.)",
     "(Disappointing|Such a shame|It used to be better|Expected more).",
     "(Really|Honestly)? (Could do better|Never again|That was not great)."),
    ("(We were on our|I was on my) way to (the station|a wedding|the dentist|work).",
     "(It was raining|It was sunny|The trams were on strike) (that day|on Tuesday|when we came).",
     "(My sister|A colleague|My neighbour) (came along|had told me about it|lives round the corner).",
     "(Went|Came by|Stopped) (on Monday|last weekend|after the gym|with the kids).",
     "(There is a parking space|The bus stops) (opposite|right outside)."),
)  # fmt: skip

#: what stands before and after a private detail, by kind
PRIVATE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "e-mail": (("You can reach me at ", "."), ("Please write to ", " about it."), ("My contact: ", ""), ("(", ")")),
    "phone": (("Call me: ", " after six."), ("My number is ", ", please ring."), ("Tel. ", "")),
    "card": (
        ("Please check ", ", I was charged twice."),
        ("Paid with card ", "."),
        ("My card no. ", " for the refund."),
    ),
}

_CAP = 1_000


def readings(pattern: str) -> list[str]:
    """Every sentence a pattern stands for.

    >>> readings("(Good|Nice) (cup|day).")
    ['Good cup.', 'Good day.', 'Nice cup.', 'Nice day.']
    """
    parts = [p.split("|") if i % 2 else [p] for i, p in enumerate(re.split(r"\(([^()]*)\)", pattern))]
    made = ("".join(chosen) for chosen in itertools.product(*parts))
    return list(dict.fromkeys(re.sub(r"\s+([.,!?])", r"\1", " ".join(text.split())) for text in made))


@cache
def pool(theme: str, sentiment: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences of a theme and sentiment, and the same with a slip of the pen each.

    Parameters
    ----------
    theme : "" for none
    sentiment : 1 praise, −1 complaint; 0, without a theme: sentences that say nothing

    >>> len(pool("wait", -1)[0]) > 100
    True
    """
    given = GENERAL[{1: 0, -1: 1, 0: 2}[sentiment]] if not theme else PATTERNS[theme][sentiment < 0]
    # A fixed seed: the pool is part of the language, not of a simulation.
    rng = np.random.default_rng(20_000 + len(theme))
    every = [sentence for pattern in given for sentence in _some(readings(pattern), _CAP // len(given), rng)]
    return tuple(every), tuple(_slip(sentence, rng) for sentence in every)


def _some(sentences: list[str], count: int, rng: np.random.Generator) -> list[str]:
    if len(sentences) <= count:
        return sentences
    return [sentences[i] for i in sorted(rng.permutation(len(sentences))[:count])]


def _slip(sentence: str, rng: np.random.Generator) -> str:
    """One slip: two letters swapped, one left out or one doubled, inside a word; never in a name's place."""
    inside = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z](?=[a-z])", sentence)]
    name = sentence.find("{name}")
    inside = [i for i in inside if name < 0 or not name <= i < name + 6]
    if not inside:
        return sentence
    i, kind = inside[rng.integers(len(inside))], rng.integers(3)
    letter, following = sentence[i], sentence[i + 1]
    return sentence[:i] + (following + letter, following, letter * 2 + following)[kind] + sentence[i + 2 :]
