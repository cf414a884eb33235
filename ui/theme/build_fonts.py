"""Rebuild the vendored web fonts under `ui/static/fonts` and their style sheet.

Not imported by the product. It needs `fonttools` and `brotli` and three unpacked packages:
`@fontsource-variable/noto-sans-sc`, `@fontsource-variable/jetbrains-mono` (npm) and the variable
Noto Sans CJK collection that `manimgx-fonts-cjk` (PyPI) carries; all are under the SIL Open Font License.

Why two sources of one design: the npm chunks are ordered by frequency, so a page loads only the few it
needs, but they miss 99 characters of GB 2312 (names, places, Ⅲ 类). Those are cut from the collection.

    python -m ui.theme.build_fonts NOTO_SANS_SC_DIR JETBRAINS_MONO_DIR NotoSansCJK-VF.otf.ttc
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

FONTS = Path(__file__).parent.parent / "static" / "fonts"
FACE = re.compile(r"url\(\./files/([^)]+)\)[^;]*;\s*unicode-range: ([^;]+);")
SANS = "Noto Sans SC Variable"
MONO = "JetBrains Mono Variable"
#: Signs outside GB 2312 that our pages print: keys, units, ticks.
SIGNS = "℃≤≥※〔〕×·–—…±≠←↑→↓✓✕↵☑●■▲◆‰²³"


def codepoints(ranges: str) -> set[int]:
    """The characters of one CSS `unicode-range` value."""
    found: set[int] = set()
    for part in ranges.split(","):
        low, _, high = part.strip().removeprefix("U+").partition("-")
        found.update(range(int(low, 16), int(high or low, 16) + 1))
    return found


def gb2312() -> set[int]:
    """Every character of GB 2312-80, the set Chinese business documents are written in."""
    found: set[int] = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            char = bytes([row, cell]).decode("gb2312", errors="ignore")
            found.update(ord(c) for c in char)
    return found


def ranges(points: set[int]) -> str:
    """The shortest `unicode-range` for a set of characters."""
    parts: list[list[int]] = []
    for point in sorted(points):
        if parts and point == parts[-1][1] + 1:
            parts[-1][1] = point
        else:
            parts.append([point, point])
    return ",".join(f"U+{a:x}" if a == b else f"U+{a:x}-{b:x}" for a, b in parts)


def face(family: str, file: str, span: str) -> str:
    """One `@font-face` rule; `swap` because words must be readable before the font is there."""
    return (
        f"@font-face{{font-family:'{family}';font-style:normal;font-display:swap;font-weight:100 900;"
        f"src:url(fonts/{file}) format('woff2');unicode-range:{span}}}"
    )


def copy_package(package: Path, family: str, wanted: str) -> tuple[list[str], set[int]]:
    """Copy the woff2 chunks of an npm font package whose name matches; return their rules and characters."""
    rules: list[str] = []
    covered: set[int] = set()
    for file, span in FACE.findall((package / "index.css").read_text(encoding="utf-8")):
        if re.search(wanted, file) is None:
            continue
        shutil.copy(package / "files" / file, FONTS / file)
        rules.append(face(family, file, span))
        covered |= codepoints(span) & drawn_by(FONTS / file)
    return rules, covered


def drawn_by(file: Path) -> set[int]:
    """The characters a chunk really holds; its declared range may promise more."""
    from fontTools.ttLib import TTFont  # type: ignore[import-not-found]

    return set(TTFont(file).getBestCmap())


def cut_missing(collection: Path, missing: set[int]) -> str:
    """Cut the characters the chunks lack out of the Noto Sans CJK SC face of the collection."""
    from fontTools import subset  # type: ignore[import-not-found]
    from fontTools.ttLib import TTCollection  # type: ignore[import-not-found]

    fonts = TTCollection(collection).fonts
    sc = next(
        f for f in fonts if "CJK SC" in (f["name"].getDebugName(1) or "") and "Mono" not in f["name"].getDebugName(1)
    )
    cutter = subset.Subsetter(subset.Options(layout_features=["kern", "palt"], notdef_outline=True))
    cutter.populate(unicodes=missing)
    cutter.subset(sc)
    sc.flavor = "woff2"
    sc.save(FONTS / "noto-sans-sc-supplement.woff2")
    return face(SANS, "noto-sans-sc-supplement.woff2", ranges(missing & set(sc.getBestCmap())))


def main(sans: Path, mono: Path, collection: Path) -> None:
    """Write the chunks, the supplement, the style sheet and the licences."""
    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.mkdir(parents=True)
    rules, covered = copy_package(sans, SANS, r"-(\d+|latin|latin-ext)-wght")
    missing = (gb2312() | {ord(c) for c in SIGNS}) - covered
    mono_rules, _ = copy_package(mono, MONO, r"-latin-wght")
    rules += [cut_missing(collection, missing), *mono_rules]
    (FONTS.parent / "fonts.css").write_text("\n".join(rules) + "\n", encoding="utf-8")
    shutil.copy(sans / "LICENSE", FONTS / "LICENSE-noto-sans-sc.txt")
    shutil.copy(mono / "LICENSE", FONTS / "LICENSE-jetbrains-mono.txt")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
