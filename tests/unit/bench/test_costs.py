"""The benchmarks of CPU time: a few turns of each, and verdicts on known figures; the figures themselves run apart."""

import pytest

from bench import dry_run
from bench.dry_run import Measured, line_through
from bench.steps import COMMANDS, NOTHING, bare_driver, bare_turn, missed, report, run_of
from vapordep.app.places import reactor_file
from vapordep.reactor import read_reactor


def run(cycles: int, cpu: float) -> Measured:
    return Measured("predicted", cycles, 120.0 * cycles, 2.0 * cpu, cpu, 100.0, 1, 0.1, 1000, 0.1)


def test_a_line_tells_what_a_cycle_costs_and_how_far_runs_are_off() -> None:
    begin, slope, off = line_through([run(10, 1.1), run(100, 2.0), run(1000, 11.0)])
    assert (begin, slope) == (pytest.approx(1.0), pytest.approx(0.01))
    assert off < 1e-9
    assert line_through([run(10, 1.1), run(100, 2.0), run(1000, 20.0)])[2] > dry_run.STRAIGHT


@pytest.mark.parametrize(("cpu", "word"), [(20.0, "met"), (30.0, "MISSED")])
def test_a_verdict_is_by_the_cpu_time_of_the_longest_run(
    cpu: float, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dry_run.summary("predicted", [run(12, 0.001), run(1000, cpu)])
    told = capsys.readouterr().out
    assert f"(goal 5000: {word})" in told
    assert "(goal below 300: met)" in told


def test_steps_and_commands_are_really_done_and_weighed() -> None:
    reactor = read_reactor(reactor_file(None))
    for steps in (NOTHING, COMMANDS):
        cost = run_of(reactor, steps, 3)
        assert 0.0 < cost.world < cost.whole
    assert bare_turn(100) > 0.0
    assert bare_driver(reactor, 10) > 0.0


def test_a_goal_that_is_missed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    costs = {"turn": 5.0, "driver": 50.0, "nothing": 49.0, "command": 301.0}
    costs |= {f"{name} with plant and readings": 2.0 * costs[name] for name in ("nothing", "command")}
    assert missed(costs) == ["command"]
    report(costs)
    assert "301.0 us of CPU (goal 300: MISSED)" in capsys.readouterr().out
