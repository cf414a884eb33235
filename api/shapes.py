"""What requests hold, as models that refuse what they do not know; and the models that describe answers."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from domain.errors import Fault, Text
from services.actor import Proof
from services.late_entry import LateEntry

Word = Annotated[str, Field(max_length=200)]
Prose = Annotated[str, Field(max_length=4000)]


class Strict(BaseModel):
    """A request whose every word is known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Lenient(BaseModel):
    """A request in which words that only the server may write (`signed_by`, `signed_at`, …) are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)


class Signature(Lenient):
    """How a person signs: the meaning, and with `reauth` a password, or a badge with its PIN."""

    meaning: Word
    password: Word | None = None
    otp: Word | None = None
    badge: Word | None = None
    pin: Word | None = None
    reason: Prose | None = None

    def proof(self) -> Proof:
        """The same for `services`."""
        return Proof(self.meaning, self.password, self.badge, self.pin, self.reason)


class ExternalSignature(Lenient):
    """The mark of somebody without an account, on the glass or on a photographed note."""

    name: Word
    attachment_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    how: Annotated[str, Field(pattern="^(glass|note)$")]


class Witness(Lenient):
    """The second person of a late entry, who proves to be there with a password, or a badge and its PIN."""

    user: Word
    password: Word | None = None
    badge: Word | None = None
    pin: Word | None = None


class Late(Lenient):
    """The paper on which something was done first: its number, its photograph, when, why it is late, who saw it."""

    paper_no: Word
    photo_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    business_at: Word
    reason: Prose
    second: Witness

    def entry(self) -> LateEntry:
        """The same for `services`."""
        who = self.second
        proof = Proof("verified", who.password, who.badge, who.pin, None)
        return LateEntry(self.paper_no, self.photo_sha256, self.business_at, self.reason, who.user, proof)


class ProblemShape(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ErrorShape] | None = None
    rule: str | None = None
    articles: list[str] | None = None
    refusal_id: str | None = None
    who_can: list[str] | None = None
    done_by: str | None = None
    done_at: str | None = None
    outcome: str | None = None


class ErrorShape(BaseModel):
    """One thing wrong: `pointer` (RFC 6901) says where."""

    pointer: str
    code: str
    message: str


ProblemShape.model_rebuild()


def proof_of(signature: Signature | None) -> Proof | None:
    """The proof of a signature that may be missing."""
    return signature.proof() if signature else None


@cache
def model_of(view: Any) -> type[BaseModel]:
    """The model that describes a `TypedDict` of `services.views` in the OpenAPI document."""
    hints = get_type_hints(view, localns={"JsonObject": dict[str, Any]}, include_extras=True)
    fields: dict[str, Any] = {
        name: (_plain(hint), None if get_origin(hint) is NotRequired else ...) for name, hint in hints.items()
    }
    return create_model(view.__name__, **fields)


def _plain(hint: Any) -> Any:
    if is_typeddict(hint):
        return model_of(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return _plain(inner[0])
    if origin is dict:
        return dict[str, JsonValue]
    if origin is list:
        return list[_plain(inner[0])]
    if inner:
        joined: Any = _plain(inner[0])
        for part in inner[1:]:
            joined = joined | _plain(part)
        return joined
    return hint


def page_of(name: str, item: type[BaseModel] | None = None) -> type[BaseModel]:
    """The model of a page of a list."""
    kind: Any = list[item] if item else list[dict[str, Any]]
    return create_model(name, items=(kind, ...), next=(str | None, None))


def answers(*statuses: int, ok: type[BaseModel] | None = None, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The answers of a call for the OpenAPI document: the good one, and problems by status."""
    problem = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}}
    told = {number: {"description": TITLE[number], **problem} for number in (*statuses, 401, 422, 429, 503)}
    good: dict[str, Any] = {"description": "done"} if ok is None else {"description": "done", "model": ok}
    return {status: good, **told}


TITLE = {
    202: "accepted, being recorded",
    401: "not identified",
    403: "refused by a right or a rule",
    404: "not found",
    409: "in conflict",
    413: "too large",
    422: "invalid data",
    429: "too many requests",
    503: "unavailable for the moment",
}


def fault(pointer: str, code: str, zh: str, en: str) -> Fault:
    """One thing wrong in a request."""
    return Fault(pointer, code, Text(zh, en))
