"""The site in a browser: without a network, on a phone and on a desk, and for those who use no mouse or no eyes."""

from __future__ import annotations

import pytest

from tests.browser.axe import faults
from tests.site.built import site

pytestmark = pytest.mark.browser

LESSON = "notebooks/lessons/1-fundamentals/f3-how-happy-are-they-really.html"
PAGES = ("index.html", LESSON, "notebooks/glossary.html", "notebooks/studies/cltv.html", "datasets/cdnow/README.html",
         "api/cxlab.experience.scores.html", "search.html")  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def opened(chromium):
    """Opens a page of the site; `.asked` of the page lists what it wanted from elsewhere, which it did not get."""
    contexts = []

    def open_one(name: str, size=DESK, **options):
        contexts.append(chromium.new_context(viewport=size, **options))
        page = contexts[-1].new_page()
        page.asked = []

        def answer(route):
            if route.request.url.startswith(("file:", "data:", "blob:")):
                route.continue_()
            else:
                page.asked.append(route.request.url)
                route.abort()

        contexts[-1].route("**/*", answer)
        path, mark, query = name.partition("?")
        page.goto((site() / path).as_uri() + mark + query)
        page.wait_for_load_state("load")
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_pages_ask_nobody_for_anything(opened, name):
    page = opened(name)
    page.wait_for_timeout(300)
    assert page.asked == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size, colours", [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"])
def test_no_page_shuts_anybody_out(opened, name, size, colours):
    assert faults(opened(name, size, color_scheme=colours)) == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_a_phone(opened, shots, name):
    page = opened(name, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.screenshot(path=shots / f"site-phone-{name.rpartition('/')[2]}.png")


def test_search_finds_a_lesson(opened):
    page = opened("search.html?q=shrinkage")
    page.wait_for_selector("#search-results li a")
    assert "How happy are they, really?" in page.inner_text("#search-results")
    assert page.asked == []


def test_a_word_of_a_lesson_leads_to_its_place_in_the_glossary(opened):
    page = opened(LESSON)
    word = page.locator('article a[href*="glossary.html#"]').first
    anchor = word.get_attribute("href").rpartition("#")[2]
    word.click()
    page.wait_for_url("**/glossary.html#*")
    page.wait_for_function(
        "id => Math.abs(document.getElementById(id).getBoundingClientRect().top) < innerHeight", arg=anchor
    )


def test_roots_and_brackets_are_as_tall_as_what_they_hold(opened):
    root = opened(LESSON).locator("msqrt").first
    page_has_font = root.evaluate(
        "e => document.fonts.ready.then(() => document.fonts.check('16px \"Noto Sans Math Part\"'))"
    )
    assert page_has_font
    assert root.evaluate("e => e.getBoundingClientRect().height >= e.firstElementChild.getBoundingClientRect().height")
