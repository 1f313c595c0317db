"""perfproof: did this commit make us slower, and how sure is that?"""

__version__ = "0.1.0"
