"""Wrong answers to `all_or_nothing`.  Each function is one mistake, and takes the place of `Config.set_all`."""


def the_first_are_set(self, texts: dict[str, str], starting: bool = False) -> None:
    """What comes before the parameter that fails stays set."""
    for name in () if starting else texts:
        self.check_settable(name)
    parsed = {
        PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
        for name, text in texts.items()
    }
    old = {name: self._values[name] for name in parsed}
    self._values.update(parsed)  # all before the hooks: a certificate and its key are set together
    for name in parsed:
        try:
            self._apply(name)
        except ValueError as problem:
            raise set_error(name, str(problem)) from None
    if starting:
        self._given |= parsed.keys()


def values_back_hooks_not(self, texts: dict[str, str], starting: bool = False) -> None:
    """The values are put back, but what depends on them is not told."""
    for name in () if starting else texts:
        self.check_settable(name)
    parsed = {
        PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
        for name, text in texts.items()
    }
    old = {name: self._values[name] for name in parsed}
    self._values.update(parsed)  # all before the hooks: a certificate and its key are set together
    for name in parsed:
        try:
            self._apply(name)
        except ValueError as problem:
            self._values.update(old)
            raise set_error(name, str(problem)) from None
    if starting:
        self._given |= parsed.keys()


def parsed_one_by_one(self, texts: dict[str, str], starting: bool = False) -> None:
    """Each is set as soon as it is parsed, so a text that is wrong comes too late."""
    for name in () if starting else texts:
        self.check_settable(name)
    parsed = {
        PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
        for name, text in texts.items()
    }
    for name in parsed:
        self._apply(name)
    old = {name: self._values[name] for name in parsed}
    self._values.update(parsed)  # all before the hooks: a certificate and its key are set together
    for name in parsed:
        try:
            self._apply(name)
        except ValueError as problem:
            self._values.update(old)
            for undone in parsed:
                self._apply(undone)
            raise set_error(name, str(problem)) from None
    if starting:
        self._given |= parsed.keys()


def not_asked(self, texts: dict[str, str], starting: bool = False) -> None:
    """A parameter that may not be set at run time is set."""
    parsed = {
        PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
        for name, text in texts.items()
    }
    old = {name: self._values[name] for name in parsed}
    self._values.update(parsed)  # all before the hooks: a certificate and its key are set together
    for name in parsed:
        try:
            self._apply(name)
        except ValueError as problem:
            self._values.update(old)
            for undone in parsed:
                self._apply(undone)
            raise set_error(name, str(problem)) from None
    if starting:
        self._given |= parsed.keys()


def one_after_the_other(self, texts: dict[str, str], starting: bool = False) -> None:
    """Each is changed and applied before the next: the new certificate is tried with the old key."""
    for name in () if starting else texts:
        self.check_settable(name)
    parsed = {
        PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
        for name, text in texts.items()
    }
    old = {name: self._values[name] for name in parsed}
    for name, value in parsed.items():
        self._values[name] = value
        try:
            self._apply(name)
        except ValueError as problem:
            self._values.update(old)
            for undone in parsed:
                self._apply(undone)
            raise set_error(name, str(problem)) from None
    if starting:
        self._given |= parsed.keys()


def given_at_any_time(self, texts: dict[str, str], starting: bool = False) -> None:
    """What was set later counts as given at the start, too."""
    for name in () if starting else texts:
        self.check_settable(name)
    parsed = {
        PARAMETERS[name].name: self._joined(PARAMETERS[name], self._parse(name, text), starting)
        for name, text in texts.items()
    }
    old = {name: self._values[name] for name in parsed}
    self._values.update(parsed)
    for name in parsed:
        try:
            self._apply(name)
        except ValueError as problem:
            self._values.update(old)
            for undone in parsed:
                self._apply(undone)
            raise set_error(name, str(problem)) from None
    self._given |= parsed.keys()
