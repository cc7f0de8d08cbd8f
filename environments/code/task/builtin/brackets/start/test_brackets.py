import unittest

from brackets import balanced


class Visible(unittest.TestCase):
    def test_closed(self):
        self.assertTrue(balanced("a(b[c]{d})"))

    def test_crossed(self):
        self.assertFalse(balanced("([)]"))
