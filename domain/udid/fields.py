"""The tags of a device record and what they mean.

Source: the release files of udi.nmpa.gov.cn and the data set of YY/T 1752-2020; `versionStauts` is spelled so there.
"""

from __future__ import annotations

from domain.errors import Text

KEY, VERSION, DI = "deviceRecordKey", "versionNumber", "zxxsdycpbs"
STATUS = "versionStauts"
CORRECTION = "correctionNumber"
FIELDS: dict[str, Text] = {
    "zxxsdycpbs": Text("最小销售单元产品标识", "DI of the smallest sale unit"),
    "cpbsbmtxmc": Text("产品标识编码体系", "Issuing system"),
    "cpbsfbrq": Text("产品标识发布日期", "Published on"),
    "zxxsdyzsydydsl": Text("最小销售单元中使用单元的数量", "Units of use in the sale unit"),
    "sydycpbs": Text("使用单元产品标识", "DI of the unit of use"),
    "bszt": Text("标识载体", "Carrier"),
    "sfyzcbayz": Text("与注册/备案产品标识是否一致", "Same DI as registered"),
    "zcbacpbs": Text("注册/备案产品标识", "Registered DI"),
    "sfybtzjbs": Text("是否有本体直接标识", "Marked on the device itself"),
    "btcpbsyzxxsdycpbssfyz": Text("本体标识与最小销售单元是否一致", "Direct mark same as DI"),
    "btcpbs": Text("本体产品标识", "Direct mark DI"),
    "cpmctymc": Text("产品名称/通用名称", "Generic name"),
    "spmc": Text("商品名称", "Trade name"),
    "ggxh": Text("规格型号", "Model and specification"),
    "sfwblztlcp": Text("是否为包类/组套类产品", "Kit or set"),
    "cpms": Text("产品描述", "Description"),
    "cphhhbh": Text("产品货号或编号", "Item number"),
    "yflbm": Text("原分类编码", "Former class code"),
    "qxlb": Text("器械类别", "Kind of device"),
    "flbm": Text("分类编码", "Class code"),
    "tyshxydm": Text("统一社会信用代码", "Unified social credit code"),
    "zczbhhzbapzbh": Text("注册证/备案凭证编号", "Registration number"),
    "ylqxzcrbarmc": Text("注册人/备案人名称", "Registrant"),
    "ylqxzcrbarywmc": Text("注册人/备案人英文名称", "Registrant in English"),
    "ybbm": Text("医保耗材分类编码", "Medical insurance code"),
    "cplb": Text("产品类别", "Kind of product"),
    "cgzmraqxgxx": Text("磁共振安全信息", "MR safety"),
    "sfbjwycxsy": Text("是否标记为一次性使用", "Single use"),
    "zdcfsycs": Text("最大重复使用次数", "Most uses"),
    "sfwwjbz": Text("是否为无菌包装", "Sterile packing"),
    "syqsfxyjxmj": Text("使用前是否需要灭菌", "Sterilise before use"),
    "mjfs": Text("灭菌方式", "Sterilisation"),
    "qtxxdwzlj": Text("其他信息网址", "More at"),
    "tsrq": Text("退市日期", "Withdrawn from the market on"),
    "scbssfbhph": Text("生产标识是否包含批号", "PI holds the lot"),
    "scbssfbhxlh": Text("生产标识是否包含序列号", "PI holds the serial number"),
    "scbssfbhscrq": Text("生产标识是否包含生产日期", "PI holds the production date"),
    "scbssfbhsxrq": Text("生产标识是否包含失效日期", "PI holds the expiry date"),
    "tscchcztj": Text("特殊储存或操作条件", "Special storage or handling"),
    "tsccsm": Text("特殊尺寸说明", "Special sizes"),
    "deviceRecordKey": Text("主键编号", "Key of the record"),
    "versionNumber": Text("公开的版本号", "Version"),
    "versionTime": Text("版本的发布时间", "Version of"),
    "versionStauts": Text("版本状态", "Status of the version"),
    "correctionNumber": Text("纠错次数", "Corrections"),
    "correctionRemark": Text("纠错说明", "What was corrected"),
    "correctionTime": Text("纠错时间", "Corrected on"),
}
LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "packingList": ("packing", ("bzcpbs", "cpbzjb", "bznhxyjcpbssl", "bznhxyjbzcpbs")),
    "storageList": ("storage", ("cchcztj", "zdz", "zgz", "jldw")),
    "clinicalList": ("clinical", ("lcsycclx", "ccz", "ccdw")),
    "contactList": ("contact", ("qylxrcz", "qylxryx", "qylxrdh")),
}
"""Lists of a record: the tag of an item, and the tags in it."""
DECLARED = "numberRkeyecordXML"
"""In the header of a file: how many records it has."""
