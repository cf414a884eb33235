"""The documents that are printed: of what each is made, on which paper, with which fields of the law, bearing which seal.

One table for all of them. The columns and the head name fields of the glossary; what stands in them comes from the same
rows as the registers, so a paper and its register cannot differ. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from domain.errors import Text
from domain.stock import MoveKind

Paper = Literal["a4", "a4_wide", "continuous"]
SIZES: dict[Paper, tuple[float, float]] = {"a4": (210, 297), "a4_wide": (297, 210), "continuous": (241, 140)}
"""Width and height in millimetres. 241 × 140 mm is the two-part continuous form of needle printers (241-2)."""
PAPER_TEXTS: dict[Paper, Text] = {
    "a4": Text("A4", "A4"),
    "a4_wide": Text("A4 横", "A4 wide"),
    "continuous": Text("241×140 连续纸", "241 × 140 continuous"),
}
Source = Literal["voucher", "case", "subject", "label"]


@dataclass(frozen=True)
class Column:
    """A column of lines: its words (none: those of its first key), the fields in it one below the other, its width."""

    keys: tuple[str, ...]
    share: float
    title: Text | None = None
    is_number: bool = False


@dataclass(frozen=True)
class Signer:
    """A place to sign at. Whoever signed in the case before, meaning one of ``meanings`` in one of ``roles``, is named."""

    title: Text
    meanings: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A kind of document. ``source``: a voucher (a posting of one of ``kinds``), a case, a partner or product, a label.

    ``record`` is the record set of the law that it is; ``needs``: a document of a case is offered where the case holds
    all of these fields; ``signers``: who signs it.
    """

    key: str
    title: Text
    source: Source
    law: str = ""
    record: str = ""
    papers: tuple[Paper, ...] = ("a4",)
    template: str = "paper.typ"
    kinds: frozenset[MoveKind] = frozenset()
    needs: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    signers: tuple[Signer, ...] = ()
    has_seal: bool = False
    adds_money: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that stands on it."""
        return (*self.head, *(key for column in self.columns for key in column.keys))


_K = MoveKind
LEAVING = frozenset({_K.ISSUE, _K.KIT_OUT, _K.CONSIGN, _K.TRANSFER_OUT, _K.RETURN_SUPPLIER})
_GOODS = (
    Column(("product_name",), 3.2),
    Column(("model", "specification"), 2.2, Text("型号 / 规格", "Model / specification")),
    Column(
        ("registration_no", "production_license_no"), 2.9, Text("注册证号 / 生产许可证号", "Registration / licence no.")
    ),
    Column(
        ("registrant_name", "contract_manufacturer_name"), 2.8,
        Text("注册人、备案人 / 受托生产企业", "Registrant / contract manufacturer"),
    ),
    Column(("lot_no", "serial_no"), 2.0, Text("批号 / 序列号", "Lot / serial no.")),
    Column(("expiry_date", "service_life"), 1.6, Text("失效日期 / 使用期限", "Expiry / service life")),
)  # fmt: skip
_SHORT_GOODS = (
    Column(("product_name",), 3.4),
    Column(("model", "specification"), 2.4, Text("型号 / 规格", "Model / specification")),
    Column(("registration_no",), 2.9),
    Column(("lot_no", "serial_no"), 2.0, Text("批号 / 序列号", "Lot / serial no.")),
    Column(("expiry_date",), 1.6),
)
_COUNT = (Column(("quantity",), 1.0, Text("数量", "Qty"), is_number=True), Column(("unit",), 0.8))
_CLIMATE = Column(("storage_condition", "transport_condition"), 2.2, Text("贮存 / 运输条件", "Storage / transport"))
_TO = ("consignee_name", "delivery_address", "consignee_contact")
_WIDE: tuple[Paper, ...] = ("a4_wide", "continuous")
_RECEIVER = Signer(Text("收货人签字 / 日期", "Received by / date"))

DOCUMENTS: tuple[Document, ...] = (
    Document(
        "delivery_note", Text("随货同行单", "Delivery note"), "voucher", "GSP 91–93", "R-15", _WIDE, kinds=LEAVING,
        head=("shipper_name", *_TO, "ship_date", "storage_transport_provider", "sales_order_no", "online_order_no"),
        columns=(*_GOODS, *_COUNT, _CLIMATE), has_seal=True,
        signers=(
            Signer(Text("复核员", "Reviewed by"), ("verified", "review"), ("outbound_reviewer",)),
            Signer(Text("送货人", "Delivered by")),
            _RECEIVER,
        ),
    ),
    Document(
        "outbound_order", Text("出库单", "Outbound order"), "voucher", "GSP 87–88", "R-14", _WIDE, kinds=LEAVING,
        adds_money=True,
        head=(
            "purchaser_name", "delivery_address", "purchaser_contact", "outbound_date", "sales_order_no",
            "outbound_review_result",
        ),
        columns=(
            *_GOODS, *_COUNT, Column(("unit_price",), 1.2, is_number=True), Column(("amount",), 1.4, is_number=True),
            Column(("from_location",), 1.5, Text("货位", "Location")),
        ),
        signers=(
            Signer(Text("拣货员", "Picked by"), ("performed",), ("warehouse_keeper",)),
            Signer(Text("复核员", "Reviewed by"), ("verified", "review"), ("outbound_reviewer",)),
            Signer(Text("财务", "Finance")),
        ),
    ),
    Document(
        "transport_record", Text("运输记录 / 交接单", "Transport record and hand-over"), "voucher", "GSP 95–98", "R-17", _WIDE,
        kinds=LEAVING,
        head=(*_TO, "ship_date", "transport_mode", "carrier_name", "waybill_no", "vehicle_plate_no", "transport_staff",
              "departure_time", "departure_temp"),
        columns=(*_SHORT_GOODS, *_COUNT, Column(("transport_condition",), 1.8)),
        signers=(
            Signer(Text("发货人", "Handed over by")),
            Signer(Text("承运人 / 司机", "Carrier / driver")),
            _RECEIVER,
        ),
    ),
    Document(
        "inbound_receipt", Text("收货单", "Receiving note"), "voucher", "GSP 60–62", "R-06", _WIDE, kinds=frozenset({_K.RECEIVE}),
        head=(
            "supplier_name", "supplier_contact", "delivery_note_no", "transport_mode", "carrier_name", "arrival_time",
            "warehouse",
        ),
        columns=(*_GOODS, *_COUNT, Column(("location",), 1.5, Text("待验货位", "Pending location"))),
        signers=(
            Signer(Text("交货人", "Delivered by")),
            Signer(Text("收货员", "Received by"), ("received",)),
            Signer(Text("验收员", "Inspected by"), ("inspected",)),
        ),
    ),
    Document(
        "return_receipt", Text("销售退回单", "Sales return"), "voucher", "GSP 106–107", "R-18", _WIDE,
        kinds=frozenset({_K.RETURN, _K.KIT_BACK, _K.CONSIGN_BACK}),
        head=("returner_name", "return_date", "original_outbound_no", "return_reason", "warehouse"),
        columns=(*_GOODS, *_COUNT, _CLIMATE),
        signers=(
            Signer(Text("退货人", "Returned by")),
            Signer(Text("收货员", "Received by"), ("received",)),
            Signer(Text("验收员", "Inspected by"), ("inspected",)),
        ),
    ),
    Document(
        "purchase_return", Text("购进退出单", "Return to supplier"), "voucher", "GSP 69, 106", "R-14", _WIDE,
        kinds=frozenset({_K.RETURN_SUPPLIER}),
        head=("supplier_name", "supplier_address", "supplier_contact", "outbound_date", "nonconformity_description"),
        columns=(*_GOODS, *_COUNT), has_seal=True,
        signers=(
            Signer(Text("经办人", "Handled by")),
            Signer(Text("质量复核", "Quality review"), ("verified", "quality_rule"), ("quality_staff", "quality_director")),
            _RECEIVER,
        ),
    ),
    Document(
        "destruction_record", Text("不合格品销毁记录", "Record of destruction"), "voucher", "GSP 19(6), 21(14), 69", "R-19", _WIDE,
        kinds=frozenset({_K.DESTROY}),
        head=(
            "nc_no", "destruction_date", "destruction_place", "destruction_method", "destruction_witness",
            "nonconformity_description",
        ),
        columns=(*_GOODS, *_COUNT),
        signers=(
            Signer(Text("销毁人", "Destroyed by"), ("performed",), ("warehouse_keeper",)),
            Signer(Text("监销人", "Witnessed by"), ("verified",), ("quality_staff", "quality_director")),
            Signer(Text("批准人", "Approved by"), ("approve",)),
        ),
    ),
    Document(
        "stock_voucher", Text("库存凭证", "Stock voucher"), "voucher", "GSP 21", "", _WIDE,
        kinds=frozenset(MoveKind) - LEAVING - {_K.RECEIVE, _K.RETURN, _K.KIT_BACK, _K.CONSIGN_BACK, _K.DESTROY},
        head=("warehouse", "moved_at", "move_words"),
        columns=(
            *_SHORT_GOODS, *_COUNT, Column(("from_location", "from_status"), 1.9, Text("原货位 / 状态", "From / status")),
            Column(("location", "to_status"), 1.9, Text("货位 / 状态", "To / status")),
        ),
        signers=(
            Signer(Text("经办人", "Handled by")),
            Signer(Text("复核", "Checked by")),
        ),
    ),
    Document(
        "dispatch_notice", Text("发货通知单", "Dispatch notice"), "case", "GSP 83–84", "", ("a4_wide", "continuous"),
        needs=("sales_order_no",),
        head=("sales_order_no", "purchaser_name", "delivery_address", "purchaser_contact", "sale_date", "delivery_way"),
        columns=(*_SHORT_GOODS, *_COUNT, Column(("location_code",), 1.6, Text("拣货货位", "Pick from"))),
        signers=(
            Signer(Text("制单", "Made by")),
            Signer(Text("拣货员", "Picked by"), ("performed",), ("warehouse_keeper",)),
            Signer(Text("复核员", "Reviewed by"), ("verified", "review"), ("outbound_reviewer",)),
        ),
    ),
    Document(
        "packing_check", Text("冷链装箱装车检查记录", "Cold packing and loading check"), "case", "GSP 95", "R-16",
        ("a4_wide", "continuous"), needs=("box_precool_ok",),
        head=(
            "box_precool_ok", "packing_env_ok", "vehicle_precool_ok", "departure_time", "departure_temp",
            "vehicle_plate_no",
        ),
        columns=(*_SHORT_GOODS, *_COUNT, Column(("storage_condition",), 1.8)),
        signers=(
            Signer(Text("冷链作业专人", "Cold-chain operator"), ("performed",), ("cold_chain_operator",)),
            Signer(Text("复核", "Checked by")),
        ),
    ),
    Document(
        "acceptance_record", Text("进货查验（验收）记录", "Acceptance record"), "case", "GSP 65", "R-08",
        template="acceptance_record.typ", needs=("lines", "supplier_name"),
    ),
    Document(
        "qualification_pack", Text("首营资料包", "Qualification pack"), "subject", "GSP 53–54, 82", template="pack.typ",
        has_seal=True,
    ),
    Document("label", Text("标签", "Label"), "label", "GSP 69", "", (), template="label.typ"),
)  # fmt: skip
BY_KEY: dict[str, Document] = {one.key: one for one in DOCUMENTS}


def of_voucher(kinds: Collection[MoveKind]) -> tuple[Document, ...]:
    """The documents of a posting whose moves are of these kinds."""
    return tuple(one for one in DOCUMENTS if one.source == "voucher" and one.kinds & set(kinds))


def copy_words(copy_no: int) -> Text | None:
    """What a copy says: nothing on the first, which print it is on every later one, that it is no print on none."""
    if copy_no == 0:
        return Text("预览，未打印", "Preview, not printed")
    return None if copy_no == 1 else Text(f"补打 第 {copy_no} 次打印", f"Reprint, copy {copy_no}")
