"""What is said of the instructions of a document."""
import instructions
import pytest


@pytest.mark.parametrize("counted,passes", [(1_000_000, True), (1_030_000, True), (1_030_001, False), (500_000, True)])
def test_more_than_three_percent_of_growth_fail(counted, passes):
    passed, said = instructions.judge(counted, 1_000_000)
    assert passed == passes
    assert f"{counted:,}" in said and "1,000,000" in said
    assert ("--keep" in said) == (not passes or counted < 970_000)


def test_where_no_figure_is_kept_that_is_said():
    passed, said = instructions.judge(5, None)
    assert passed and "NO FIGURE IS KEPT" in said
