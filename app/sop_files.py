"""SOPs as files: a version's folder read into one source, a stored version written out in the same layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.faults import CommandFault, Exit
from app.published_lock import DEFINITIONS
from app.settings import Settings
from records import definitions as stored_versions
from records.database import Database
from records.definitions import DefinitionVersion
from services.publishing import Source

PROCESS, CASES = "process.yaml", "cases.yaml"


def definition_file(path: Path) -> Path:
    """The `process.yaml` a person means by a path: the file itself, or the one in that folder."""
    file = path / PROCESS if path.is_dir() else path
    if not file.is_file():
        raise CommandFault(f"{file} was not found", hint="name a process.yaml or its folder", code=Exit.USAGE)
    return file


def shipped_files() -> list[Path]:
    """Every definition that ships."""
    return sorted(DEFINITIONS.glob(f"*/*/{PROCESS}"))


def read_source(file: Path) -> Source:
    """A definition with its forms, tables and tests as they lie beside it. Raises `CommandFault` for no UTF-8 text."""
    folder = file.parent
    try:
        forms = {_key(path, folder): path.read_text("utf-8") for path in sorted(folder.glob("forms/*.json"))}
        tables = {_key(path, folder): path.read_text("utf-8") for path in sorted(folder.glob("tables/*.yaml"))}
        cases = (folder / CASES).read_text("utf-8") if (folder / CASES).exists() else None
        return Source(file.read_text("utf-8"), forms, tables, cases)
    except UnicodeDecodeError as error:
        raise CommandFault(f"a file in {folder} is not UTF-8 text: {error}", hint="save it as UTF-8") from error


def write_source(source: Source, folder: Path) -> list[Path]:
    """Write a version as files into a new or empty folder; returns them."""
    if folder.exists() and any(folder.iterdir()):
        raise CommandFault(f"{folder} is not empty", hint="name a new folder", code=Exit.USAGE)
    texts = {PROCESS: source.yaml, **source.form_texts(), **source.tables}
    if source.cases is not None:
        texts[CASES] = source.cases
    for name, text in texts.items():
        target = folder / name
        if not target.resolve().is_relative_to(folder.resolve()):
            raise CommandFault(f"the version names a file outside its folder: {name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return [folder / name for name in texts]


def stored_source(settings: Settings, name_at_version: str) -> Source:
    """A version by `NAME@VERSION`: from the database, else from what ships."""
    name, _, number = name_at_version.partition("@")
    row = _stored(settings, name, number)
    if row is not None:
        return Source(row.yaml, row.forms, row.tables, row.cases)
    shipped = DEFINITIONS / name / number / PROCESS
    if number and shipped.is_file():
        return read_source(shipped)
    raise CommandFault(
        f"{name_at_version} is not known", hint="`gspflow definitions list` shows what there is, as NAME@VERSION"
    )


def source_of(settings: Settings, word: str) -> Source:
    """A version by path or by `NAME@VERSION`."""
    if Path(word).exists() or "@" not in word:
        return read_source(definition_file(Path(word)))
    return stored_source(settings, word)


def stored_rows(settings: Settings) -> list[DefinitionVersion]:
    """Every version in the database; none while there is no database yet."""
    return [] if _is_missing(settings) else _read(settings, stored_versions.versions)


def _stored(settings: Settings, name: str, number: str) -> DefinitionVersion | None:
    return None if _is_missing(settings) else _read(settings, stored_versions.version, name, number)


def _is_missing(settings: Settings) -> bool:
    return settings.database.startswith("sqlite") and not Path(settings.database.split(":///", 1)[1]).exists()


def _read(settings: Settings, question: Any, *arguments: str) -> Any:
    database = Database(settings.database)
    try:
        with database.read() as session:
            found = question(session, *arguments)
            session.expunge_all()
            return found
    finally:
        database.close()


def _key(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
