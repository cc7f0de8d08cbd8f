import unittest

from totals import totals


class Visible(unittest.TestCase):
    def test_sum(self):
        self.assertEqual(totals("a,1\nb,2\na,3"), {"a": 4, "b": 2})

    def test_blank(self):
        self.assertEqual(totals("\na, 1\n\n"), {"a": 1})
