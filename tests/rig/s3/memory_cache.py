"""In place of memcached: what swift.common.memcached answers, for the one process of the tests."""


class MemoryCache:
    def __init__(self):
        self.values = {}

    def set(self, key, value, **_kwargs):
        self.values[key] = value

    def get(self, key, **_kwargs):
        return self.values.get(key)

    def incr(self, key, delta=1, **_kwargs):
        self.values[key] = max(0, int(self.values.get(key) or 0) + delta)
        return self.values[key]

    def decr(self, key, delta=1, **kwargs):
        return self.incr(key, -delta, **kwargs)

    def delete(self, key, **_kwargs):
        self.values.pop(key, None)

    def set_multi(self, mapping, *_args, **_kwargs):
        self.values.update(mapping)

    def get_multi(self, keys, *_args, **_kwargs):
        return [self.values.get(key) for key in keys]


def filter_factory(_global_conf, **_local_conf):
    cache = MemoryCache()

    def with_cache(app):
        def answer(env, start_response):
            env['swift.cache'] = cache
            return app(env, start_response)

        return answer

    return with_cache
