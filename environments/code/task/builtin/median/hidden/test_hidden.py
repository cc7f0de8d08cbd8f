import statistics
import unittest

from median import median


class Hidden(unittest.TestCase):
    def test_many(self):
        for n in range(1, 30):
            values = [(i * 37 + n) % 17 - 8 for i in range(n)]
            self.assertEqual(median(list(values)), statistics.median(values))

    def test_empty(self):
        with self.assertRaises(ValueError):
            median([])

    def test_unchanged(self):
        values = [3, 1, 2]
        median(values)
        self.assertEqual(values, [3, 1, 2])
