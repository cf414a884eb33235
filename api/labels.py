"""Labels and document codes, to print or to show."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.caller import Reading
from api.cases import CaseId
from api.shapes import answers
from services.actor import Actor

router = APIRouter(prefix="/labels", tags=["labels"])
Size = Literal["40x30", "60x40", "100x70", "100x150"]
Symbol = Literal["datamatrix", "gs1_128", "qr"]
Form = Literal["pdf", "svg", "png"]
Number = Annotated[str | None, Query(max_length=90)]


class Wished:
    """How the label is wanted, from the query."""

    def __init__(
        self,
        format: Annotated[Form, Query(description="`pdf`: the label; `svg`, `png`: the bare code.")] = "pdf",
        size: Annotated[Size | None, Query(description="Label stock in mm.")] = None,
        symbol: Annotated[Symbol | None, Query(description="Another bar code than the usual one.")] = None,
        copies: Annotated[int, Query(ge=1, le=500)] = 1,
        lang: Literal["zh", "en"] | None = None,
    ) -> None:
        self.format: Form = format
        self.size, self.copies, self.lang = size, copies, lang
        self.symbol: Symbol | None = symbol

    def wish(self, actor: Actor, size: Size) -> Any:
        """The same for `services`; `size` is the usual stock of this kind of label."""
        from services.labels import Wish  # the typesetter is large

        lang = self.lang or ("zh" if actor.lang == "zh" else "en")
        return Wish(lang, self.size or size, self.symbol, self.copies, self.format)


Wanted = Annotated[Wished, Depends()]
_OK: dict[str, Any] = {"response_class": Response}


@router.get("/lots/{id}", responses=answers(403, 404), **_OK)
async def lot(
    caller: Reading,
    id: Annotated[int, Path(ge=1, le=10**15)],
    wanted: Wanted,
    di: Number = None,
    serial: Number = None,
    own: Annotated[str | None, Query(max_length=30, description="A number of our own (AI 91).")] = None,
) -> Response:
    """The label of a unit or box: UDI with lot, dates and serial number as the files hold them."""
    from services import labels

    unit = labels.Unit(di, serial, own)
    return _sent(await labels.of_lot(caller.office, caller.actor, id, unit, wanted.wish(caller.actor, "60x40")))


@router.get("/locations/{code}", responses=answers(403, 404), **_OK)
async def location(caller: Reading, code: Annotated[str, Path(max_length=60)], wanted: Wanted) -> Response:
    """The label of a shelf."""
    from services import labels

    return _sent(await labels.of_location(caller.office, caller.actor, code, wanted.wish(caller.actor, "60x40")))


@router.get("/cases/{id:word}", responses=answers(403, 404), **_OK)
async def case(caller: Reading, id: CaseId, wanted: Wanted) -> Response:
    """The document code of a case."""
    from services import labels

    return _sent(await labels.of_case(caller.office, caller.actor, id, wanted.wish(caller.actor, "60x40")))


@router.get("/tasks/{id:word}", responses=answers(403, 404), **_OK)
async def task(caller: Reading, id: Annotated[str, Path(max_length=64)], wanted: Wanted) -> Response:
    """The document code of a task."""
    from services import labels

    return _sent(await labels.of_task(caller.office, caller.actor, id, wanted.wish(caller.actor, "60x40")))


@router.get("/vouchers/{number}", responses=answers(403, 404), **_OK)
async def voucher(caller: Reading, number: Annotated[str, Path(max_length=60)], wanted: Wanted) -> Response:
    """The document code of a voucher."""
    from services import labels

    return _sent(await labels.of_voucher(caller.office, caller.actor, number, wanted.wish(caller.actor, "60x40")))


@router.get("/pallets/{sscc}", responses=answers(403), **_OK)
async def pallet(caller: Reading, sscc: Annotated[str, Path(max_length=40)], wanted: Wanted) -> Response:
    """The label of a logistic unit (SSCC)."""
    from services import labels

    return _sent(await labels.of_pallet(caller.office, caller.actor, sscc, wanted.wish(caller.actor, "100x150")))


@router.get("/test/{code}", responses=answers(), **_OK)
async def test(caller: Reading, code: Symbol, wanted: Wanted) -> Response:
    """A code of known content, to test a scanner with."""
    from services import labels

    return _sent(await labels.of_test(caller.office, caller.actor, code, wanted.wish(caller.actor, "100x70")))


def _sent(printed: Any) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{printed.name}"', "X-Content-Type-Options": "nosniff"}
    return Response(printed.content, 200, headers, printed.media_type)
