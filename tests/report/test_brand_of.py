"""A client's brand: no file outside the folder, nothing in a logo that is no picture, colours that can be read."""

from __future__ import annotations

import base64
import shutil

import pytest
from matplotlib import font_manager
from PIL import Image

from cxlab.errors import DataError, ParameterError
from cxlab.report import Brand
from cxlab.report.case import case_html
from cxlab.report.privacy import protect

SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 40"
 onload="alert(1)"><script>alert(2)</script><style>@import url(http://evil.example/x.css)</style>
 <image href="http://evil.example/p.png"/><foreignObject><b>hi</b></foreignObject>
 <a xlink:href="javascript:alert(3)"><rect width="9" height="9"/></a>
 <rect width="100" height="40" fill="url(http://evil.example/f)" style="fill:#14695D;background:url(//evil.example)"/>
 <use href="#mark"/><use href="http://evil.example/#mark"/><circle id="mark" r="9" onclick="x()"/></svg>"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "client").mkdir()
    Image.new("RGBA", (300, 80), "#14695D").save(tmp_path / "client" / "logo.png")
    Image.new("RGB", (300, 80), "#14695D").save(tmp_path / "secret.png")
    return tmp_path / "client"


def test_a_whole_brand_is_read(folder):
    font = font_manager.findfont(font_manager.FontProperties(family="DejaVu Serif"))
    shutil.copy(font, folder / "House.ttf")
    brand = Brand.of(
        {"name": "Harbour House", "logo": "logo.png", "colours": {"main": "#14695D", "ink": "#222222"},
         "fonts": {"text": "georgia", "headings": "House.ttf"}}, folder,
    )  # fmt: skip
    assert (brand.name, brand.blue, brand.ink) == ("Harbour House", "#14695D", "#222222")
    assert (brand.logo.kind, brand.logo.width, brand.logo.height) == ("image/png", 300, 80)
    assert (brand.text.family, brand.text.kind, brand.text.content) == ("Georgia", "serif", b"")
    assert brand.headings.family == "DejaVu Serif" and brand.headings.format == "ttf"


def test_nothing_said_is_the_house(folder):
    assert Brand.of(None, folder) == Brand.of({}, folder) == Brand()


def test_a_brand_stands_in_the_report_with_its_fonts_and_logo_inside(folder, make):
    shutil.copy(font_manager.findfont("DejaVu Sans Mono"), folder / "House.ttf")
    brand = Brand.of({"logo": "logo.png", "fonts": "House.ttf", "colours": {"main": "#14695D"}}, folder)
    html = case_html(protect(make(brand=brand)))
    assert brand.logo.address in html and brand.text.address in html and "--blue: #14695D" in html
    assert 'alt="Corner Roastery"' in html


@pytest.mark.parametrize(
    "name", ["../secret.png", "/etc/passwd", "link.png", "a/../../secret.png", "no.png", "lo\0go.png"]
)
def test_no_file_outside_the_folder_is_read(folder, name):
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    with pytest.raises(DataError, match=r"is not in the client's folder|does not exist"):
        Brand.of({"logo": name}, folder)


def test_a_logo_that_draws_only_draws(folder):
    (folder / "logo.svg").write_text(SVG)
    logo = Brand.of({"logo": "logo.svg"}, folder).logo
    drawn = logo.content.decode()
    for bad in ("script", "onload", "onclick", "evil", "javascript", "style", "foreignObject", "image"):
        assert bad not in drawn, bad
    assert 'fill="#14695D"' in drawn or "<rect" in drawn
    assert 'href="#mark"' in drawn and logo.address.startswith("data:image/svg+xml;base64,")
    assert base64.b64decode(logo.address.partition(",")[2]) == logo.content


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.png", b"GIF89a not a png", "not a picture"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not a picture"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'", "cannot be read|can be read"),
        ("a.svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "entities"),
        ("a.svg", b"<?xml version='1.0'?><html/>", "not an SVG"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no size"),
        ("a.png", b"0" * 2_100_000, "2.1 MB"),
    ],
)
def test_a_logo_that_cannot_be_used_is_named(folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        Brand.of({"logo": name}, folder)


@pytest.mark.parametrize("size", [(20, 20), (7000, 700), (900, 41)])
def test_a_logo_of_a_size_that_cannot_stand_in_a_header_is_named(folder, size):
    Image.new("RGB", size).save(folder / "odd.png")
    with pytest.raises(DataError, match=f"{size[0]} × {size[1]} pixels"):
        Brand.of({"logo": "odd.png"}, folder)


def test_a_photo_loses_what_a_camera_wrote_into_it(folder):
    photo = Image.new("RGB", (200, 100))
    exif = photo.getexif()
    exif[0x010E] = "taken at 12 Hidden Lane"
    photo.save(folder / "photo.jpg", exif=exif)
    assert b"Hidden Lane" in (folder / "photo.jpg").read_bytes()
    logo = Brand.of({"logo": "photo.jpg"}, folder).logo
    assert b"Hidden Lane" not in logo.content and logo.kind == "image/png"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"color": "#123456"}, "unknown key of brand 'color'"),
        ({"colours": {"main": "#FFD200"}}, "contrast of 1.5"),
        ({"colours": {"ink": "red"}}, "brand colour ink = 'red'"),
        ({"colours": {"blau": "#123456"}}, "unknown key in colours of brand"),
        ({"colours": {"main": 123456}}, "main = 123456 is no text"),
        ({"colours": "#123456"}, "is '#123456'"),
        ({"fonts": "Comic Sans"}, "unknown font 'Comic Sans'"),
        ({"fonts": {"text": "x} body{display:none"}}, "unknown font"),
        (["logo.png"], "brand is"),
    ],
)
def test_what_a_brand_says_wrong_is_named(folder, said, message):
    with pytest.raises(ParameterError, match=message):
        Brand.of(said, folder)


def test_a_font_that_is_none_is_named(folder):
    (folder / "no.ttf").write_bytes(b"MZ not a font")
    with pytest.raises(DataError, match=r"'no\.ttf' is not a font"):
        Brand.of({"fonts": "no.ttf"}, folder)
    (folder / "broken.ttf").write_bytes(b"\x00\x01\x00\x00" + b"\0" * 60)
    with pytest.raises(DataError, match="cannot be read"):
        Brand.of({"fonts": "broken.ttf"}, folder)
