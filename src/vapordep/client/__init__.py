"""The Python client for notebooks: a served reactor and its runs over the web, with a token.

```python
import vapordep
lab = vapordep.connect("http://localhost:8740", token)
for run in lab.runs(search="lithium", state="COMPLETE"):
    print(run["run_id"], run["reason"])
pressure = lab.samples("last", "chamber.pressure")["chamber.pressure"]
pressure.times, pressure.values      # s since the run's start, and Pa, as numpy arrays
lab.table(search="lithium")          # a pandas table of runs
lab.cycles("last", "chamber.pressure").xarray()   # (cycle, time in the cycle)
with lab.control() as control:       # one person at a time
    run = control.start("shipped/al2o3_on_lithium", {"cycles": "50"})
for state in lab.follow():
    print(state["state"], state["step"], state["left_s"])
```

It needs nothing but numpy; `table`, `frame` and `xarray` need `pip install "vapordep[notebook]"`. Values are SI; what
is not known is None, in arrays NaN.
"""

from vapordep.client.lab import Lab, connect

__all__ = ["Lab", "connect"]
