"""The model card for people: what a model is for, how good, for whom, where it ends, what it is made of.

* A pure function of the documents and what the Statements found; whoever verifies renders it again and compares bytes.
* It holds no verdict, no clock, no waiver and no names but those in the spec.
* Each number stands with its interval, the number of rows it comes from, and its method.
* What people wrote is text: Markdown, HTML, links and invisible characters in it are disarmed.

``card`` puts the sections together: ``about`` says what it is for and what it learned from, ``quality`` how good it is,
``people`` for whom, ``behaviour`` why it answers as it does and how easily it tips, ``made_of`` what went into it.
``words`` is Markdown in which no text does anything.
"""
