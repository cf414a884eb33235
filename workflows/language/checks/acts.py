"""What people may do at a step besides doing it: fields they see, steps they return to, the same person again."""

from __future__ import annotations

from typing import Any

from rules.errors import ExprSyntaxError
from rules.names import paths_read
from rules.template import parse_template
from workflows.language.checks.graph import Graph, Node
from workflows.language.checks.scopes import properties_of, required_of
from workflows.language.findings import join
from workflows.language.outline import BlockView, StepView
from workflows.language.subject import Subject, suggestion
from workflows.language.words import PEOPLE_KINDS


def check(subject: Subject) -> None:
    """Report fields, targets of a return, persons and mutexes that cannot work."""
    graph = Graph(subject) if all(step.kind for step in subject.outline.steps) else None
    for step in subject.outline.steps:
        if step.kind in PEOPLE_KINDS:
            _fields(subject, step)
            _same_as(subject, step)
            _returns(subject, step, graph)
        _mutex(subject, step)
    _shown_in_titles(subject)


# ---------------------------------------------------------------- fields
def _fields(subject: Subject, step: StepView) -> None:
    modes = step.mapping("fields")
    if not modes:
        return
    form = subject.form(step.text("form"))
    schema = subject.schema(step.text("form"))
    if schema is None:
        if "form" not in step.raw:
            subject.add(
                "field_unknown",
                step.at("fields"),
                "本步没有表单，没有字段可隐藏；请写 form 或删去 fields。",
                "This step has no form and no fields: add a `form` or remove `fields`.",
                key=True,
            )
        return
    known = properties_of(schema, schema)
    for name, mode in modes.items():
        pointer = step.at("fields", name)
        if name not in known:
            zh, en = suggestion(name, known)
            subject.add(
                "field_unknown",
                pointer,
                f"表单里没有字段“{name}”。{zh}",
                f"The form has no field '{name}'.{en}",
                key=True,
            )
        elif mode == "hide" and name in required_of(schema) and not has_value_of_its_own(form, schema, name):
            subject.add(
                "hidden_required",
                pointer,
                f"“{name}”是必填字段，却对办理人隐藏，也没有计算值或默认值：这一步永远交不上。"
                "请改为 read，或在表单里给它 computed 或 default。",
                f"'{name}' is required but hidden, and nothing computes or fills it: the step could never be completed. "
                "Write `read`, or give it `computed` or a default in the form.",
            )


def has_value_of_its_own(form: Any, schema: dict[str, Any], name: str) -> bool:
    """Whether a field gets a value without a person: computed, by default, or read-only (taken from the data)."""
    node = properties_of(schema, schema).get(name)
    ui = form.get("ui") if isinstance(form, dict) else None
    fields = ui.get("fields") if isinstance(ui, dict) else None
    hint = fields.get("/" + name) if isinstance(fields, dict) else None
    computed = isinstance(hint, dict) and "computed" in hint
    return computed or (isinstance(node, dict) and ("default" in node or node.get("readOnly") is True))


def _shown_in_titles(subject: Subject) -> None:
    """A title stands in every inbox and list: it must not print what a step keeps from people."""
    hidden = {
        name: step.id
        for step in subject.outline.steps
        for name, mode in step.mapping("fields").items()
        if mode == "hide"
    }
    for step in subject.outline.steps if hidden else ():
        for lang, text in step.mapping("title").items():
            for name in sorted(_fields_of_title(text) & hidden.keys()):
                subject.add(
                    "title_shows_hidden",
                    step.at("title", lang),
                    f"名称显示了“{name}”，而步骤“{hidden[name]}”对办理人隐藏它。请从名称里去掉。",
                    f"The title shows '{name}', which step '{hidden[name]}' hides. Leave it out of the title.",
                )


def _fields_of_title(text: Any) -> set[str]:
    """Every name on the paths that a title reads; none where the title cannot be read, which is a finding of its own."""
    try:
        expressions = parse_template(text).expressions if isinstance(text, str) else ()
    except ExprSyntaxError:
        return set()
    paths = {path for expr in expressions for path in paths_read(expr)}
    return {part for path in paths for part in path.replace("[", ".").replace("]", "").split(".")}


# ---------------------------------------------------------------- persons
def _same_as(subject: Subject, step: StepView) -> None:
    name = step.text("same_as")
    if not name:
        return
    pointer = step.at("same_as")
    target = subject.outline.by_id.get(name)
    if target is None:
        zh, en = suggestion(name, {other.id for other in subject.outline.steps if other.kind in PEOPLE_KINDS})
        subject.add("unknown_step", pointer, f"没有步骤“{name}”。{zh}", f"There is no step '{name}'.{en}")
    elif target is step or target.kind not in PEOPLE_KINDS or not _one_of_it(target, step):
        subject.add(
            "same_as_target",
            pointer,
            f"same_as 应指向另一个 task 或 approve 步骤，不在别的 foreach 里，也不与本步同时进行；“{name}”不是。",
            f"`same_as` names another task or approve step, not inside another `foreach` and not at the same time; "
            f"'{name}' is none.",
        )
    elif name in step.listing("not_same_as") or step.id in target.listing("not_same_as"):
        subject.add(
            "same_as_target",
            pointer,
            f"“{name}”既须同一人又不得同一人；请去掉其一。",
            f"'{name}' must be the same person and must not be: remove one of the two.",
        )
    elif _seats(step) > 1:
        subject.add(
            "same_as_target",
            pointer,
            "一人只能占一个席位，有多个席位的审批不能要求同一人。",
            "One person votes on one seat only: an approval with several seats cannot ask for the same person.",
        )


