from __future__ import annotations

import pytest

from askdocs.observability.trace_context import TraceContext, read

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"traceparent": f"00-{TRACE}-{SPAN}-01"}, TraceContext(TRACE, SPAN, True)),
        ({"traceparent": f"00-{TRACE}-{SPAN}-00"}, TraceContext(TRACE, SPAN, False)),
        ({"traceparent": f"cc-{TRACE}-{SPAN}-01-what-comes"}, TraceContext(TRACE, SPAN, True)),
        (
            {"x-cloud-trace-context": f"{TRACE.upper()}/255;o=1"},
            TraceContext(TRACE, "00000000000000ff", True),
        ),
        ({"x-cloud-trace-context": TRACE}, TraceContext(TRACE, "", False)),
        ({"x-cloud-trace-context": f"{TRACE}/0;o=1"}, TraceContext(TRACE, "", True)),
        ({"traceparent": "no", "x-cloud-trace-context": TRACE}, TraceContext(TRACE, "", False)),
    ],
)
def test_trace_is_read_from_either_header(headers: dict[str, str], found: TraceContext) -> None:
    assert read(headers) == found


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": f"00-{'0' * 32}-{SPAN}-01"},
        {"traceparent": f"00-{TRACE}-{SPAN}-01\n<script>"},
        {"x-cloud-trace-context": f"{TRACE}/{'9' * 21}"},
        {"x-cloud-trace-context": f"projects/other/{TRACE}"},
    ],
)
def test_what_makes_no_sense_is_no_trace(headers: dict[str, str]) -> None:
    assert read(headers) is None
