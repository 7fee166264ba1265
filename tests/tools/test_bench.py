"""What is said of measurements: which budgets hold, how they are drawn, the page of the peer."""
import json
import re
import xml.etree.ElementTree as xml

import bench
import bench_page
import bench_plot
import bench_report
import open_loop
import pytest
from bench_budgets import BUDGETS

RUN = {
    "key": "rsa2048", "raw_sign_per_s": 2000.0, "issued_per_s": 1200.0, "ratio": 0.6, "overhead_us": 333.0, "cpu_us_per_document": 800.0,
    "p50_us": 9000.0, "p99_us": 20000.0, "pdf_bytes": 31000, "stored_bytes_per_document": 6144, "durable": True,
}
DRAWN = {**RUN, "made_per_s": 1000.0}
SEALED = {**RUN, "sealed_per_s": 90.0}
STORE = {
    "pdf_bytes": 31000, "packed_bytes": 4000, "pack_us": 60.0, "unpack_us": 20.0, "written_per_s": 2000.0, "commits_per_s": 300.0,
    "units_per_commit": 20.0, "reads_per_s": 9000.0, "read_us": 100.0, "stored_bytes_per_document": 6000,
}
REPORT = {
    "machine": {"cpu": "a CPU", "cpus": 2, "system": "Debian 12", "file_system": "ext2/ext3", "durable": True},
    "rounds": 5, "seconds": 6, "issue": {key: {**RUN, "key": key} for key in bench.KEYS}, "overhead": dict.fromkeys(bench.KEYS, 1.0),
    "seal": {"rsa2048": SEALED}, "verify": {"cpu_us_per_validation": 900, "sandbox_us": 2100}, "store": STORE,
}
OVER_HTTP = "Checks by code over HTTP, a million documents, beside nginx with a static file"


def verdicts(report: dict) -> dict[str, str]:
    return {budget.name: budget.verdict(report) for budget in BUDGETS}


def test_a_budget_holds_up_to_its_goal_and_one_without_a_figure_is_not_measured():
    found = verdicts(REPORT)
    assert found["Issued on one CPU, RSA-2048, durable, beside bare signing"] == "held"
    assert found["Stored per document"] == "held"  # exactly the goal
    assert found["One page, RSA-2048"] == "NOT HELD"
    assert found["Validation of a PDF of ours"] == "held"
    assert found["What the sandbox adds to it"] == "NOT HELD"
    assert found["A page drawn and sealed, RSA-2048, beside PDFBox and Bouncy Castle after 200 documents"] == "not measured"
    assert verdicts({**REPORT, "peer": {"times": 19.9}})["A page drawn and sealed, RSA-2048, beside PDFBox and Bouncy Castle after 200 documents"] == "NOT HELD"
    assert found["Beyond the signature, SM2 beside RSA-2048"] == "held"
    for lost, verdict in ((0, "held"), (1, "NOT HELD")):
        assert verdicts({**REPORT, "http": {"overload": {"lost": lost}}})["Acknowledged documents that are lost by it"] == verdict
    assert verdicts({**REPORT, "http": {"serving": {"ratio": 0.5}}})[OVER_HTTP] == "held"


def test_the_page_names_every_budget_and_says_when_nothing_was_durable():
    page = bench_report.page(REPORT)
    for budget in BUDGETS:
        assert f"| {budget.name} | {budget.goal_text()} |" in page
    assert page.count("| not measured |") == sum(word == "not measured" for word in verdicts(REPORT).values()) > 0
    assert "in memory" not in page
    assert "in memory" in bench_report.page({**REPORT, "machine": {**REPORT["machine"], "durable": False}})
    page = bench_report.page({**REPORT, "page": DRAWN, "peer": {**DRAWN, "times": 12.5, "times_issued": 4.5, "warmer": {**DRAWN, "documents_before": 4321, "times": 6.2}}})
    assert "12.5 times" in page and "4.5 times" in page and "4,321 documents Yinxin is 6.2 times" in page


@pytest.mark.parametrize("raw,busy", [(1.95, False), (1.1, True)])
def test_two_cpus_that_had_other_work_are_named(raw, busy):
    two = {**RUN, "scaling": 1.0, "raw_scaling": raw, "share_of_raw_scaling": 1 / raw}
    assert ("Other work was on these CPUs" in bench_report.page({**REPORT, "two_cpus": two})) == busy


def test_a_bar_goes_to_the_right_of_its_goal_only_where_the_budget_is_held():
    picture = xml.fromstring(bench_plot.svg({**REPORT, "peer": {"times": 2000.0}}))
    bars = [bar for bar in picture.iter("{http://www.w3.org/2000/svg}rect")][1:]
    goal = bench_plot.x_of(1)
    held = [bar for bar in bars if bar.get("fill") == bench_plot.HELD]
    missed = [bar for bar in bars if bar.get("fill") == bench_plot.NOT_HELD]
    assert held and missed and len(held) + len(missed) == len(bars)
    assert all(float(bar.get("x")) == pytest.approx(goal, abs=0.1) for bar in held)
    assert all(float(bar.get("x")) < goal for bar in missed)
    assert all(float(bar.get("x")) + float(bar.get("width")) <= bench_plot.RIGHT + 0.1 for bar in bars)
    words = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "2000.0 times" in words and "not measured" in words


