"""The study of experience: which question plays which part; what data lacks costs one sentence, not the study."""

import csv

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import DataError, ParameterError
from cxlab.experience import parts, study
from cxlab.experience.scores.components import component_reliability, numbered_items, with_components
from cxlab.experience.scores.questions import questions

SATISFIED = ["Very dissatisfied", "Dissatisfied", "Neither nor", "Satisfied", "Very satisfied"]


def export(folder, n=90, **changed):
    """A wide export as a survey tool writes it: words and numbers, several scales, gaps, a free text."""
    rng = np.random.default_rng(7)
    felt = rng.normal(0, 1, n)

    def points(low, high):
        middle = (low + high) / 2 + 0.6
        return np.clip(np.round(middle + (high - low) / 6 * (felt + rng.normal(0, 0.8, n))), low, high).astype(int)

    columns = {
        "Respondent ID": [f"R{i}" for i in range(n)],
        "How likely are you to recommend us?": [f"{v} – Very likely" if v == 10 else v for v in points(0, 10)],
        "Overall satisfaction": [SATISFIED[v - 1] for v in points(1, 5)],
        "Friendliness": points(1, 5), "Waiting time": points(1, 5), "Cleanliness": points(1, 5),
    } | changed  # fmt: skip
    columns["Waiting time"] = ["N/A" if i % 9 == 0 else v for i, v in enumerate(columns["Waiting time"])]
    file = folder / "survey.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return file


@pytest.fixture(scope="module")
def shop():
    data, settings = cx.load("coffee_shop"), study.ExperienceStudy()
    return study.asked(data, settings), settings


def test_questions_of_the_coffee_shop_play_their_parts(shop):
    survey, _ = shop
    assert survey.headline == {"overall": "csat", "nps": "nps", "ces": "ces", "stars": "stars"}
    assert survey.drivers == ("consistency", "ease", "efficiency", "empathy", "personalisation")
    assert (survey.own, survey.by, survey.wave) == ("Own roastery", "touchpoint", "quarter")
    assert set(survey.staff) >= {"Nuri", "Yara"}
    assert set(survey.ours.data.surveys.brand.execute()) == {"Own roastery"}


def test_components_are_the_means_of_their_items(shop):
    survey, _ = shop
    wide = survey.items.surveys.execute().pivot_table(index="response_id", columns="question", values="score")
    made = survey.data.surveys.execute().pivot_table(index="response_id", columns="question", values="score")
    expected = wide[["ease_1", "ease_2", "ease_3"]].mean(axis=1)
    assert (made["ease"] - expected).abs().max() < 1e-9
    assert "ease_1" not in made


def test_a_messy_export_is_studied_and_what_it_lacks_is_said(tmp_path):
    data = cx.load(export(tmp_path))
    settings = study.ExperienceStudy(source="survey.csv")
    survey = study.asked(data, settings)
    assert survey.overall == "Overall satisfaction"
    assert survey.recommend == "How likely are you to recommend us?"
    assert survey.drivers == ("Cleanliness", "Friendliness", "Waiting time")
    assert len(parts.scores(survey, settings)) == 2
    assert parts.drivers(survey, settings).get("experience.drivers") is not None
    for part in (parts.rivals, parts.money, parts.watched, parts.answering, parts.wishes):
        found = part(survey, settings)
        assert not len(found) and found.absent.endswith(".")
    assert "no texts" in parts.words(data, settings).absent
    answer = parts.answer(
        scores=parts.scores(survey, settings), drivers=parts.drivers(survey, settings),
        words=parts.words(data, settings), money=parts.money(survey, settings),
    )  # fmt: skip
    assert [f.name for f in answer] == ["experience.score_overall", "experience.drivers"]


def test_one_nps_question_alone_is_studied(tmp_path):
    file = tmp_path / "nps.csv"
    file.write_text(
        "Respondent ID,NPS\n" + "\n".join(f"r{i},{v}" for i, v in enumerate([10, 9, 8, 3, 7, 10, 9, 6] * 5))
    )
    data = cx.load(file)
    settings = study.ExperienceStudy()
    survey = study.asked(data, settings)
    (score,) = parts.scores(survey, settings)
    assert score.table["nps"].iloc[0] == pytest.approx(25)
    assert "no drivers" in parts.drivers(survey, settings).absent


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"overall": "hapiness"}, ParameterError, "hapiness"),
        ({"by": "colour"}, ParameterError, "colour"),
        ({"own": "Some chain"}, ParameterError, "Some chain"),
        ({"drivers": ("speed",)}, ParameterError, "speed"),
    ],
)
def test_names_that_are_not_there_are_named(settings, error, said):
    with pytest.raises(error, match=said):
        study.asked(cx.load("coffee_shop"), study.ExperienceStudy(**settings))


def test_data_without_surveys_and_without_a_question_that_sums_up_is_refused():
    with pytest.raises(DataError, match="no answers to a survey"):
        study.asked(cx.load("cdnow"), study.ExperienceStudy())
    with pytest.raises(DataError, match="-p overall"):
        study.asked(cx.load("cms_patient_experience"), study.ExperienceStudy())


def test_items_of_several_scales_are_no_component():
    asked = pd.DataFrame({"response_id": ["a"] * 2, "question": ["q_1", "q_2"], "score": [1, 2], "scale_min": [1, 1],
                          "scale_max": [5, 7]})  # fmt: skip
    with pytest.raises(DataError, match="several scales"):
        with_components(asked, numbered_items(["q_1", "q_2"]))


def test_reliability_of_each_component_is_told(shop):
    survey, _ = shop
    found = component_reliability(survey.ours.items, survey.components)
    assert found.table["component"].tolist()[0] == found.table.loc[found.table["value"].idxmin(), "component"]
    assert found.table["value"].between(0.6, 1).all()
    assert set(questions(survey.items)["question"]) >= set(survey.components["ease"])


@pytest.mark.parametrize("when", ["2026-01-%02d", "soon %02d"])
def test_days_alone_are_times_and_no_time_at_all_is_said(tmp_path, when):
    days = [when % (1 + i % 28) for i in range(90)]
    data = cx.load(export(tmp_path, Date=days))
    settings = study.ExperienceStudy()
    survey = study.asked(data, settings)
    assert survey.dated == when.startswith("2026")
    assert (parts.waves(survey, settings).get("experience.waves_overall") is not None) == survey.dated
    assert ("no times" in parts.watched(survey, settings).absent) != survey.dated


def test_answers_that_are_all_alike_end_in_sentences(tmp_path):
    alike = {"Overall satisfaction": ["Satisfied"] * 90, "How likely are you to recommend us?": [9] * 90}
    days = [f"2026-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(90)]
    data = cx.load(export(tmp_path, Date=days, **alike))
    settings = study.ExperienceStudy()
    survey = study.asked(data, settings)
    assert "nothing to watch" in parts.watched(survey, settings).absent
    assert "alike" in parts.waves(survey, settings).absent
    assert "are the same" in parts.drivers(survey, settings).absent


def test_a_headline_says_that_those_who_seldom_answer_feel_otherwise(shop):
    survey, settings = shop
    score = parts.scores(survey, settings).get("experience.score_nps")
    assert not score.believed and "probably less satisfied" in score.text


def test_staff_can_go_by_number():
    settings = study.ExperienceStudy(hide_staff=True)
    survey = study.asked(cx.load("coffee_shop"), settings)
    assert {name.split()[0] for name in survey.data.surveys.handled_by.execute().dropna()} == {"staff"}
    assert "Nuri" in survey.staff
