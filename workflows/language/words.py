"""The words of the language: what each means, where each may stand, and the limits on their values."""

from __future__ import annotations

from domain.errors import Text

LANGUAGE = 1
"""The value of ``gspflow:``; it names the meaning of the words, not the release of the program."""

TOP: dict[str, Text] = {
    "gspflow": Text("语言版本，固定为 1", "Version of the language: 1"),
    "process": Text("流程键，全公司唯一", "Key of the process, unique in the company"),
    "version": Text("本流程的版本（语义化版本，如 1.0.0）", "Version of this SOP (semantic, like 1.0.0)"),
    "title": Text("流程名称，中英文", "Name of the process in both languages"),
    "owner": Text("负责本流程的岗位", "The role that owns this SOP"),
    "basis": Text("依据的法规条款，须在条款目录中", "Clauses it rests on; each must be in the clause catalogue"),
    "effective_from": Text(
        "生效日期；不写则自最后一次签名起", "First day in force; left out: from the last signature on"
    ),
    "start": Text("谁用哪张表单发起", "Who begins a case and with which form"),
    "key": Text(
        "业务键：运行中的案卷里唯一，只读 start 字段", "Business key: unique while running; reads start fields only"
    ),
    "data": Text("案卷数据的结构", "The schema of the case's data"),
    "on_message": Text(
        "案卷进行中收到消息时去哪一步：按 keys 匹配",
        "Where the case goes when a message arrives while it runs; matched by `keys`",
    ),
    "steps": Text("步骤，按顺序执行", "The steps, in order"),
}
TOP_REQUIRED = ("gspflow", "process", "version", "title", "owner", "start", "steps")

KINDS: dict[str, Text] = {
    "task": Text("一个人填写表单；值是岗位", "One person fills a form; the value is the role"),
    "approve": Text("一人或多人审批", "One or more people decide"),
    "call": Text("调用目录中的系统动作", "Calls an activity of the catalogue"),
    "decide": Text("按决策表判定", "Evaluates a decision table"),
    "set": Text("用表达式写入数据字段", "Writes data fields by expressions"),
    "branch": Text("按条件走第一个成立的分支", "The first arm whose condition holds; an else is required"),
    "parallel": Text("同时进行的几组步骤", "Groups of steps that run at the same time"),
    "foreach": Text("对列表的每一项执行一组步骤", "A group of steps for each item of a list"),
    "loop": Text(
        "条件成立时重复一组步骤，至多 max 次", "Repeats a group of steps while a condition holds, `max` times at most"
    ),
    "wait": Text(
        "等待时间、消息或条件，或其中最先发生的", "Waits for a time, a message, a condition, or the first of several"
    ),
    "start": Text("启动另一个流程：名称@版本范围", "Starts another process: name@range of versions"),
    "notify": Text(
        "抄送通知；acknowledge 时须确认已阅", "Tells people; with `acknowledge` it waits until they have read it"
    ),
    "end": Text("结束案卷：completed、cancelled 或 terminated", "Ends the case: completed, cancelled or terminated"),
}

