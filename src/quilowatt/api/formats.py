"""Answers in the format that was asked for by `Accept`: JSON, CSV or Parquet.

Items are plain dicts; a column of the flat formats is a field of the item's model, nested fields
joined by an underscore, lists left out.
"""

from __future__ import annotations

import csv
import io
import types
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

from quilowatt.errors import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import Request
    from numpy.typing import NDArray

__all__ = [
    "CSV",
    "JSON",
    "PARQUET",
    "csv_response",
    "json_response",
    "kwh",
    "kwh_column",
    "negotiate",
    "page_response",
    "parquet_response",
]

JSON: Final = "application/json"
CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these, and names come from meters."""

WH_PER_KWH: Final = 1000


def kwh(energy_wh: int) -> float:
    """Energy in kilowatt-hours; its shortest text has at most three decimals.

    Parameters
    ----------
    energy_wh : int
        Energy, below 2**53: such a quotient is printed exactly below 8 · 10**12 kWh. [Wh]

    Examples
    --------
    >>> kwh(1_234_567)
    1234.567
    """
    return energy_wh / WH_PER_KWH


def negotiate(request: Request, offered: Sequence[str]) -> str:
    """Choose a format by RFC 9110 §12.5.1; the first that is offered when nothing is asked.

    Raises
    ------
    RequestRefused
        406, if none of the offered is accepted.
    """
    accept = request.headers.get("accept", "*/*")
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()]
    best = max(offered, key=lambda media: (_quality(media, ranges), -offered.index(media)))
    if ranges and _quality(best, ranges) <= 0:
        raise RequestRefused(
            HTTPStatus.NOT_ACCEPTABLE, "no_format", accept=accept[:80], offered=", ".join(offered)
        )
    return best


def _media_range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media, float(parameter[2:])
            except ValueError:
                return media, 0.0
    return media, 1.0


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Take the quality of the most specific range that holds the media type."""
    for pattern in (media, media.partition("/")[0] + "/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0


def json_response(document: Mapping[str, Any], status: int = HTTPStatus.OK) -> Response:
    """Write plain values as JSON: a Decimal as a string, a float shortest."""
    return Response(to_json(document), status, media_type=JSON)


def page_response(
    request: Request, model: type[BaseModel], items: list[dict[str, Any]], cursor: str | None
) -> Response:
    """Write a page as JSON or CSV; the way to the next page stands in `Link` too (RFC 8288)."""
    media = negotiate(request, (JSON, CSV))
    response = (
        csv_response(model, items)
        if media == CSV
        else json_response({"items": items, "next_cursor": cursor})
    )
    return with_next(response, request, cursor)


def with_next(response: Response, request: Request, cursor: str | None) -> Response:
    """Add where the next page is."""
    if cursor is not None:
        url = request.url.include_query_params(
            **{key: value for key, value in request.query_params.items() if key != "cursor"},
            cursor=cursor,
        )
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    response.headers["Vary"] = "Accept"
    return response


def csv_response(model: type[BaseModel], items: Sequence[Mapping[str, Any]]) -> Response:
    """Write items as CSV (RFC 4180) with a line of names."""
    paths = _columns(model)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow("_".join(path) for path in paths)
    writer.writerows([_cell(item, path) for path in paths] for item in items)
    return Response(text.getvalue(), media_type=CSV)


def _columns(model: type[BaseModel]) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for field_name, field in model.model_fields.items():
        name = field.alias or field_name
        inner = _without_none(field.annotation)
        if get_origin(inner) is list:
            continue
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            paths += [(name, *path) for path in _columns(inner)]
        else:
            paths.append((name,))
    return paths


def _without_none(annotation: Any) -> Any:  # noqa: ANN401 - annotations are of any kind
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _cell(item: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: Any = item
    for name in path:
        value = value.get(name) if value is not None else None
    if isinstance(value, dict):
        value = "; ".join(f"{key}={inner}" for key, inner in value.items())
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return "'" + value
    return value


def kwh_column(energy_wh: NDArray[np.int64], is_null: NDArray[np.bool_] | None = None) -> pa.Array:
    """Make an exact column of kilowatt-hours, decimal128(19, 3).

    Parameters
    ----------
    energy_wh : ndarray of int64, shape (n,)
        Energy. [Wh]
    is_null : ndarray of bool, shape (n,)
        Where it isn't known.
    """
    wide = np.stack([energy_wh, np.where(energy_wh < 0, -1, 0)], axis=1).astype("<i8")
    validity = None
    if is_null is not None:
        validity = pa.py_buffer(np.packbits(~is_null, bitorder="little").tobytes())
    return pa.Array.from_buffers(
        pa.decimal128(19, 3), len(energy_wh), [validity, pa.py_buffer(wide.tobytes())]
    )


def parquet_response(columns: Mapping[str, Any], name: str) -> Response:
    """Write columns as a Parquet file of this name."""
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), sink, compression="zstd")
    headers = {"Content-Disposition": f'attachment; filename="{name}.parquet"'}
    return Response(sink.getvalue(), media_type=PARQUET, headers=headers)
