"""
Benchmarks: how fast, how much gas, each beside a baseline in the same run.

`python -m scripts.bench` prints a table and writes bench.json, a list of `{name, value, unit, baseline, ratio, note}`.
No test asserts on these figures: a busy machine makes every clock slow, but the two sides of a ratio alike.
"""
