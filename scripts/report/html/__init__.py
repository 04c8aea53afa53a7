"""A report as one page for people: on a phone, on a desktop, on paper.

One document that needs no script, no font and no picture from elsewhere; its policy forbids all of them. Every text is
escaped by ``serving.html``; what is drawn is drawn from numbers.
"""
