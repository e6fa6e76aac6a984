"""The parameters of redis.conf: their kinds, their values, how a file is read and written anew."""
