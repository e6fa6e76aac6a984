"""Wrong answers to `percentile`.  Each function is one mistake, and takes the place of `Histogram.percentile`."""


def one_too_far(self, percent: float) -> float:
    """It goes on until more than the share has ended."""
    counts = self.counts()
    wanted = max(int(percent / 100 * sum(count for _, count in counts) + 0.5), 1)
    for bucket, count in counts:
        wanted -= count
        if wanted < 0:
            return _first_of(bucket) / 1000 if percent == 0 else bucket / 1000
    return 0.0


def rounded_down(self, percent: float) -> float:
    """The count is rounded down."""
    counts = self.counts()
    wanted = max(int(percent / 100 * sum(count for _, count in counts)), 1)
    for bucket, count in counts:
        wanted -= count
        if wanted <= 0:
            return _first_of(bucket) / 1000 if percent == 0 else bucket / 1000
    return 0.0


def of_buckets(self, percent: float) -> float:
    """Buckets are counted, not what is in them."""
    counts = self.counts()
    wanted = max(int(percent / 100 * len(counts) + 0.5), 1)
    for bucket, count in counts:
        wanted -= 1
        if wanted <= 0:
            return _first_of(bucket) / 1000 if percent == 0 else bucket / 1000
    return 0.0


def always_rounded_up(self, percent: float) -> float:
    """The count is rounded up, even if it is hardly more than the number before."""
    counts = self.counts()
    wanted = max(-int(-percent / 100 * sum(count for _, count in counts) // 1), 1)
    for bucket, count in counts:
        wanted -= count
        if wanted <= 0:
            return _first_of(bucket) / 1000 if percent == 0 else bucket / 1000
    return 0.0


def half_to_even(self, percent: float) -> float:
    """round() makes 2 of 2.5, and 4 of 3.5."""
    counts = self.counts()
    wanted = max(round(percent / 100 * sum(count for _, count in counts)), 1)
    for bucket, count in counts:
        wanted -= count
        if wanted <= 0:
            return _first_of(bucket) / 1000 if percent == 0 else bucket / 1000
    return 0.0
