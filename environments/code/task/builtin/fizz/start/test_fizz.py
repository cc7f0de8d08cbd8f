import unittest

from fizz import fizz


class Visible(unittest.TestCase):
    def test_number(self):
        self.assertEqual(fizz(1), "1")

    def test_three(self):
        self.assertEqual(fizz(9), "Fizz")

    def test_both(self):
        self.assertEqual(fizz(15), "FizzBuzz")
