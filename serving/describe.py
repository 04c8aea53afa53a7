"""What serves, in JSON values: for /model, /drift and /events, and for the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from counterseal.values.instant import render as instant
from serving import predict

if TYPE_CHECKING:
    from serving.events import Event
    from serving.service import Service
    from serving.table import Closed, Route, Table

REQUEST_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["rows"],
                    "properties": {
                        "rows": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "object"}},
                        "contributions": {
                            "type": "boolean",
                            "default": False,
                            "description": "Say which features moved the score away from the reference's, and how far.",
                        },
                    },
                },
                "example": {"rows": [{"feature": 1}]},
            }
        },
    }
}


def log(table: Table) -> dict[str, Any]:
    """Return what the log stood at when the table was built."""
    return {
        "main": table.main or None,
        "promotions": table.promotions,
        "number": table.number,
        "trust": table.trust,
        "warnings": [asdict(finding) for finding in table.warnings],
        "unchecked": list(table.unchecked),
    }


def models(table: Table) -> dict[str, Any]:
    """Return every model, open or closed."""
    found = {name: model(item) for name, item in table.routes.items()}
    return found | {name: closed(item) for name, item in table.closed.items()}


def model(route: Route) -> dict[str, Any]:
    """Return one model that serves: where it comes from, and what may be asked of it."""
    served, portable = route.served, route.served.portable
    return {
        **predict.receipt(route),
        "serves": True,
        "digest": served.digest,
        "kind": served.kind,
        "tier": served.tier,
        "approvers": list(served.approvers),
        "time": instant(served.time),
        "dataset": served.dataset,
        "task": portable.task,
        "predictor": portable.predictor.size,
        "inputs": [item.model_dump(mode="json") for item in portable.inputs],
        "reference": dict(portable.reference),
        "classes": list(portable.classes),
        "threshold": portable.threshold,
        "warnings": [asdict(finding) for finding in served.warnings],
    }


def closed(item: Closed) -> dict[str, Any]:
    """Return one model that does not serve, and why."""
    return {
        "model": item.model,
        "number": item.number,
        "serves": False,
        "retired": item.retired,
        "findings": [asdict(finding) for finding in item.findings],
    }


def drift(route: Route) -> dict[str, Any]:
    """Return how far a model's traffic has moved, against which limits."""
    policy, judged = route.watch.policy, route.watch.judge()
    return {
        "version": route.served.version,
        "number": route.served.number,
        "status": judged.status,
        "rows": judged.rows,
        "limits": {"window": policy.window, "warning": policy.warning, "alert": policy.alert},
        "features": {item.feature: {"psi": item.psi, "status": item.status} for item in judged.features},
    }


def event(item: Event) -> dict[str, str]:
    """Return one event."""
    return {"time": instant(item.time), "code": item.code, "where": item.where, "message": item.message}


def health(service: Service) -> dict[str, Any]:
    """Return that the process lives, and the audit log's head for whoever wants to keep it."""
    head = service.audit.head
    polled = instant(service.polled) if service.polled else None
    return {"status": "ok", "polled": polled, "audit": {"lines": head.number, "head": head.digest}}