COMMON: dict[str, Text] = {
    "id": Text(
        "步骤键，在流程内唯一，各版本间不得改作他用", "Key of the step, unique in the process, never reused for another"
    ),
    "title": Text(
        "步骤名称，中英文；花括号里可写表达式", "Name of the step in both languages; braces hold expressions"
    ),
    "help": Text("给操作人的说明", "Advice for the person at work"),
    "basis": Text("依据的法规条款", "Clauses this step rests on"),
    "when": Text("进入条件；不成立则跳过", "Condition of entry; the step is skipped when it is false"),
    "next": Text("完成后去哪一步；end_of_block 表示离开本组", "Where to go on success; end_of_block leaves the group"),
    "on": Text("各结果去哪一步", "Where each outcome goes"),
}
KEYS: dict[str, Text] = {
    **COMMON,
    "cancel_when": Text(
        "取消条件：每条记录之后重新判断，成立则取消本步并按跳过继续",
        "Asked again after every record; once it holds, the step is cancelled and the case goes on as if it were skipped",
    ),
    "form": Text("表单文件", "The form's file"),
    "with": Text("调用或子流程的输入：字段 → 表达式", "Input of the call or the sub-process: field → expression"),
    "do": Text("组内步骤", "The steps of the group"),
    "outcomes": Text("结果按钮，第一个为成功", "The buttons; the first is the success"),
    "into": Text("结果写到哪里：data、本项名或 none", "Where the values go: data, the item's name, or none"),
    "due": Text("期限，如 P1D、PT4H、work:PT2H", "Deadline, like P1D, PT4H or work:PT2H"),
    "escalate": Text("到期后提醒或增加办理岗位", "Whom to remind, or which role to add, so long after the deadline"),
    "priority": Text("优先级：low、normal、high、urgent", "Priority: low, normal, high or urgent"),
    "sign": Text("签名含义", "What the signature means"),
    "external_signature": Text("外部人员签名", "Signature of a person without an account"),
    "fields": Text("本步隐藏或只读的字段", "Fields that are hidden or read-only at this step"),
    "allow": Text(
        "允许的操作：转办、委派、加签、退回等",
        "What people may do besides: transfer, delegate, add signers, return and so on",
    ),
    "not_same_as": Text("不得与这些步骤同一人", "Must not be a person who acted at these steps"),
    "same_as": Text("须与这一步同一人", "Must be the person who acted at this step"),
    "needs": Text("当日须有效的资格", "Qualifications that must be valid on the day"),
    "retry": Text("调用失败后的重试", "How often a failed call is tried again"),
    "undo": Text("退回、撤销时的反向动作", "The reverse action on return and cancel"),
    "mutex": Text(
        "同一案卷内同名的步骤不同时进行", "Steps of a case with the same name here never run at the same time"
    ),
    "on_return": Text(
        "退回重做：redo 或 keep_unchanged", "What a return does with unchanged items: redo or keep_unchanged"
    ),
    "after_return": Text(
        "被退回的步骤重做之后：walk 或 jump_back", "After the step it was returned to: walk or jump_back"
    ),
    "child_on_return": Text(
        "退回时子流程：keep、cancel 或 refuse", "What a return does with the sub-process: keep, cancel or refuse"
    ),
    "detached": Text("子流程独立运行，不等待它结束", "The sub-process runs on its own; nobody waits for its end"),
    "acknowledge": Text("须确认已阅，阅读留作证据", "Reading is confirmed and kept as evidence"),
    "join": Text("汇合：all、any 或 n_of", "When the group is complete: all, any or n_of"),
    "n": Text("n_of 时达到几个即汇合", "How many complete the group, with n_of"),
    "rest": Text("汇合后其余的：cancel 或 ignore", "What becomes of the rest: cancel or ignore"),
    "as": Text("本项在表达式里的名字", "The item's name in expressions"),
    "item_key": Text("本项的唯一键（表达式）", "The item's unique key (an expression)"),
    "min": Text("最少项数，默认 1", "Fewest items, 1 if left out"),
    "mode": Text("各项 parallel（同时）或 sequence（依次）", "How items run: parallel or sequence"),
    "open": Text("进行中可增加项", "Items can be added while it runs"),
    "add_by": Text("哪些岗位可增加项、宣布不再增加", "Which roles may add items and say that no more will come"),
    "until": Text("条件成立后不再增加项", "Once it holds, no more items are added"),
    "seal": Text("结束后封存记录", "Freezes the record at the end"),
}

