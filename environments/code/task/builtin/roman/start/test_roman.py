import unittest

from roman import roman


class Visible(unittest.TestCase):
    def test_small(self):
        self.assertEqual(roman(3), "III")

    def test_less(self):
        self.assertEqual(roman(4), "IV")

    def test_zero(self):
        with self.assertRaises(ValueError):
            roman(0)
