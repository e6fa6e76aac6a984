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


def the_worst_of_all_samples(self, sample: Sample) -> None:
    """A sample is dropped if an earlier second was worse."""
    if self.last.time_s != sample.time_s:
        self.samples.append(sample)
    elif self.worst_ms < sample.ms:
        self.samples[-1] = sample
    self.worst_ms = max(self.worst_ms, sample.ms)


def the_worst_of_those_that_are_kept(self, sample: Sample) -> None:
    """With its sample the worst of all is forgotten."""
    if self.last.time_s != sample.time_s:
        self.samples.append(sample)
    elif self.last.ms < sample.ms:
        self.samples[-1] = sample
    self.worst_ms = max(each.ms for each in self.samples)
