import unittest

from roman import roman


class Hidden(unittest.TestCase):
    def test_known(self):
        known = {1: "I", 9: "IX", 40: "XL", 90: "XC", 400: "CD", 944: "CMXLIV", 1994: "MCMXCIV", 3999: "MMMCMXCIX"}
        for n, want in known.items():
            self.assertEqual(roman(n), want)

    def test_bounds(self):
        for n in [-1, 0, 4000]:
            with self.assertRaises(ValueError):
                roman(n)
