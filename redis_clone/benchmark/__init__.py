"""The benchmark: `python -m redis_clone.benchmark` loads any Redis server, and reports how fast it answered.

    workloads   the commands that are sent, one Workload for each test
    load        a process of the load: it has its share of the connections, and sends pipelines
    latencies   the latencies of the requests, as a histogram with percentiles
    comparison  runs each test on several servers in turn (A B A B), so that noise disturbs all of them alike
    baseline    a server that only answers +OK: the fastest that a thread for each connection can be
    alone       times the parser, the encoder, a command and the tree without a server
    report      formats the results as a table, CSV or JSON
    plot        draws them as a bar chart; svg is the small SVG writer that all pictures here use
    main        the command line

hit_rates is a program of its own: it measures how well a server chooses the keys that it evicts.

The benchmark uses the protocol of this project and no other part of the server, so it can measure any server;
only `alone`, which is imported when it is asked for, needs the rest.
"""