_OF_PEOPLE = frozenset(
    "form outcomes into due escalate priority sign fields allow not_same_as same_as needs after_return".split()
)
_JOINED = frozenset({"join", "n", "rest"})
_LASTING = frozenset({"cancel_when", "mutex"})
"""What takes time can be cancelled, and can hold a mutex."""
KIND_KEYS: dict[str, frozenset[str]] = {
    "task": _OF_PEOPLE | _LASTING | {"external_signature"},
    "approve": _OF_PEOPLE | _LASTING,
    "call": frozenset({"with", "into", "retry", "undo", "mutex"}),
    "decide": frozenset(),
    "set": frozenset({"into"}),
    "branch": frozenset(),
    "parallel": _JOINED | _LASTING,
    "foreach": _JOINED | _LASTING | {"do", "as", "item_key", "min", "mode", "open", "add_by", "until", "on_return"},
    "loop": _LASTING | {"do"},
    "wait": _LASTING,
    "start": _LASTING | {"with", "retry", "detached", "child_on_return"},
    "notify": frozenset({"acknowledge", "cancel_when"}),
    "end": frozenset({"seal"}),
}
"""Keys a kind takes besides the common ones."""
NOT_COMMON: dict[str, frozenset[str]] = {"branch": frozenset({"next", "on"}), "end": frozenset({"next", "on"})}
"""Common keys that a kind does not take: its own words say where it goes."""
KIND_REQUIRED: dict[str, tuple[str, ...]] = {
    "task": ("title",),
    "approve": ("title",),
    "foreach": ("as", "item_key", "do"),
    "loop": ("do",),
}
BLOCK_KINDS = frozenset({"parallel", "foreach", "loop"})
"""Kinds with steps of their own."""
PEOPLE_KINDS = frozenset({"task", "approve"})
"""Kinds at which people act."""

START_KEYS = ("by", "form")
DATA_KEYS = ("schema",)
MESSAGE_KEYS = ("keys", "to")
LOOP_KEYS = ("while", "max")
WAIT_KINDS = ("timer", "message", "condition")
WAIT_KEYS: dict[str, tuple[str, ...]] = {
    "timer": ("timer",),
    "message": ("message", "keys", "keep"),
    "condition": ("condition",),
}
"""The words of one thing that is waited for; within `first_of` each takes `to` as well."""
APPROVE_KEYS = ("by", "rule", "n", "ratio", "veto")
APPROVE_RULES = ("all", "any", "n_of", "ratio", "sequence")
SIGN_KEYS = ("meaning", "reauth")
RETRY_KEYS = ("max", "then")
ESCALATE_KEYS = ("after", "remind", "add")
ASSIGNEE = "assignee"
"""Whom `remind` means besides roles: the person who has the task."""
OUTCOME_KEYS = ("key", "zh", "en")
JOINS = ("all", "any", "n_of")
RESTS = ("cancel", "ignore")
MODES = ("parallel", "sequence")
ENDS = ("completed", "cancelled", "terminated")
CHILD_OUTCOMES = ("completed", "cancelled", "terminated")
"""How an attached sub-process can end; the first is the success."""
EXHAUSTED = "exhausted"
"""How a loop ends whose condition still holds after its last round; unless it is routed, that is an incident."""
FIELD_MODES = ("hide", "read")
ON_RETURN = ("redo", "keep_unchanged")
AFTER_RETURN = ("walk", "jump_back")
CHILD_ON_RETURN = ("keep", "cancel", "refuse")
ALLOW_VERBS: dict[str, Text] = {
    "transfer": Text("转办", "hand over for good"),
    "delegate": Text("委派", "have another act and return it"),
    "add_signer": Text("加签", "add a signer"),
    "remove_signer": Text("减签", "remove a signer"),
    "withdraw": Text("撤回", "take back one's act until the next person has opened the case"),
    "ask": Text("沟通", "ask somebody for what is missing"),
    "comment": Text("评论", "comment"),
    "urge": Text("催办", "urge"),
    "snooze": Text("稍后提醒", "put aside for a while"),
}
"""What `allow` may name, besides `{return_to: [steps]}`."""
END_OF_BLOCK = "end_of_block"
INTO_NONE = "none"
GLOSSARY_OUTCOMES = ("done", "approved", "rejected")
"""Outcomes whose words the program knows: a bare key is enough."""
RESERVED_NAMES = frozenset(
    "start data steps case now today msg form row true false null in has size none end_of_block".split()
)
"""Names that ``as`` cannot take: expressions use them already."""

STEPS_MAX = 200
ROUNDS_MAX = 50
RETRY_MAX = 20
ITEMS_MAX = 500
TITLE_CHARACTERS_MAX = 200
HELP_CHARACTERS_MAX = 2000
PINNED_BYTES_MAX = 512 * 1024