def _one_of_it(target: StepView, step: StepView) -> bool:
    """Whether there is one ``target`` to look at from ``step``: of the same item, and not in a branch beside it."""
    beside = {block.owner for block in target.block.scopes() if block not in step.block.scopes()}
    around = {block.owner for block in step.block.scopes()}
    return set(target.foreaches()) <= set(step.foreaches()) and not (beside & around - {None})


def _seats(step: StepView) -> int:
    seats = step.mapping("approve").get("by")
    return len(seats) if isinstance(seats, list) else 1


# ---------------------------------------------------------------- returns
def return_targets(step: StepView) -> list[tuple[str, str]]:
    """``(pointer, step)`` of everything under ``return_to``."""
    found: list[tuple[str, str]] = []
    for index, item in enumerate(step.listing("allow")):
        targets = item.get("return_to") if isinstance(item, dict) else None
        pointer = step.at("allow", index, "return_to")
        found += [
            (join(pointer, place), name)
            for place, name in enumerate(targets if isinstance(targets, list) else ())
            if isinstance(name, str) and name
        ]
    return found


def _returns(subject: Subject, step: StepView, graph: Graph | None) -> None:
    for pointer, name in return_targets(step):
        target = subject.outline.by_id.get(name)
        if target is None:
            zh, en = suggestion(name, [other.id for other in subject.outline.steps if stands_before(other, step)])
            subject.add("unknown_step", pointer, f"没有步骤“{name}”。{zh}", f"There is no step '{name}'.{en}")
        elif not stands_before(target, step):
            subject.add(
                "return_target",
                pointer,
                f"不能退回到“{name}”：目标须在前面，与本步同组或在外层，且不是 end。",
                f"It cannot return to '{name}': the target stands before this step, in the same or an enclosing group, "
                "and is no `end`.",
            )
        elif step.text("after_return") == "jump_back" and graph is not None:
            _jumps_over(subject, step, target, graph)


def stands_before(target: StepView, step: StepView) -> bool:
    """Whether a return from ``step`` may go to ``target``: earlier in the text, in the same or an enclosing group."""
    inner: StepView | None = step
    while inner is not None and inner.block is not target.block:
        inner = inner.block.owner
    return inner is not None and target.index < inner.index and target.kind != "end"


def _jumps_over(subject: Subject, step: StepView, target: StepView, graph: Graph) -> None:
    for between in between_steps(graph, target, step):
        if between.mapping("sign") or between.text("undo"):
            zh, en = ("签名", "is signed") if between.mapping("sign") else ("有反向动作", "has an `undo`")
            subject.add(
                "jump_back_over",
                step.at("after_return"),
                f"从“{target.id}”跳回会越过“{between.id}”，而它{zh}；请改为 after_return: walk。",
                f"Jumping back from '{target.id}' would pass over '{between.id}', which {en}: write `after_return: walk`.",
            )
            return


def between_steps(graph: Graph, first: StepView, last: StepView) -> list[StepView]:
    """The steps that some way from ``first`` to ``last`` enters, without the two, in the order of the text."""
    ahead = _reach(graph.successors, first, last)
    before: dict[Node, list[Node]] = {}
    for node in (*ahead, first):
        for other in graph.successors(node):
            before.setdefault(other, []).append(node)
    back = _reach(lambda node: before.get(node, []), last, first)
    return [step for step in graph.steps if step in ahead and step in back]


def _reach(following: Any, start: Node, stop: Node) -> set[Node]:
    """What can be reached from ``start`` without passing ``start`` or ``stop``."""
    seen: set[Node] = set()
    todo: list[Node] = list(following(start))
    while todo:
        node = todo.pop()
        if node in seen or node is None or node is start or node is stop:
            continue
        seen.add(node)
        todo += following(node)
    return seen


# ---------------------------------------------------------------- mutexes
def _mutex(subject: Subject, step: StepView) -> None:
    if "mutex" not in step.raw:
        return
    block: BlockView | None = step.block
    while block is not None and block.owner is not None:
        if "mutex" in block.owner.raw:
            subject.add(
                "mutex_nested",
                step.at("mutex"),
                f"外层“{block.owner.id}”已占用互斥“{block.owner.raw['mutex']}”；互斥不能嵌套，请只留一个。",
                f"'{block.owner.id}' around it holds the mutex '{block.owner.raw['mutex']}' already; mutexes are not "
                "nested: keep one of them.",
            )
            return
        block = block.owner.block
