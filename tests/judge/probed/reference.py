class Loader:
    def __init__(self, data, size):
        self.data, self.size = data, size

    def __iter__(self):
        for start in range(0, len(self.data), self.size):
            yield self.data[start : start + self.size]

    def __len__(self):
        return -(-len(self.data) // self.size)


class Order(list):
    pass
