"""Logger files as they come: delimiters, decimal commas, headers in Chinese or English, time zones, broken
files."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from activities.cold_chain import read_log
from activities.context import BusinessError
from activities.logger_csv import LoggerFileError, read_points
from domain.json_types import JsonObject
from tests.stock.conftest import House

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
"""Nine o'clock in Shanghai."""
FILES = {
    "English header": "Serial,ABC-1\nNo,Timestamp,Temperature(C),Humidity\n1,2026-11-22 09:00:00,5.0,40\n2,2026-11-22 09:05:00,5.4,41\n",
    "Chinese header, semicolon, decimal comma": "序号;时间;温度(℃)\n1;2026/11/22 09:00;5,0\n2;2026/11/22 09:05;5,4\n",
    "tab, date and time apart": "Date\tTime\tTemp °C\n22.11.2026\t09:00:00\t5.0\n22.11.2026\t09:05:00\t5.4\n",
    "stated zone": "Time zone: UTC+1\nDate/Time,Temp\n2026-11-22 02:00,5.0\n2026-11-22 02:05,5.4\n",
    "ISO with zone": "timestamp,celsius\n2026-11-22T01:00:00Z,5.0\n2026-11-22T09:05:00+08:00,5.4\n",
    "American": "Time,High Alarm,Temp\n11/22/2026 9:00 AM,8.0,5.0\n11/22/2026 9:05 AM,8.0,5.4\n",
    "no header": "1,2026-11-22 09:00,5.0\n2,2026-11-22 09:05,5.4\n",
    "Chinese moments with a summary": "时间,温度\n2026年11月22日 09:00,5.0 ℃\n2026年11月22日 09:05,5.4 ℃\n最高,5.4\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_files_of_many_loggers_give_the_same_points(name: str, encoding: str) -> None:
    points = read_points(FILES[name].replace("°", "").encode(encoding), SHANGHAI)
    assert [(p.at, p.celsius) for p in points] == [
        (NINE, Decimal("5.0")),
        (NINE + timedelta(minutes=5), Decimal("5.4")),
    ]


def test_day_and_month_are_not_guessed_but_told_by_the_journey() -> None:
    content = b"time,temp\n05/06/2026 09:00,5.0\n05/06/2026 09:05,5.1\n"
    with pytest.raises(LoggerFileError) as caught:
        read_points(content, UTC)
    assert caught.value.code == "ambiguous_date"
    june = read_points(content, UTC, datetime(2026, 6, 5, 8, tzinfo=UTC))
    may = read_points(content, UTC, datetime(2026, 5, 6, 8, tzinfo=UTC))
    assert (june[0].at.month, may[0].at.month) == (6, 5)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"hello\nworld\n", b"time,temp\n2026-11-22 09:00,5.0\n"]
)
def test_files_that_are_no_log_are_refused(content: bytes) -> None:
    with pytest.raises(LoggerFileError):
        read_points(content, SHANGHAI)


def attach(house: House, content: bytes) -> JsonObject:
    sha = hashlib.sha256(content).hexdigest()
    (house.attachments / sha).write_bytes(content)
    return {"sha256": sha, "name": "log.csv", "size": len(content), "media_type": "text/csv"}


def csv_of(minutes: range, celsius: str = "5.0") -> bytes:
    rows = [f"{NINE + timedelta(minutes=m):%Y-%m-%d %H:%M:%S}Z,{celsius}" for m in minutes]
    return "\n".join(["time,temperature", *rows]).encode()


def asked(house: House, log: JsonObject | None) -> JsonObject:
    given: JsonObject = {
        "log": log,
        "transport_mode": "vehicle",
        "departure": "2026-11-22T01:00:00.000Z",
        "arrival": "2026-11-22T03:00:00.000Z",
        "temp_min": 2,
        "temp_max": 8,
    }
    return read_log(house.ctx, house.case().envelope("lines#1/[L1]#1/read_log#1", "cold_chain.read_log", given))


def test_a_log_without_gap_is_in_order_and_its_numbers_are_exact(house: House) -> None:
    answer = asked(house, attach(house, csv_of(range(0, 121, 5), "5.25")))
    assert answer == {
        "log_points": 25,
        "log_first_at": "2026-11-22T01:00:00.000Z",
        "log_last_at": "2026-11-22T03:00:00.000Z",
        "log_lowest": Decimal("5.25"),
        "log_highest": Decimal("5.25"),
        "log_max_gap_min": 5,
        "log_gap_limit_min": 5,
        "log_covers_transit": True,
        "transit_temp_ok": True,
    }


@pytest.mark.parametrize(
    "content", [csv_of(range(0, 121, 6)), csv_of(range(0, 61, 5)), csv_of(range(0, 121, 5), "8.1")]
)
def test_a_log_with_a_fault_is_read_but_not_in_order(house: House, content: bytes) -> None:
    assert asked(house, attach(house, content))["transit_temp_ok"] is False


def test_a_missing_or_changed_or_broken_file_is_an_outcome(house: House) -> None:
    changed = attach(house, csv_of(range(0, 121, 5)))
    (house.attachments / str(changed["sha256"])).write_bytes(b"time,temp\n")
    absent: list[JsonObject | None] = [None, {"sha256": "0" * 64}, {"sha256": "../etc/passwd"}]
    for log in (*absent, changed, attach(house, b"not a log")):
        with pytest.raises(BusinessError) as caught:
            asked(house, log)
        assert caught.value.code == "unreadable_log"
