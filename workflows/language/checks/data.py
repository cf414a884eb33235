"""The case data: a schema of an object, in a file of its own."""

from __future__ import annotations

from workflows.language.subject import Subject


def check(subject: Subject) -> None:
    """Report a data file that is no object schema, or holds what only a form has."""
    name = subject.data_file
    form = subject.form(name)
    if name is None or form is None:
        return
    file = subject.file_of(name)
    schema = form.get("schema")
    if not isinstance(schema, dict) or schema.get("type") != "object":
        subject.report.add(
            "wrong_shape",
            file,
            "/schema",
            "案卷数据应是 {schema: {type: object, …}}。",
            "The case data is {schema: {type: object, …}}.",
        )
    if "ui" in form:
        subject.report.add(
            "wrong_shape",
            file,
            "/ui",
            "案卷数据的文件只有 schema，不写 ui。",
            "The file of the case data has a schema only: remove `ui`.",
            key=True,
        )
