"""Step 14: a program that shows what a configuration file and a command line set.

python docs/steps/14_configuration.py [file] [--name value ...]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.config.parameters import PARAMETERS
from redis_clone.config.reading import read_command_line
from redis_clone.config.values import Config, ConfigError


def main(words: list[str]) -> int:
    config, default = Config(), Config()
    try:
        read_command_line(config, words)
    except ConfigError as problem:
        print(problem)
        return 1
    for name in sorted({parameter.name for parameter in PARAMETERS.values()}):
        if config.formatted(name) != default.formatted(name):
            print(f"{name} is {config.formatted(name)}, in place of {default.formatted(name) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
