"""`cold_chain.read_log`: what the attached logger file says about the journey.

A file that cannot be read is the declared error `unreadable_log`, which the SOP routes to the quality ruling.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from activities.context import ActivityContext, BusinessError, Call
from activities.logger_csv import LoggerFileError, read_points
from domain.canonical import normalize
from domain.clock import from_text, to_text
from domain.errors import Text
from domain.json_types import Json, JsonObject
from domain.temperature import Journey, LogSummary, judge, summarize
from records import facts, organisation

BYTES_MAX = 20 * 1024 * 1024


def read_log(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """Read the log, measure it against departure…arrival, and compare it with the case's own limit."""
    call = Call.from_json(envelope)
    mode = str(call.input["transport_mode"])
    with ctx.database.read() as session:
        limit = facts.gap_limit(session, call.case_id, mode)
        site = organisation.site(session, call.site)
    zone = ZoneInfo(site.zone if site else "Asia/Shanghai")
    journey = Journey(_moment(call, "departure"), _moment(call, "arrival"))
    try:
        points = read_points(_content(ctx.attachments, call.input.get("log")), zone, journey.departure)
    except LoggerFileError as error:
        raise BusinessError("unreadable_log", error.text, {"reason": error.code}) from error
    summary = summarize(points, journey)
    allowed = facts.range_of(call.input.get("temp_min"), call.input.get("temp_max"))
    is_ok = limit is not None and judge(summary, allowed, limit).key == "ok"
    return _output(summary, limit, is_ok)


def attachment_path(folder: Path, sha256: str) -> Path:
    """Where the file with this hash lies: `<folder>/<first two digits>/<hash>`, or directly in the folder."""
    nested = folder / sha256[:2] / sha256
    return nested if nested.exists() else folder / sha256


def _content(folder: Path, log: Json) -> bytes:
    sha = log.get("sha256") if isinstance(log, dict) else None
    if not isinstance(sha, str) or not re.fullmatch(r"[0-9a-f]{64}", sha):
        raise LoggerFileError("no_file", "没有附上温度记录文件。", "No temperature log is attached.")
    path = attachment_path(folder, sha)
    if not path.is_file():
        raise LoggerFileError(
            "file_missing",
            f"附件 {sha[:12]}… 不在附件库中。请重新上传。",
            f"Attachment {sha[:12]}… is not in the store. Attach it again.",
        )
    if path.stat().st_size > BYTES_MAX:
        raise LoggerFileError("too_large", "温度记录文件超过 20 MB。", "The temperature log is larger than 20 MB.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha:
        raise LoggerFileError(
            "file_changed",
            f"附件 {sha[:12]}… 的内容与其哈希不符，可能已被改动。",
            f"The content of attachment {sha[:12]}… does not match its hash; it may have been changed.",
        )
    return content


def _moment(call: Call, key: str) -> datetime:
    try:
        return from_text(str(call.input[key]))
    except (KeyError, ValueError) as error:
        raise BusinessError(
            "unreadable_log",
            Text(
                f"缺少有效的{_WORDS[key].zh}，无法核对温度记录。",
                f"There is no valid {_WORDS[key].en}; the log cannot be checked.",
            ),
        ) from error


_WORDS = {"departure": Text("启运时间", "departure time"), "arrival": Text("到货时间", "arrival time")}


def _output(summary: LogSummary, limit: Decimal | None, is_ok: bool) -> JsonObject:
    values: JsonObject = {
        "log_points": summary.points,
        "log_first_at": to_text(summary.first_at) if summary.first_at else None,
        "log_last_at": to_text(summary.last_at) if summary.last_at else None,
        "log_lowest": _two_places(summary.min_c, ROUND_FLOOR),
        "log_highest": _two_places(summary.max_c, ROUND_CEILING),
        "log_max_gap_min": summary.max_gap_min,
        "log_gap_limit_min": limit,
        "log_covers_transit": summary.covers,
        "transit_temp_ok": is_ok,
    }
    return {key: normalize(value) for key, value in values.items() if value is not None}


def _two_places(celsius: Decimal | None, rounding: str) -> Decimal | None:
    """Outwards, so that rounding never brings a reading back into range."""
    return None if celsius is None else celsius.quantize(Decimal("0.01"), rounding)
