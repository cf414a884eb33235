"""Scans of a task: what a scanning page shows, and scans that come in one by one or, after an outage, in order."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, Word, answers
from api.tasks import TaskId
from forms.scanning import QUANTITY_MAX, Wish
from services import scan_jobs

router = APIRouter(tags=["scans"], route_class=ExactRoute)
SCANS_MAX = 100


class Scan(Strict):
    """One thing done at the scanner: a code (`scan`, `extra`), a number typed (`set` for a `line`), one taken back (`undo` `of`)."""

    id: Annotated[str, Field(pattern="^[0-9A-Za-z-]{8,64}$")]
    seq: Annotated[int, Field(ge=0, le=10**12)]
    kind: Literal["scan", "extra", "set", "undo"] = "scan"
    text: Annotated[str, Field(max_length=2000)] = ""
    quantity: Annotated[int, Field(ge=0, le=QUANTITY_MAX)] = 1
    line: Word | None = None
    of: Word | None = None
    at: Annotated[str, Field(max_length=40)] = ""

    def wish(self) -> Wish:
        """The same for `services`."""
        text = self.text.replace("␝", "\x1d").strip()
        return Wish(self.id, self.kind, self.seq, text, self.quantity, self.line, self.of, self.at)


class Scans(Strict):
    """Scans of one person, the oldest first."""

    account: Word
    scans: Annotated[list[Scan], Field(min_length=1, max_length=SCANS_MAX)]


@router.get("/tasks/{id:word}/scans", responses=answers(404))
async def shown(caller: Reading, id: TaskId) -> Response:
    """The task as lines to scan: what there should be, what is counted, the last scans, what is still missing."""
    return ExactJson(await scan_jobs.job(caller.office, caller.actor, id))


@router.post("/tasks/{id:word}/scans", responses=answers(403, 404, 409))
async def take(caller: Acting, id: TaskId, given: Scans) -> Response:
    """Take scans into the caller's draft; each is answered, refused ones with the reason. A known `id` is not done again."""
    wishes = [one.wish() for one in given.scans]
    return ExactJson(await scan_jobs.scan(caller.office, caller.actor, id, given.account, wishes))
