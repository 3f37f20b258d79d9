"""Charts on slides: native ones, whose numbers and intervals can be edited."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from cxlab.report.chart import Chart, number_format
from cxlab.report.safe import cell, plain
from cxlab.report.slide_parts import ink
from cxlab.wording import MINUS, quantity


def add_chart(slide: Any, chart: Chart, box: tuple[float, float, float, float], *, name: str, alt: str) -> Any:
    """A native chart whose numbers and intervals can be edited: rows as bars with error bars, time as lines."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
    from pptx.enum.dml import MSO_LINE, MSO_THEME_COLOR
    from pptx.util import Inches, Pt

    data = CategoryChartData(number_format=chart.format)
    labels = _labels(chart) if chart.kind == "bar" else chart.labels
    data.categories = labels
    data.add_series(plain(chart.name), chart.values)
    if chart.kind == "line" and chart.low:
        data.add_series("low end", chart.low)
        data.add_series("high end", chart.high)
    kind = XL_CHART_TYPE.BAR_CLUSTERED if chart.kind == "bar" else XL_CHART_TYPE.LINE
    shape = slide.shapes.add_chart(kind, *map(Inches, box), data)
    shape.name = name
    shape._element.nvGraphicFramePr.cNvPr.set("descr", plain(alt))
    made = shape.chart
    made.has_legend, made.has_title = False, False
    made.font.size = Pt(12 if len(chart.values) <= 7 else 10)
    ink(made.font)
    values, names = made.value_axis, made.category_axis
    values.has_major_gridlines = False
    values.has_title = True
    values.axis_title.text_frame.text = plain(chart.name)
    values.axis_title.text_frame.paragraphs[0].runs[0].font.size = Pt(11)
    values.axis_title.text_frame.paragraphs[0].runs[0].font.bold = False
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = chart.format, False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.major_tick_mark = values.major_tick_mark = XL_TICK_MARK.NONE
    names.format.line.color.theme_color = MSO_THEME_COLOR.TEXT_1
    values.format.line.fill.background()
    values.minimum_scale, values.maximum_scale, values.major_unit = _scale(chart)
    series = made.plots[0].series
    if chart.kind == "bar":
        names.reverse_order = True
        values.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
        made.plots[0].gap_width = 70
        series[0].format.fill.solid()
        series[0].format.fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_1
        series[0].invert_if_negative = False
        if chart.low:
            _error_bars(series[0], chart)
    else:
        for i, line in enumerate(series):
            line.smooth = False
            line.format.line.color.theme_color = MSO_THEME_COLOR.ACCENT_1
            line.format.line.width = Pt(2.5 if i == 0 else 1)
            line.format.line.dash_style = None if i == 0 else MSO_LINE.DASH
            _no_marks(line)
            last = line.points[len(chart.values) - 1].data_label
            last.has_text_frame = True
            last.text_frame.text = quantity(line.values[-1], chart.unit, chart.currency)
            last.position = XL_LABEL_POSITION.ABOVE
    made.part.chart_workbook.update_from_xlsx_blob(_numbers(chart, labels))
    return shape


def _labels(chart: Chart) -> list[str]:
    """What each bar is called, with its value and interval."""
    words = [_short(v, chart) for v in chart.values]
    if chart.low:
        ends = zip(chart.low, chart.high, strict=True)
        between = [" to ".join(_short(e, chart) for e in pair) for pair in ends]
        words = [f"{value} ({ends})" for value, ends in zip(words, between, strict=True)]
    shown = [plain(label) if len(label) <= 34 else plain(label)[:33].rstrip() + "…" for label in chart.labels]
    return [f"{label}\n{value}" for label, value in zip(shown, words, strict=True)]


def _short(value: float, chart: Chart) -> str:
    """A number with the digits that its interval leaves it."""
    if chart.unit in ("money", "share", "count", "seconds") or not chart.low:
        return quantity(value, chart.unit, chart.currency)
    width = sorted(high - low for low, high in zip(chart.low, chart.high, strict=True))[len(chart.low) // 2]
    digits = min(4, max(0, 1 - math.floor(math.log10(width)))) if width > 0 else 2
    text = f"{abs(value):,.{digits}f}"
    return (MINUS if value < 0 and float(text.replace(",", "")) else "") + text


def _scale(chart: Chart) -> tuple[float, float, float]:
    """First and last number of an axis that holds every interval, and the step between its marks; bars begin at 0."""
    low, high = min(chart.low or chart.values), max(chart.high or chart.values)
    if chart.kind == "bar" or low > 0 and low < 0.3 * high:
        low, high = min(low, 0.0), max(high, 0.0)
    reach = (high - low) or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(reach / 5))
    step *= next(times for times in (1, 2, 2.5, 5, 10) if reach / (step * times) <= 6)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def _error_bars(series: Any, chart: Chart) -> None:
    """Intervals as custom error bars that refer to the sheet behind the chart, so that they move with its numbers."""
    from pptx.oxml import parse_xml

    space = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" ' \
            'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'  # fmt: skip
    sides = {
        "plus": ("D", [high - value for value, high in zip(chart.values, chart.high, strict=True)]),
        "minus": ("C", [value - low for value, low in zip(chart.values, chart.low, strict=True)]),
    }
    xml = "".join(
        f"<c:{side}><c:numRef><c:f>Sheet1!${column}$2:${column}${len(lengths) + 1}</c:f><c:numCache>"
        f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(lengths)}"/>'
        + "".join(f'<c:pt idx="{i}"><c:v>{length!r}</c:v></c:pt>' for i, length in enumerate(lengths))
        + f"</c:numCache></c:numRef></c:{side}>"
        for side, (column, lengths) in sides.items()
    )
    bars = parse_xml(
        f'<c:errBars {space}><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>{xml}'
        '<c:spPr><a:ln w="19050"><a:solidFill><a:schemeClr val="tx1"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    before = {f"{{http://schemas.openxmlformats.org/drawingml/2006/chart}}{tag}" for tag in ("cat", "val")}
    place = next(child for child in series._element if child.tag in before)
    place.addprevious(bars)


def _numbers(chart: Chart, labels: Sequence[str]) -> bytes:
    """The sheet behind a chart: what is drawn, and how far the intervals reach below and above it."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    ends = list(zip(chart.low, chart.high, strict=True)) or [None] * len(chart.values)
    line = chart.kind == "line"
    sheet.append(
        [None, cell(chart.name), *((("low end", "high end") if line else ("below", "above")) if chart.low else ())]
    )
    for label, value, pair in zip(labels, chart.values, ends, strict=True):
        reach = () if pair is None else pair if line else (value - pair[0], pair[1] - value)
        sheet.append([cell(label.replace("\n", ": ")), value, *reach])
        for column in "BCD"[: 1 + len(reach)]:
            sheet[f"{column}{sheet.max_row}"].number_format = number_format(chart.unit, chart.currency, abs(value))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _no_marks(line: Any) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE

    line.marker.style = XL_MARKER_STYLE.NONE
