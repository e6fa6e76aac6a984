"""The benchmark: `python -m redis_clone.benchmark` loads any Redis server and says how fast it was.

workloads   what is sent: a row for each test
load        one process with its share of the connections
latencies   what was measured, and its percentiles
comparison  several servers in turn, A B A B, so that a noisy machine is unfair to all of them alike
baseline    a server that does nothing but answer: the limit of a thread for each connection
alone       the modules by themselves, without a server
hit_rates   a program of its own: how well a server chooses what to evict
report      tables, CSV, JSON
plot        a bar chart, drawn with svg: just enough SVG for all pictures of this project
"""
