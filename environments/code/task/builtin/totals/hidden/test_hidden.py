import unittest

from totals import totals


class Hidden(unittest.TestCase):
    def test_sum(self):
        self.assertEqual(totals(" x , -2\nx,5\n y,0 \n"), {"x": 3, "y": 0})

    def test_empty(self):
        self.assertEqual(totals(""), {})

    def test_wrong(self):
        for text in ["a", "a,b", "a,1,2"]:
            with self.assertRaises(ValueError):
                totals(text)
