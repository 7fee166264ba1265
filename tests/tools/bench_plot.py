"""How the budgets stand, as SVG: a bar for each, from the line of its goal to the right where it is held, else to the left."""
import math
from xml.sax.saxutils import escape

from bench_budgets import BUDGETS

WIDTH, LEFT, RIGHT = 1000, 430, 790  # of the picture; of the scale in it
ROW, TOP = 34, 64
SCALE = 10  # times the goal at either end; longer bars are cut off
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10]
HELD, NOT_HELD, QUIET, INK = "#00703c", "#d4351c", "#6f777b", "#0b0c0c"


def x_of(standing: float) -> float:
    part = math.log(min(max(standing, 1 / SCALE), SCALE), SCALE)  # -1 ... 1
    return LEFT + (RIGHT - LEFT) * (part + 1) / 2


def text(x: float, y: float, words: str, color: str = INK, anchor: str = "start", size: int = 13, weight: str = "normal") -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" fill="{color}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>'
    )


def in_two(words: str, width: int = 58) -> list[str]:
    """Broken at the last space that leaves the first line no longer than that."""
    if len(words) <= width:
        return [words]
    at = words.rindex(" ", 0, width)
    return [words[:at], words[at + 1 :]]


def svg(report: dict) -> str:
    height = TOP + ROW * len(BUDGETS) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Liberation Sans, Arial, Helvetica, sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(16, 28, "Measured, in times its goal", size=17, weight="bold"),
        text(x_of(1), 28, "goal", anchor="middle", weight="bold"),
        text(LEFT, 28, "short of it", NOT_HELD, size=12),
        text(RIGHT, 28, "held", HELD, "end", 12),
    ]
    for tick in TICKS:
        x = x_of(tick)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 12}" stroke="{INK if tick == 1 else "#d8dcde"}"/>')
        parts.append(text(x, TOP - 14, f"{tick:g}", QUIET, "middle", 12))
    for row, budget in enumerate(BUDGETS):
        middle = TOP + ROW * row + ROW / 2
        lines = in_two(budget.name)
        for number, line in enumerate(lines):
            parts.append(text(LEFT - 14, middle + 4 + (number - (len(lines) - 1) / 2) * 14, line, anchor="end", size=12))
        standing = budget.standing(report)
        if standing is None:
            parts.append(text(RIGHT + 14, middle + 4, "not measured", QUIET))
            continue
        color = HELD if standing >= 1 else NOT_HELD
        ends = sorted((x_of(1), x_of(standing)))
        parts.append(f'<rect x="{ends[0]:.1f}" y="{middle - 9:.0f}" width="{max(ends[1] - ends[0], 2):.1f}" height="18" fill="{color}"/>')
        parts.append(text(RIGHT + 14, middle - 1, budget.figure_text(report), color, weight="bold"))
        parts.append(text(RIGHT + 14, middle + 12, budget.goal_text(), QUIET, size=11))
    return "\n".join([*parts, "</svg>", ""])
