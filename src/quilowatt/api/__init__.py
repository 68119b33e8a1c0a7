"""The REST API: readings, consumption, bills and alerts over HTTP, and events as they happen."""

from quilowatt.api.app import create_app
from quilowatt.api.events import AlertNews, EventHub
from quilowatt.api.services import ServerStatus, Services

__all__ = ["AlertNews", "EventHub", "ServerStatus", "Services", "create_app"]
