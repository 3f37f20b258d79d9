"""A student's hour in a real browser: lesson F3 run, its picture moved, an exercise failed and passed, a quiz."""

from __future__ import annotations

import shutil

import pytest

from cxlab.learn.student import lesson
from cxlab.learn.student_start import start
from tests.browser.lab import PATIENCE, Notebook, jupyterlab

pytestmark = pytest.mark.browser

WIDGET, QUIZ = "nps-sample", 'quiz("f3")'
LOST = ("Error displaying widget", "model not found", "Loading widget")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab with a student's fresh copy of F3, and the lesson as it is shipped, beside it."""
    folder, home = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("home")
    (copied,) = start(folder, names=["f3"])
    shutil.copy(lesson("f3"), folder / "shipped.ipynb")
    with jupyterlab(folder, home) as address:
        yield {"copy": address.format(copied.file.relative_to(folder)), "shipped": address.format("shipped.ipynb")}


@pytest.fixture
def opened(lab, chromium, shots, request):
    """Opens one of both notebooks, in a browser that knows nothing of the other; how it ended is kept as a picture."""
    contexts = []

    def open_one(name: str) -> Notebook:
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 900}))
        contexts[-1].set_default_timeout(1000 * PATIENCE)
        return Notebook(contexts[-1].new_page(), lab[name])

    yield open_one
    for context in contexts:
        context.pages[0].screenshot(path=shots / f"end-of-{request.node.name}.png")
        context.close()


def nothing_lost(notebook: Notebook) -> None:
    """Wait until no output says that it waits for a widget; say which has lost it."""
    notebook.page.locator(".jp-Notebook .jp-OutputArea-output", has_text="Loading widget").first.wait_for(
        state="hidden"
    )
    words = notebook.page.locator(".jp-Notebook").inner_text()
    assert [lost for lost in LOST if lost in words] == []


def test_a_lesson_that_was_not_run_reads_well(opened, shots):
    """JupyterLab trusts no output that it has not made: no style, no script; the rest is there."""
    notebook = opened("shipped")
    picture = notebook.output(WIDGET)
    picture.scroll_into_view_if_needed()
    picture.locator("img").wait_for()
    assert picture.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 600
    nothing_lost(notebook)
    notebook.page.screenshot(path=shots / "1-not-run-widget.png")

    quiz = notebook.output(QUIZ)
    quiz.scroll_into_view_if_needed()
    quiz.locator("summary").nth(8).wait_for()
    assert quiz.locator("style").count() == 0  # untrusted, as it should be
    assert not quiz.get_by_text("Right:").first.is_visible()
    quiz.locator("summary", has_text="400").focus()
    notebook.page.keyboard.press("Enter")
    quiz.get_by_text("Right:").first.wait_for()
    notebook.page.screenshot(path=shots / "2-not-run-quiz.png")


def test_an_hour_with_lesson_f3(opened, shots):
    notebook = opened("copy")
    page = notebook.page

    def seen(name: str, source: str) -> None:
        notebook.cell(source).scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        page.screenshot(path=shots / f"{name}.png")

    def says(source: str, words: str) -> None:
        notebook.output(source).filter(has_text=words).wait_for()

    notebook.run_all(seconds=600)
    assert page.locator(".jp-Notebook [data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert (
        page.locator(".jp-Notebook .jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    )
    nothing_lost(notebook)
    says('exercise("nps-01")', "ot attempted")
    seen("3-run", "one_score.plot()")

    # the widget, by keyboard alone: the field has a label and takes the arrow keys, the slider beside it follows
    widget = notebook.output(WIDGET)
    answers = widget.get_by_label("Answers")
    answers.wait_for()
    words = widget.inner_text()
    assert answers.input_value() == "30"
    answers.focus()
    page.keyboard.press("ArrowUp")
    widget.locator("img[alt^='12 surveys of 40 answers']").wait_for()
    assert widget.inner_text() != words
    page.keyboard.press("Control+a")
    page.keyboard.type("200")
    page.keyboard.press("Enter")
    widget.locator("img[alt^='12 surveys of 200 answers']").wait_for()
    widget.locator(".noUi-handle[aria-valuenow='200.0']").wait_for(state="attached")
    page.keyboard.press("Tab")
    seen("4-widget-moved", WIDGET)

    still = widget.locator(".cxlab-still")
    assert still.count() == 1 and not still.is_visible()

    # an exercise: wrong, a hint, right
    task = 'exercise("nps-01")'
    notebook.write(task, 'q = cx.learn.exercise("nps-01")\nquarters = q.data()\nby_chance = 8\nq.check(by_chance)')
    notebook.run(task)
    says(task, "not yet")
    says(task, "That is the change.")
    seen("5-wrong", task)
    notebook.write(task, 'q = cx.learn.exercise("nps-01")\nquarters = q.data()\nq.hint()')
    notebook.run(task)
    says(task, "cxlab has a function for changes")
    seen("6-hint", task)
    right = (
        'q = cx.learn.exercise("nps-01")\nquarters = q.data()\n'
        'rise = wave_change(read_answers(quarters, by="wave")).table.iloc[-1]\n'
        'q.check((rise["change_high"] - rise["change_low"]) / 2)'
    )
    notebook.write(task, right)
    notebook.run(task)
    says(task, "correct")
    assert "not yet" not in notebook.output(task).inner_text()
    seen("7-right", task)

    # the quiz, by keyboard: what is said appears, and goes when another answer is opened
    quiz = notebook.output(QUIZ)
    wrong, good = quiz.get_by_text("Not quite:").first, quiz.get_by_text("Right:").first
    assert not wrong.is_visible()
    quiz.locator("summary").first.focus()
    page.keyboard.press("Enter")
    wrong.wait_for()
    assert not good.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    good.wait_for()
    wrong.wait_for(state="hidden")
    seen("8-quiz", QUIZ)

    # saved, and opened on another day, when its kernel is gone: the picture is there
    notebook.menu("File", "Save Notebook$")
    page.locator(".lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").first.wait_for()
    notebook.menu("Kernel", "Shut Down Kernel")
    page.locator("#jp-main-statusbar").get_by_text("No Kernel").first.wait_for()
    notebook = opened("copy")
    picture = notebook.output(WIDGET).locator(".cxlab-still img")
    picture.wait_for()
    assert notebook.output(WIDGET).locator("style").count() == 1  # trusted: this is who made it
    nothing_lost(notebook)
    picture.scroll_into_view_if_needed()
    notebook.page.screenshot(path=shots / "9-opened-again.png")
