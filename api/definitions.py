"""SOPs: what there is, checking one, saving a draft, submitting, the two signatures, differences in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.problems import Problem
from api.shapes import Prose, Signature, Strict, Word, answers, proof_of
from domain.errors import Text
from services import backtest, definitions, forecast, people, publishing, simulation

router = APIRouter(tags=["definitions"], route_class=ExactRoute)
Name = Annotated[str, Path(max_length=120)]
Number = Annotated[str, Path(max_length=40)]
_VERSION = "/definitions/{name:word}/versions/{version:word}"


class SourceShape(Strict):
    """A definition as typed; forms and tables are keyed as the YAML writes them."""

    yaml: str
    forms: dict[Word, str | dict[str, Any]] = Field(default_factory=dict)
    tables: dict[Word, str] = Field(default_factory=dict)
    cases: str | None = None

    def source(self) -> publishing.Source:
        """The same for `services`."""
        return publishing.Source(self.yaml, self.forms, self.tables, self.cases)


LAST_MAX = 2_000
"""Cases of one back-test over REST: it answers when it is done. The command line takes more."""


class BacktestShape(SourceShape):
    """A draft as typed, and how many closed cases go through it."""

    last: int = Field(default=50, ge=1, le=LAST_MAX)


class ForecastShape(SourceShape):
    """A source, and what is asked of its future; what is left out is taken from history and posts."""

    per_day: Annotated[int | Decimal, Field(gt=0, le=10_000)] | None = None
    people: dict[Word, Annotated[int, Field(ge=1, le=10_000)]] = Field(default_factory=dict)
    days: int = Field(default=30, ge=1, le=365)
    runs: int = Field(default=10, ge=1, le=200)
    seed: int = Field(default=1, ge=0, le=2**53 - 1)
    site: Word | None = None

    def wish(self) -> forecast.Wish:
        """The same for `services`."""
        per_day = None if self.per_day is None else float(self.per_day)
        return forecast.Wish(per_day, self.people, self.days, self.runs, self.seed)


class Last(Strict):
    """How many closed cases go through a stored version."""

    last: int = Field(default=50, ge=1, le=LAST_MAX)


class Submission(Strict):
    """Why the SOP changes."""

    reason: Prose


class Approval(Strict):
    """One of the two signatures of publishing."""

    role: Word
    signature: Signature | None = None


@router.get("/definitions", responses=answers())
async def listing(caller: Reading) -> Response:
    """Every version of every definition; of each name the one in force first, then the newest."""
    found: list[Any] = await definitions.listing(caller.office, caller.actor)
    await people.note_reading(caller.office, caller.actor, "definitions", {})
    return ExactJson({"items": [row for one in found for row in _in_force_first(one["versions"])], "next": None})


def _in_force_first(versions: list[Any]) -> list[Any]:
    return sorted(versions, key=lambda version: version["state"] != "effective")


@router.get("/definitions/{name:word}", responses=answers(404))
async def one(caller: Reading, name: Name) -> Response:
    """A definition with its versions."""
    found = await definitions.detail(caller.office, caller.actor, name)
    await people.note_reading(caller.office, caller.actor, f"definition/{name}", {})
    return ExactJson(found)


@router.get("/definitions/{name:word}/diff", responses=answers(404))
async def diff(
    caller: Reading, name: Name, old: Annotated[str, Query(max_length=40)], new: Annotated[str, Query(max_length=40)]
) -> Response:
    """How two versions differ, in words."""
    return ExactJson(await definitions.diff(caller.office, caller.actor, (name, old), (name, new)))


@router.get(_VERSION, responses=answers(404))
async def version(caller: Reading, name: Name, version: Number) -> Response:
    """A version with its texts and signatures; `ETag` is what `If-Match` of a re-save takes."""
    found: Any = await definitions.version(caller.office, caller.actor, name, version)
    await people.note_reading(caller.office, caller.actor, f"definition/{name}@{version}", {})
    return ExactJson(found, headers=_etag(found))


@router.post("/definitions:check", responses=answers())
async def check(caller: Reading, source: SourceShape) -> Response:
    """All findings of a source at once; nothing is kept."""
    return ExactJson(await publishing.check(caller.office, caller.actor, source.source()))


@router.post("/definitions:simulate", responses=answers(403))
async def simulate(caller: Reading, source: SourceShape) -> Response:
    """Run the tests of a source on a virtual clock, with what they reach; nothing is kept."""
    return ExactJson(await simulation.simulate(caller.office, caller.actor, source.source()))


@router.post("/definitions:forecast", responses=answers(403))
async def forecast_source(caller: Reading, given: ForecastShape) -> Response:
    """Simulate a company at work on a source: durations, load of each role, lateness, bottleneck; the seed decides."""
    return ExactJson(await forecast.run(caller.office, caller.actor, given.source(), given.wish(), given.site))


@router.post("/definitions:backtest", responses=answers(403))
async def backtest_source(caller: Reading, given: BacktestShape) -> Response:
    """Replay the last closed cases of the process through a source; who asked is on record, nothing is changed."""
    return ExactJson(await backtest.run(caller.office, caller.actor, given.source(), given.last))


@router.post("/definitions", responses=answers(403, 409, status=201))
async def save(
    caller: Once, source: SourceShape, if_match: Annotated[str | None, Header(max_length=40)] = None
) -> Response:
    """Save a draft; `If-Match` names the revision it replaces."""
    saved: Any = await publishing.save_draft(caller.office, caller.actor, source.source(), _revision(if_match))
    return ExactJson(saved, 201 if saved["rev"] == 1 else 200, _etag(saved))


def _etag(version: Any) -> dict[str, str]:
    return {"ETag": f'"{version["rev"]}"'}


def _revision(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise Problem(422, "bad_if_match", Text("If-Match 须为所见版本的 ETag。", "If-Match is the ETag that you saw."))


@router.post(_VERSION + ":backtest", responses=answers(403, 404))
async def backtest_version(caller: Reading, name: Name, version: Number, given: Last) -> Response:
    """Replay the last closed cases of the process through a stored version."""
    source = await backtest.stored(caller.office, caller.actor, name, version)
    return ExactJson(await backtest.run(caller.office, caller.actor, source, given.last))


@router.get(_VERSION + "/backtest/{case:word}", responses=answers(403, 404))
async def backtest_routes(caller: Reading, name: Name, version: Number, case: Number) -> Response:
    """One closed case with its recorded route and the one through a stored version, side by side."""
    source = await backtest.stored(caller.office, caller.actor, name, version)
    return ExactJson(await backtest.routes(caller.office, caller.actor, source, case))


@router.post(_VERSION + ":submit", responses=answers(403, 404, 409))
async def submit(caller: Once, name: Name, version: Number, given: Submission) -> Response:
    """Give a draft without errors to signing; its text cannot change any more."""
    return ExactJson(await publishing.submit(caller.office, caller.actor, name, version, given.reason))


@router.post(_VERSION + ":publish", responses=answers(403, 404, 409))
async def publish(caller: Once, name: Name, version: Number, given: Approval) -> Response:
    """Sign a submitted version as quality director or company head; with the second signature it comes into force."""
    proof = proof_of(given.signature)
    return ExactJson(await publishing.publish(caller.office, caller.actor, name, version, proof, given.role))


@router.post(_VERSION + ":withdraw", responses=answers(403, 404, 409))
async def withdraw(caller: Once, name: Name, version: Number, given: Submission) -> Response:
    """Take a version back: no new case starts on it."""
    return ExactJson(await publishing.withdraw(caller.office, caller.actor, name, version, given.reason))
