"""The server's state in the text format of Prometheus, read anew at every scrape."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from quilowatt.api.services import Services

__all__ = ["metrics_text"]


class _StatusCollector(Collector):
    """Writes what the services say of themselves."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Yield every metric once."""
        services, status, hub = self._services, self._services.status(), self._services.hub
        about = {"version": services.version, "python": platform.python_version()}
        yield InfoMetricFamily("quilowatt", "What runs here", value=about)
        counts = services.ledger.counts()
        gauges = {
            "ready": float(status.is_ready),
            "commit": float(status.commit),
            "customers": counts.customers,
            "usage_points": counts.usage_points,
            "meters": counts.meters,
            "alerts_open": counts.open_alerts,
            "event_subscribers": hub.subscriber_count,
            **status.gauges,
        }
        for name, value in gauges.items():
            yield GaugeMetricFamily(f"quilowatt_{name}", _spoken(name), value=value)
        counters = {"event_subscribers_dropped": hub.dropped_count, **status.counters}
        for name, value in counters.items():
            yield CounterMetricFamily(f"quilowatt_{name}", _spoken(name), value=value)
        refusals = CounterMetricFamily(
            "quilowatt_refusals", "Refused, by limit or protocol code", labels=["reason"]
        )
        for reason, count in status.refusals.items():
            refusals.add_metric([reason], count)
        yield refusals


def metrics_text(services: Services) -> bytes:
    """Write all metrics in the text exposition format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_StatusCollector(services))
    return generate_latest(registry)


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()
