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
    config, usual = Config(), Config()
    try:
        read_command_line(config, words)
    except ConfigError as problem:
        print(problem)
        return 1
    for name in sorted({row.name for row in PARAMETERS.values()}):
        if config.formatted(name) != usual.formatted(name):
            print(f"{name} is {config.formatted(name)}, in place of {usual.formatted(name) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
