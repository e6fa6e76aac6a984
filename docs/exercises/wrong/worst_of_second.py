"""Wrong answers to `worst_of_second`.  Each function is one mistake, and takes the place of `Event.add`."""


def the_last_of_the_second(self, sample: Sample) -> None:
    """The last of a second is kept, not the worst."""
    self.worst_ms = max(self.worst_ms, sample.ms)
    if self.last.time_s != sample.time_s:
        self.samples.append(sample)
    else:
        self.samples[-1] = sample


def every_sample(self, sample: Sample) -> None:
    """Each is kept, and the history is full after a second."""
    self.worst_ms = max(self.worst_ms, sample.ms)
    self.samples.append(sample)


def the_last_is_the_worst(self, sample: Sample) -> None:
    """The worst of all is that of the last sample."""
    self.worst_ms = sample.ms
    if self.last.time_s != sample.time_s:
        self.samples.append(sample)
    elif self.last.ms < sample.ms:
        self.samples[-1] = sample
