import unittest

from fizz import fizz


class Hidden(unittest.TestCase):
    def test_all(self):
        for n in range(1, 200):
            want = ("Fizz" if n % 3 == 0 else "") + ("Buzz" if n % 5 == 0 else "")
            self.assertEqual(fizz(n), want or str(n))
