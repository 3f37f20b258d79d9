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


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_one_heading_above_all_others(opened, name):
    assert opened(name).locator("h1").count() == 1


def test_a_phone_shows_the_lessons_without_scrolling_sideways(opened, shots):
    """The map is for a desk; on a phone its lessons are cards, with minutes and what they build on."""
    desk, phone = opened("index.html"), opened("index.html", PHONE)
    for name, page in (("desk", desk), ("phone", phone)):
        page.locator("#lessons").scroll_into_view_if_needed()
        page.locator("#lessons").evaluate("part => part.scrollIntoView()")
        page.screenshot(path=shots / f"site-map-{name}.png")
    for page in (desk, phone):
        assert page.locator('img[src*="lesson-map"]').is_visible() == (page is desk)
        assert page.get_by_text("An arrow leads to").is_visible() == (page is desk)
    assert phone.locator('#lessons [aria-label="scrolls sideways"]').count() == 0
    card = phone.locator("#intermediate tbody tr").first
    assert card.locator("a").first.is_visible() and card.evaluate("e => e.scrollWidth <= innerWidth")


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
