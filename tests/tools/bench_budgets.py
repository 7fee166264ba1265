"""What was promised of speed and size, and how a report of bench.py stands to it."""
from dataclasses import dataclass

UNITS = {
    "share": lambda value: f"{value:.1%}".replace("%", " %"),
    "times": lambda value: f"{value:.2f} times" if value < 10 else f"{value:.1f} times",
    "us": lambda value: f"{value:,.0f} µs",
    "ms": lambda value: f"{value:,.0f} ms",
    "s": lambda value: f"{value:.2f} s",
    "documents": lambda value: f"{value:,.0f} documents",
    "bytes": lambda value: f"{value:,.0f} bytes",
    "MB": lambda value: f"{value:.0f} MB",
}


@dataclass(frozen=True)
class Budget:
    name: str
    at_least: bool  # else at most
    goal: float
    unit: str
    figure: tuple[str, ...]  # where it stands in a report

    def measured(self, report: dict) -> float | None:
        value = report
        for word in self.figure:
            value = value.get(word) if isinstance(value, dict) else None
        return value

    def standing(self, report: dict) -> float | None:
        """Above 1 it is more than held, whichever way it is counted."""
        value = self.measured(report)
        if value is None:
            return None
        if self.goal == value:
            return 1
        return value / self.goal if self.at_least else self.goal / max(value, 1e-9)

    def verdict(self, report: dict) -> str:
        standing = self.standing(report)
        return "not measured" if standing is None else "held" if standing >= 1 else "NOT HELD"

    def goal_text(self) -> str:
        if self.goal == 0:
            return "none"
        return f"at {'least' if self.at_least else 'most'} {UNITS[self.unit](self.goal).replace('.0 ', ' ').replace('.00 ', ' ')}"

    def figure_text(self, report: dict) -> str:
        value = self.measured(report)
        return "" if value is None else UNITS[self.unit](value)


BUDGETS = [
    Budget("Issued on one CPU, RSA-2048, durable, beside bare signing", True, 0.5, "share", ("issue", "rsa2048", "ratio")),
    Budget("From one CPU to two, of how bare signing grows", True, 0.9, "share", ("two_cpus", "share_of_raw_scaling")),
    Budget("Beyond the signature, P-256 beside RSA-2048", False, 1, "times", ("overhead", "p256")),
    Budget("Beyond the signature, SM2 beside RSA-2048", False, 1, "times", ("overhead", "sm2")),
    Budget("A page drawn and sealed, RSA-2048, beside PDFBox and Bouncy Castle after 200 documents", True, 20, "times", ("peer", "times")),
    Budget("Checks by code over HTTP, a million documents, beside nginx with a static file", True, 0.5, "share", ("http", "serving", "ratio")),
    Budget("The same, p99 with ten million rows beside 100,000", False, 1.5, "times", ("http", "flat", "p99_ratio")),
    Budget("Checks while half as much again is to be issued as can be, p99", False, 50, "ms", ("http", "overload", "verified", "p99_ms")),
    Budget("What is issued meanwhile, p99", False, 1000, "ms", ("http", "overload", "issued", "p99_ms")),
    Budget("Acknowledged documents that are lost by it", False, 0, "documents", ("http", "overload", "lost")),
    Budget("Validation of a PDF of ours", False, 1000, "us", ("verify", "cpu_us_per_validation")),
    Budget("What the sandbox adds to it", False, 2000, "us", ("verify", "sandbox_us")),
    Budget("Stored per document", False, 6144, "bytes", ("issue", "rsa2048", "stored_bytes_per_document")),
    Budget("One page, RSA-2048", False, 30720, "bytes", ("issue", "rsa2048", "pdf_bytes")),
    Budget("Memory of a serving instance", False, 250, "MB", ("http", "serving", "memory", "all_processes_mb")),
    Budget("Start to ready", False, 1, "s", ("http", "start", "ready_s")),
]
