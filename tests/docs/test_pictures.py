"""The pictures are those that the script takes, small and with few colours."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.faults import CommandFault
from app.pictures import FOLDER, SCENES, SIZE, store


def png(image: Image.Image) -> bytes:
    """An image as a file's bytes."""
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_every_picture_is_one_that_the_script_takes() -> None:
    assert {picture.stem for picture in FOLDER.glob("*.png")} == set(SCENES)


def test_pictures_show_the_whole_page() -> None:
    assert {Image.open(picture).size for picture in FOLDER.glob("*.png")} == {(SIZE["width"], SIZE["height"])}


def test_a_picture_is_kept_with_few_colours(tmp_path: Path) -> None:
    kept = store(png(Image.linear_gradient("L").convert("RGB").resize((400, 300))), tmp_path / "page.png")
    assert Image.open(kept).mode == "P" and kept.stat().st_size < 100_000


def test_a_picture_too_large_for_a_page_is_refused(tmp_path: Path) -> None:
    noise = Image.frombytes("RGB", (1440, 900), os.urandom(1440 * 900 * 3))
    with pytest.raises(CommandFault, match="more than"):
        store(png(noise), tmp_path / "noise.png")
