"""The picture of a trace as nodes and links: where goods came from, where they stand, who has them.

Only facts are joined here; where a node is drawn and which are folded together is the page's business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlmodel import Session

from domain.json_types import Json, JsonObject
from domain.tracing import part_of
from records import trace_flows as rows
from records.trace_flows import End, Way
from services.office import Office

DRAWN_MAX = 40
"""Lots that are drawn by themselves; more are told together."""
CAME_FROM = ("SUPPLIER", "REPACK", "ADJUST")
"""Places that goods of a lot begin in."""
OTHERS = 0
"""The lot that stands for all that are not drawn."""


async def ways(office: Office, traced: JsonObject) -> JsonObject:
    """The nodes and links of what `services.trace.lot` answered; the caller has been let in by that.

    Nodes are `{id, kind, lot_id?, name, name_en, code, quantity}`; links `{from, to, kind, quantity, lot_id}` of kind
    `flow`, `transit` or `repack`. The kinds of nodes are `supplier`, `lot`, `others`, `store`, `transit`, `customer` and
    the parts that goods end in.
    """
    return await office.db.reading(_ways, traced)


def _ways(session: Session, traced: Any) -> JsonObject:
    lots: dict[int, Any] = {one["lot_id"]: one for one in traced["lots"]}
    nearest = sorted(lots, key=lambda lot: (lots[lot]["repackings_away"], lot))
    drawn = set(nearest[:DRAWN_MAX])
    found = rows.ways(session, lots, drawn) if traced["direction"] == "down" else []
    sketch = _Sketch(traced, lots, drawn, rows.ends(session, found))
    for way in found:
        sketch.way(way)
    if traced["direction"] == "up":
        for party in traced["suppliers"]:
            sketch.supplied(party)
    for link in traced["links"]:
        sketch.repacked(link)
    return sketch.told()


class _Sketch:
    """Nodes and links while they are gathered."""

    def __init__(self, traced: Any, lots: Mapping[int, Any], drawn: set[int], ends: Mapping[int, End]) -> None:
        self.traced, self.lots, self.drawn, self.ends = traced, lots, drawn, ends
        self.roots = set(traced["roots"])
        self.among = None if traced["sites"] is None else set(traced["sites"])
        self.parties = {one["partner"]: one for one in (*traced["consignees"], *traced["suppliers"])}
        self.nodes: dict[str, dict[str, Any]] = {}
        self.opened_at: dict[int, set[str]] = defaultdict(set)
        self.sums: dict[tuple[str, str, str, int], int] = defaultdict(int)
        for lot_id in drawn:
            self._lot(lot_id)

    def way(self, one: Way) -> None:
        """One way of a lot, as a link between the nodes of its ends; through the lot itself where it came in."""
        if self._is_hidden(one.source) and (self._is_hidden(one.target) or self.ends[one.target].site is None):
            return  # what other sites did with their goods is theirs
        source, target, lot = self._end(one, one.source), self._end(one, one.target), self._lot(one.lot_id)
        if target is None:
            if source is not None:
                self.opened_at[one.lot_id].add(source)
            return
        if self.ends[one.source].kind in CAME_FROM:
            if source is not None:
                self._link(source, lot, "flow", one)
            source = lot
        if source is not None and source != target:
            kinds = (self.ends[one.source].kind, self.ends[one.target].kind)
            self._link(source, target, "transit" if "TRANSIT" in kinds else "flow", one)

    def supplied(self, party: Any) -> None:
        """What a supplier gave of a lot, going up."""
        lot = self._lot(party["lot_id"])
        self.sums[self._party("supplier", party["partner"]), lot, "flow", party["lot_id"]] += party["received"]

    def repacked(self, link: Any) -> None:
        """Units of one lot that became units of another."""
        source, target = self._lot(link["parent"]), self._lot(link["child"])
        stores = self.opened_at.get(link["parent"], set())
        if len(stores) == 1:  # all of it was opened in one store
            source = next(iter(stores))
        if source != target:
            self.sums[source, target, "repack", link["parent"]] += link["quantity_parent"]

    def told(self) -> JsonObject:
        """Nodes and links: what went there and came back is one link of the difference."""
        links: list[Json] = []
        for (source, target, kind, lot), qty in self.sums.items():
            net = qty - self.sums.get((target, source, kind, lot), 0)
            if net > 0:
                links.append({"from": source, "to": target, "kind": kind, "quantity": net, "lot_id": lot})
        used = {str(one[end]) for one in cast("list[Any]", links) for end in ("from", "to")}
        kept: list[Json] = [
            node for node in self.nodes.values() if node["id"] in used or node.get("lot_id") in self.roots
        ]
        return {"nodes": kept, "links": links}

    # ------------------------------------------------------------ nodes

    def _link(self, source: str, target: str, kind: str, one: Way) -> None:
        self.sums[source, target, kind, one.lot_id] += one.qty

    def _is_hidden(self, key: int) -> bool:
        """Whether a store or road belongs to a site that the caller does not see."""
        site = self.ends[key].site
        return self.among is not None and site is not None and site not in self.among

    def _end(self, one: Way, key: int) -> str | None:
        """The node of an end; ``None`` for repacking, which the links tell, and for what other sites hold."""
        end = self.ends[key]
        if end.kind == "REPACK":
            return None
        if self._is_hidden(key):
            return self._node("elsewhere:site", "other_sites")
        if end.kind == "STORE":
            return self._store(one.lot_id, end) if one.lot_id in self.roots else self._lot(one.lot_id)
        if end.kind == "TRANSIT":
            return self._road(one.lot_id, end) if one.lot_id in self.roots else self._lot(one.lot_id)
        if end.kind == "SUPPLIER":
            return self._party("supplier" if key == one.source else "sent_back", one.partner)
        if end.kind == "CUSTOMER" or (part_of(end.kind) == "elsewhere" and one.partner is not None):
            return self._party("customer", one.partner)
        came = "found" if end.kind == "ADJUST" and key == one.source else part_of(end.kind).value
        return self._node(came, came)

    def _lot(self, lot_id: int) -> str:
        if lot_id not in self.drawn:
            return self._node("lot:0", "others", lot_id=OTHERS, count=len(self.lots) - len(self.drawn))
        one = self.lots[lot_id]
        stands = sum(one["parts"][part] for part in ("in_stock", "in_transit"))
        more = {"lot_id": lot_id, "name": one["lot"], "code": one["product"], "quantity": stands, "unit": one["unit"]}
        return self._node(f"lot:{lot_id}", "lot", **more, about=one["product_name"], about_en=one["product_name_en"])

    def _store(self, lot_id: int, end: End) -> str:
        held: dict[str, int] = defaultdict(int)
        for one in self.traced["stock"]:
            if one["lot_id"] == lot_id and one["warehouse"] == end.code and one["kind"] in rows.STORES:
                held[one["status"]] += one["quantity"]
        more = {"lot_id": lot_id, "code": end.code, "name": end.name, "name_en": end.name_en or end.name}
        return self._node(f"store:{lot_id}:{end.key}", "store", **more, held=dict(held), quantity=sum(held.values()))

    def _road(self, lot_id: int, end: End) -> str:
        held = [one for one in self.traced["stock"] if one["lot_id"] == lot_id and one["location"] == end.code]
        more = {"lot_id": lot_id, "code": end.code, "name": end.name or end.code, "name_en": end.name_en or end.code}
        return self._node(
            f"transit:{lot_id}:{-end.key}", "transit", **more, quantity=sum(one["quantity"] for one in held)
        )

    def _party(self, kind: str, partner: int | None) -> str:
        one = self.parties.get(partner)
        if one is None:
            return self._node(f"{kind}:none", kind, name="", name_en="", code="", partner=None)
        more: dict[str, Any] = {"name": one["name"], "name_en": one["name_en"] or one["name"], "code": one["code"]}
        return self._node(f"{kind}:{partner}", kind, **more, partner=partner)

    def _node(self, key: str, kind: str, **more: Any) -> str:
        self.nodes.setdefault(key, {"id": key, "kind": kind, **more})
        return key


def is_empty(told: JsonObject) -> bool:
    """Whether nothing moved."""
    return not cast("Sequence[Json]", told["links"])
