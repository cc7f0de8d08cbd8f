import unittest

from brackets import balanced


class Hidden(unittest.TestCase):
    def test_balanced(self):
        for text in ["", "abc", "()", "[]{}()", "{[()]}", "x(y)z" * 50]:
            self.assertTrue(balanced(text), text)

    def test_not_balanced(self):
        for text in ["(", ")", "())", "([)]", "}{", "(()", "[(])"]:
            self.assertFalse(balanced(text), text)
