"""Errors as problem documents (RFC 9457), in the language of the reader.

A wrong parameter is named together with what is accepted in its place; that text is the
parameter's own description in the OpenAPI document, so both always agree.
"""

from __future__ import annotations

import logging
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quilowatt.api.accepted import said
from quilowatt.api.tongue import tongue_of
from quilowatt.client.models import Problem
from quilowatt.core.words import Phrase, Words
from quilowatt.errors import (
    ChannelRefused,
    EditRefused,
    FieldsRefused,
    ParameterRefused,
    PaymentFileError,
    RequestRefused,
    SpokenError,
    StoreError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.types import Scope

__all__ = [
    "PROBLEM_MEDIA_TYPE",
    "add_problem_handlers",
    "error_response",
    "problem",
    "refuse_repeated",
    "words_of",
]

logger = logging.getLogger(__name__)

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

GOT_SIZE_MAX: Final = 80
"""Of a wrong value, so much is said back. [chars]"""

SECRET_FIELDS: Final = frozenset({"url", "secret"})
"""Fields of bodies whose values hold tokens."""

HIDDEN: Final = "****"
"""Stands for what is not said back."""

PHRASES: Final = {
    "wrong": Phrase("Wrong parameter: {what}", "Parâmetro errado: {what}"),
    "got": Phrase("got “{got}”; accepted: {accepted}", "recebido “{got}”; aceito: {accepted}"),
    "times": Phrase(
        "given {times} times; accepted once: {accepted}",
        "dado {times} vezes; aceito uma vez: {accepted}",
    ),
    "unknown": Phrase(
        "there is no such parameter; accepted: {accepted}",
        "não há esse parâmetro; aceitos: {accepted}",
    ),
    "none": Phrase("none", "nenhum"),
    "no_meter": Phrase("There is no meter {meter}.", "Não há medidor {meter}."),
    "no_usage_point": Phrase(
        "There is no usage point {usage_point}.", "Não há unidade consumidora {usage_point}."
    ),
    "no_customer": Phrase("There is no customer {customer}.", "Não há cliente {customer}."),
    "nothing_before": Phrase(
        "Nothing was billed in the cycle before, or in another currency.",
        "Nada foi faturado no ciclo anterior, ou em outra moeda.",
    ),
    "no_payment": Phrase("There is no payment {payment}.", "Não há pagamento {payment}."),
    "no_invoice": Phrase("There is no invoice {number}.", "Não há fatura {number}."),
    "no_line": Phrase(
        "There is no line {number}: the bill has {count}.",
        "Não há linha {number}: a conta tem {count}.",
    ),
    "no_billing_run": Phrase("There is no billing run {run}.", "Não há emissão {run}."),
    "no_run": Phrase("Nothing was issued: {why}.", "Nada foi emitido: {why}."),
    "no_alert": Phrase("There is no alert {alert}.", "Não há alerta {alert}."),
    "no_channel": Phrase("There is no channel {channel}.", "Não há canal {channel}."),
    "no_notice": Phrase(
        "There is no notice {notice} that was given up.", "Não há aviso {notice} sem êxito."
    ),
    "not_connected": Phrase(
        "Meter {meter} is not connected: it was told nothing.",
        "O medidor {meter} não está conectado: nada lhe foi dito.",
    ),
    "other_site": Phrase(
        "A page of another site asked for this.", "Uma página de outro site pediu isto."
    ),
    "no_format": Phrase(
        "Accept: “{accept}”; available: {offered}",
        "Accept: “{accept}”; disponíveis: {offered}",
    ),
    "not_found": Phrase("There is nothing at {path}.", "Não há nada em {path}."),
    "token": Phrase(
        "Send the server's token: “Authorization: Bearer <token>”.",
        "Envie o token do servidor: “Authorization: Bearer <token>”.",
    ),
    "store": Phrase(
        "The store cannot answer now: {why}. Try again shortly.",
        "O armazém de dados não pode responder agora: {why}. Tente de novo em instantes.",
    ),
    "bug": Phrase(
        "The server failed; the fault is in its log.", "O servidor falhou; a falha está no log."
    ),
}

TITLES: Final = {
    403: ("forbidden", Phrase("Not allowed", "Não permitido")),
    401: ("unauthorized", Phrase("Token required", "Token necessário")),
    404: ("not-found", Phrase("Not found", "Não encontrado")),
    405: ("method-not-allowed", Phrase("Method not allowed", "Método não permitido")),
    406: ("not-acceptable", Phrase("Format not available", "Formato não disponível")),
    409: ("not-connected", Phrase("Meter not connected", "Medidor não conectado")),
    422: ("wrong-parameter", Phrase("Wrong parameter", "Parâmetro errado")),
    500: ("server-error", Phrase("Server error", "Erro do servidor")),
    503: ("not-now", Phrase("Not now", "Agora não")),
}


def words_of(scope: Scope) -> Words:
    """Choose the language of the reader of a request."""
    return Words(tongue_of(scope), PHRASES)


def problem(
    scope: Scope, status: int, detail: str, wrong: Mapping[str, str] | None = None
) -> Response:
    """Write a problem document.

    Parameters
    ----------
    scope : Scope
        What was asked; decides the language of the title.
    status : int
        HTTP status. [-]
    detail : str
        What was wrong.
    wrong : mapping of str to str
        Wrong parameters, each with what is accepted.
    """
    phrase = HTTPStatus(status).phrase
    name, title = TITLES.get(status, (f"status-{status}", Phrase(phrase, phrase)))
    document: dict[str, Any] = {
        "type": f"/docs#{name}",
        "title": title.spoken(tongue_of(scope)),
        "status": status,
        "detail": detail,
    }
    if wrong:
        document["errors"] = [{"parameter": key, "detail": text} for key, text in wrong.items()]
    return Response(to_json(document), status, media_type=PROBLEM_MEDIA_TYPE)


def error_response(meaning: str) -> dict[str, Any]:
    """Describe an answer of this kind in the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": meaning,
        "model": Problem,
        "content": {PROBLEM_MEDIA_TYPE: {"schema": schema}},
    }


async def refuse_repeated(request: Request) -> None:
    """Refuse a parameter that is given twice but holds one value: which of them is meant?

    Raises
    ------
    ParameterRefused
        For the first such parameter.
    """
    given = Counter(name for name, _ in request.query_params.multi_items())
    if len(given) == len(request.query_params.multi_items()):
        return
    for parameter in _operation(request).get("parameters", ()):
        name = parameter["name"]
        if given[name] > 1 and parameter["schema"].get("type") != "array":
            got = request.query_params[name]
            raise ParameterRefused(name, got, parameter["description"], times=given[name])


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of an app with a problem document."""
    app.add_exception_handler(RequestValidationError, _wrong_parameters)
    app.add_exception_handler(RequestRefused, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(EditRefused, _said_refused)
    app.add_exception_handler(ChannelRefused, _said_refused)
    app.add_exception_handler(PaymentFileError, _said_refused)
    app.add_exception_handler(StoreError, _store_error)
    app.add_exception_handler(Exception, _bug)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    words = words_of(request.scope)
    if isinstance(error, ParameterRefused):
        accepted = said(error.accepted, words.language)
        text = _got(error.got, accepted, words)
        if error.times > 1:
            text = words("times", times=error.times, accepted=accepted)
        return _wrong(request, {error.name: text})
    if isinstance(error, FieldsRefused):
        reasons: dict[str, str] = {}
        for name, en, pt in error.wrong:
            before = f"{reasons[name]}; " if name in reasons else ""
            reasons[name] = before + (pt if words.language == "pt" else en)
        return _wrong(request, reasons)
    return problem(request.scope, error.status, words(error.reason, **error.fields))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:  # a body that isn't even text
        words, accepted = words_of(request.scope), _accepted(request)
        return _wrong(request, {"body": _got("�", accepted.get("body", ""), words)})
    title = TITLES.get(error.status_code, ("", Phrase(str(error.detail), str(error.detail))))[1]
    words = words_of(request.scope)
    not_found = error.status_code == HTTPStatus.NOT_FOUND
    said_of_it = title.spoken(words.language)
    detail = words("not_found", path=request.url.path) if not_found else said_of_it
    response = problem(request.scope, error.status_code, detail)
    response.headers.update(error.headers or {})
    return response


def _said_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, SpokenError)
    detail = error.spoken(tongue_of(request.scope))
    return problem(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, detail)


def _store_error(request: Request, error: Exception) -> Response:
    logger.error("query_failed path=%s why=%s", request.url.path, error)
    detail = words_of(request.scope)("store", why=error)
    return problem(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, detail)


def _bug(request: Request, _error: Exception) -> Response:
    detail = words_of(request.scope)("bug")
    return problem(request.scope, HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _wrong_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    words, accepted = words_of(request.scope), _accepted(request)
    wrong: dict[str, str] = {}
    for found in error.errors():
        name = _name_of(found["loc"])
        if name in accepted:
            wrong[name] = _got(_shown(name, found.get("input")), accepted[name], words)
        else:
            names = ", ".join(accepted) or words("none")
            wrong[name[:GOT_SIZE_MAX]] = words("unknown", accepted=names)
    return _wrong(request, wrong)


def _shown(name: str, value: object) -> str:
    """Write a wrong value without what must not be told, not even to whoever sent it: logs."""
    if name in SECRET_FIELDS:
        return HIDDEN
    if isinstance(value, dict):
        value = {key: HIDDEN if key in SECRET_FIELDS else each for key, each in value.items()}
    return str(value)


def _got(got: str, accepted: str, words: Words) -> str:
    return words("got", got=got[:GOT_SIZE_MAX], accepted=said(accepted, words.language))


def _wrong(request: Request, wrong: Mapping[str, str]) -> Response:
    what = "; ".join(f"{name}: {text}" for name, text in wrong.items())
    detail = words_of(request.scope)("wrong", what=what)
    return problem(request.scope, HTTPStatus.UNPROCESSABLE_ENTITY, detail, wrong)


def _name_of(place: Sequence[str | int]) -> str:
    """Name a parameter, a field of the body, or the body where it can't be read at all."""
    named = len(place) > 1 and isinstance(place[1], str)
    return str(place[1] if named else place[0])


def _accepted(request: Request) -> dict[str, str]:
    """Return the parameters of the route and what each accepts, as the OpenAPI document says."""
    operation = _operation(request)
    parameters = operation.get("parameters", ())
    accepted = {p["name"]: p.get("description", "") for p in parameters}
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = request.app.openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        accepted |= {name: field["description"] for name, field in body["properties"].items()}
        accepted["body"] = body["description"]
    return accepted


def _operation(request: Request) -> dict[str, Any]:
    """Return what the OpenAPI document says of the route; nothing of one that it leaves out."""
    item = request.app.openapi()["paths"].get(request.scope["route"].path, {})
    operation: dict[str, Any] = item.get(request.method.lower(), {})
    return operation