def test_medians_are_of_figures_and_other_words_stay():
    runs = [{"key": "p256", "x": x, "durable": True} for x in (3, 1, 2.5)]
    assert bench.median_of(runs) == {"key": "p256", "x": 2.5, "durable": True}


def test_runs_are_compared_within_their_round():
    def run(per_s: float, **more) -> dict:
        return {"issued_per_s": per_s, "raw_sign_per_s": 100.0, "ratio": per_s / 100, "overhead_us": 1000.0, **more}

    # The machine is half as fast in the second round: every comparison stays.
    rounds = [{**{key: run(50 * speed) for key in bench.KEYS}, "page": {"made_per_s": 100 * speed}, "peer": {"made_per_s": 5 * speed}, "two_cpus": run(90 * speed)} for speed in (2, 1, 2)]
    rounds[1]["sm2"]["overhead_us"] = 5000.0
    found = bench.summed(rounds)
    assert found["issue"]["rsa2048"]["issued_per_s"] == 100 and found["peer"]["times"] == 20 and found["peer"]["times_issued"] == 10
    assert found["two_cpus"]["scaling"] == pytest.approx(1.8) and found["two_cpus"]["share_of_raw_scaling"] == pytest.approx(1.8)
    assert found["overhead"]["sm2"] == 1 and found["overhead"]["rsa2048"] == 1
    assert "peer" not in bench.summed([{key: run(1) for key in bench.KEYS}])


def test_each_round_has_a_peer_of_its_own_and_a_warmer_one_is_measured_after_its_run():
    class Fake:
        started = []

        def __init__(self):
            self.measured = []
            Fake.started.append(self)

        def measure(self, seconds: float) -> dict:
            self.measured.append(seconds)
            return {"documents": 70 * seconds, "made_per_s": 70.0 + len(self.measured)}

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.measured.append("closed")

    class Program:
        def bench(self, what: str, *_) -> dict:
            return {"what": what, "made_per_s": 720.0}

    rounds = [bench.one_round(Program(), Fake, 6) for _ in range(2)]
    assert [each["peer"]["made_per_s"] for each in rounds] == [71.0, 71.0] and rounds[0]["page"]["what"] == "page"
    assert [each.measured for each in Fake.started] == [[6, "closed"], [6, "closed"]]
    warmer = bench.beside_a_warmer_peer(Program(), Fake, 6, 30)
    assert Fake.started[-1].measured == [30, 6, "closed"]
    assert warmer["times"] == 10 and warmer["documents_before"] == 200 + 70 * 30


def test_what_is_measured_over_http_is_taken_in_where_it_can_be(tmp_path, monkeypatch):
    program, script = tmp_path / "yinxin", tmp_path / "bench_http.py"
    monkeypatch.setattr(bench, "TOOLS", tmp_path)
    assert bench.over_http(program) is None
    (tmp_path / "poco_handler").touch()
    script.write_text("import sys; print('words'); print('{\"serving\": {\"ratio\": 0.7}}'); sys.exit(len(sys.argv) - 3)")
    report = {**REPORT, "http": bench.over_http(program)}
    assert verdicts(report)[OVER_HTTP] == "held"
    script.write_text("raise SystemExit(1)")
    assert bench.over_http(program) is None


def test_the_page_of_the_peer_has_the_texts_and_rules_of_the_form():
    lines = [line.split("\t") for line in bench_page.page_lines()]
    texts = [line[5] for line in lines if line[0] == "text"]
    sample = json.loads(bench_page.SAMPLE.read_text())
    for row in sample["rows"]:
        for member in ("filing_date", "treasury_date", "period", "authority"):
            assert row[member] in texts
    for words in ("个人所得税纳税记录", "{number}", "{code}", "{name}", "{id}", "6,050.58", "第 1 页 共 1 页", "3．含个人信息，请妥善保管。"):
        assert words in texts, texts
    layout = json.loads(bench_page.LAYOUT.read_text())
    table = next(element["table"] for element in layout["elements"] if "table" in element)
    rules = [line for line in lines if line[0] == "line"]
    assert len(rules) == len(sample["rows"]) + 3 + len(table["columns"]) + 1 + len(table["total"]) + 1
    assert [line[0] for line in lines].count("qr") == 1
    for line in lines:
        values = [float(word) for word in line[1:] if re.fullmatch(r"-?[\d.]+", word)]
        assert all(0 <= value <= 842 for value in values[:2]), line


def test_of_runs_of_overload_the_middle_counts_and_each_failure():
    runs = [{"issued": {"count": 9, "p99_ms": p99}, "failed": failed, "refused_without_retry_after": 0, "verified": {"p99_ms": p99}} for p99, failed in ((80, 0), (5, 1), (7, 1))]
    found = open_loop.together(runs)
    assert found["issued"] == {"count": 9, "p99_ms": 7} and found["verified"] == {"p99_ms": 7}
    assert found["failed"] == 2 and found["refused_without_retry_after"] == 0
    assert found["runs_verified_p99_ms"] == [80, 5, 7]
