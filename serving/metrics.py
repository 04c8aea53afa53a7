"""What Prometheus scrapes: counts of requests, and at each scrape what the table, the windows and the log say.

The bin counters only rise, so those of several servers add up, and PSI over a fleet can be computed from their sum.
"""

from __future__ import annotations

from collections import Counter as Counted
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from serving.drift import ORDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric

    from counterseal.values.finding import Finding
    from serving.service import Service
    from serving.table import Route

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)


class Metrics:
    """A registry of our own: nothing of another library's ends up in it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own = self.registry
        self.requests = Counter("counterseal_requests", "Predict requests answered.", ["model", "status"], registry=own)
        self.rows = Counter("counterseal_rows", "Rows predicted.", ["model", "version"], registry=own)
        self.decisions = Counter(
            "counterseal_decisions", "Rows by decision.", ["model", "version", "decision"], registry=own
        )
        self.seconds = Histogram(
            "counterseal_request_seconds", "Time per predict request.", ["model"], buckets=_SECONDS, registry=own
        )
        self.events = Counter("counterseal_events", "What happened, by code.", ["code"], registry=own)

    def watch(self, service: Service) -> None:
        """Read ``service`` at each scrape."""
        self.registry.register(_State(service))

    def scrape(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return bytes(generate_latest(self.registry))


class _State(Collector):
    """Reads the service when asked; keeps nothing."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """Yield what the service stands at."""
        service = self._service
        yield _gauge("promotion_number", "The log's highest number.", service.table.number)
        yield _gauge("trust_version", "The trust version in force.", service.table.trust)
        yield _gauge("closed_models", "Models that answer 503.", len(service.table.closed))
        yield _gauge("audit_lines", "Lines of the audit log.", service.audit.head.number)
        polled = service.polled.timestamp() if service.polled else 0
        yield _gauge("last_contact_seconds", "When the remote last answered, as Unix time.", polled)
        yield from _models(service.table.routes.values())
        yield _warnings(service.warnings())

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: the names are fixed, and asking would judge drift at start-up."""
        yield from ()


def _models(routes: Iterable[Route]) -> Iterator[Metric]:
    serving = GaugeMetricFamily("counterseal_serving", "What serves.", labels=["model", "version", "number", "entry"])
    rows = GaugeMetricFamily("counterseal_window_rows", "Rows in the drift window.", labels=["model"])
    psi = GaugeMetricFamily("counterseal_drift_psi", "PSI, corrected for sample size.", labels=["model", "feature"])
    names = ", ".join(f"{index} {status}" for index, status in enumerate(ORDER))
    status = GaugeMetricFamily("counterseal_drift_status", f"Drift: {names}.", labels=["model", "feature"])
    labels = ["model", "version", "feature", "bin"]
    bins = CounterMetricFamily("counterseal_bin_rows", "Rows by bin since admission.", labels=labels)
    for route in routes:
        served, drift = route.served, route.watch.judge()
        serving.add_metric([served.model, str(served.version), str(served.number), served.entry], 1)
        rows.add_metric([served.model], drift.rows)
        for item in drift.features:
            if item.psi is not None:
                psi.add_metric([served.model, item.feature], item.psi)
            status.add_metric([served.model, item.feature], ORDER.index(item.status))
        for feature, counts in route.watch.window.lifetime().items():
            for index, count in enumerate(counts):
                bins.add_metric([served.model, str(served.version), feature, str(index)], count)
    yield from (serving, rows, psi, status, bins)


def _warnings(findings: Iterable[Finding]) -> Metric:
    warnings = GaugeMetricFamily("counterseal_warnings", "Findings to look at, by code.", labels=["code"])
    for code, count in sorted(Counted(finding.code for finding in findings).items()):
        warnings.add_metric([code], count)
    return warnings


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"counterseal_{name}", says, value=value)
