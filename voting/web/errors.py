"""Refusals become answers: problem+json (RFC 9457) on the API, a page elsewhere.

The page speaks the reader's language; the API says every refusal in Chinese, with its code.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InternalError, OperationalError
from werkzeug.exceptions import HTTPException

from voting.core.encoding import Json
from voting.core.errors import Refused
from voting.core.text import text

_MESSAGES = {
    404: text("没有这个页面。"),
    405: text("不能这样访问这个地址。"),
    413: text("提交的内容太大。"),
    415: text("提交的数据类型不对。"),
    500: text("服务器出了错，刚才的操作没有完成。请再试一次；仍然不行时请联系工作人员。"),
}
_WRONG = text("请求有误。")
_EXPIRED = text("页面已过期，请返回上一页刷新后再提交。")
_BUSY = text("服务器正忙，刚才的操作没有完成，请稍候再试。")


def install(app: Flask) -> None:
    """Answer every error of the app in one of the two forms."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(OverflowError, _no_such_number)
    app.register_error_handler(InternalError, _busy)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(HTTPException, _http)


def _refused(error: Refused) -> tuple[Response | str, int]:
    return _answer(error.status, error.code, error.message)


def _csrf(_error: CSRFError) -> tuple[Response | str, int]:
    return _answer(400, "csrf", _EXPIRED)


def _busy(_error: OperationalError) -> tuple[Response | str, int]:
    """The database was locked, full or away: nothing was changed, and tablets ask again.

    `InternalError`: PostgreSQL's primary has become a standby.
    """
    return _answer(503, "busy", _BUSY)


def _no_such_number(_error: OverflowError) -> tuple[Response | str, int]:
    """A number that no column can hold is not the number of anything."""
    return _answer(404, "http_404", _MESSAGES[404])


def _unstorable(_error: DataError) -> tuple[Response | str, int]:
    """A number or a text that the database has no place for, such as one with a NUL in it."""
    return _answer(400, "http_400", _WRONG)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    detail = _MESSAGES.get(status, _MESSAGES[500] if status >= 500 else _WRONG)
    return _answer(status, f"http_{status}", detail)


def problem(status: int, code: str, detail: str) -> Json:
    """A refusal as the API says it."""
    return {
        "type": "about:blank",
        "title": code,
        "status": status,
        "code": code,
        "detail": detail,
    }


def _answer(status: int, code: str, detail: str) -> tuple[Response | str, int]:
    if request.path.startswith("/api/"):
        response = jsonify(problem(status, code, detail))
        response.content_type = "application/problem+json"
        return response, status
    return render_template("error.html", status=status, message=detail), status
