"""Wrong answers to `publish`.  Each function is one mistake, and takes the place of `PubSub.publish`."""


def once_for_each_client(self, channel: bytes, message: bytes) -> int:
    """A client that has subscribed to a channel and a matching pattern gets the message once."""
    receivers = _deliver(Push([b"message", channel, message]), self.channels.of(channel))
    for pattern in self.patterns if not receivers else ():
        if compiled(pattern).matches(channel):
            push = Push([b"pmessage", pattern, channel, message])
            receivers += _deliver(push, self.patterns.of(pattern))
    return receivers


def the_pattern_is_not_told(self, channel: bytes, message: bytes) -> int:
    """A message for a pattern looks like one for a channel."""
    receivers = _deliver(Push([b"message", channel, message]), self.channels.of(channel))
    for pattern in self.patterns:
        if compiled(pattern).matches(channel):
            push = Push([b"message", channel, message])
            receivers += _deliver(push, self.patterns.of(pattern))
    return receivers


def patterns_are_not_counted(self, channel: bytes, message: bytes) -> int:
    """The reply counts only the subscribers of the channel."""
    receivers = _deliver(Push([b"message", channel, message]), self.channels.of(channel))
    for pattern in self.patterns:
        if compiled(pattern).matches(channel):
            push = Push([b"pmessage", pattern, channel, message])
            _deliver(push, self.patterns.of(pattern))
    return receivers


def every_pattern_matches(self, channel: bytes, message: bytes) -> int:
    """Nobody asks whether the pattern matches."""
    receivers = _deliver(Push([b"message", channel, message]), self.channels.of(channel))
    for pattern in self.patterns:
        if pattern:
            push = Push([b"pmessage", pattern, channel, message])
            receivers += _deliver(push, self.patterns.of(pattern))
    return receivers
